"""Requests with values at the edges, in every field of every method."""

from marquee.entitlement.v1 import (
    entitlement_admin_service_pb2,
    entitlement_internal_pb2,
    entitlement_pb2,
    entitlement_service_pb2,
)
from marquee.type.v1 import type_pb2

from services.entitlement.tests import harness
from services.kit import boundary_requests, ids, testing, timestamps, watchable_subjects


async def test_no_request_of_a_viewer_is_a_fault(service):
    await service.publish(harness.some_facts(boundary_requests.ID))
    title = watchable_subjects.title(boundary_requests.ID)
    programme = type_pb2.Subject(programme_id=boundary_requests.ID)

    await boundary_requests.check(
        service.channel,
        "marquee.entitlement.v1.EntitlementService",
        metadata=testing.bearing(testing.a_token()),
        bases={
            "CheckAccess": entitlement_service_pb2.CheckAccessRequest(subject=title),
            "BatchCheckAccess": entitlement_service_pb2.BatchCheckAccessRequest(
                subjects=[title, type_pb2.Subject(channel_id=boundary_requests.ID), programme]
            ),
        },
    )


async def test_no_request_of_an_admin_or_a_service_is_a_fault(service):
    package = await service.save(harness.a_package(package_id=boundary_requests.ID))
    package.ClearField("etag")
    time = timestamps.from_datetime(testing.NOW)
    subscription = entitlement_pb2.Subscription(
        account_id=ids.new(),
        state=entitlement_pb2.SUBSCRIPTION_STATE_CANCELED,
        package_ids=[package.package_id],
        start_time=time,
        renew_time=time,
        end_time=time,
    )

    await boundary_requests.check(
        service.channel,
        "marquee.entitlement.v1.EntitlementAdminService",
        "marquee.entitlement.v1.EntitlementInternalService",
        metadata=testing.as_service("operator"),
        bases={
            "SavePackage": entitlement_admin_service_pb2.SavePackageRequest(package=package),
            "AssignSubjects": entitlement_admin_service_pb2.AssignSubjectsRequest(
                package_id=package.package_id,
                add=[watchable_subjects.title(boundary_requests.ID)],
                remove=[type_pb2.Subject(channel_id=boundary_requests.ID)],
            ),
            "SaveSubscription": entitlement_admin_service_pb2.SaveSubscriptionRequest(subscription=subscription),
            "CheckAccessFor": entitlement_internal_pb2.CheckAccessForRequest(
                subject=watchable_subjects.title(boundary_requests.ID), account_id=ids.new(), maturity_ceiling=18
            ),
        },
    )
