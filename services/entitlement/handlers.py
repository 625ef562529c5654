"""The servicers of entitlement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeAlias

import grpc
from marquee.entitlement.v1 import (
    entitlement_admin_service_pb2,
    entitlement_admin_service_pb2_grpc,
    entitlement_internal_pb2,
    entitlement_internal_pb2_grpc,
    entitlement_service_pb2,
    entitlement_service_pb2_grpc,
)
from marquee.event.v1 import event_internal_pb2
from marquee.type.v1 import type_pb2

from services.entitlement import (
    convert,
    decision_cache,
    domain,
    errors,
    grant_cache,
    programme_cache,
    storage,
    subscription_writer,
)
from services.kit import context, db, events, ids, paging, visibility, watchable_subjects
from services.kit import errors as kit_errors
from services.kit.clock import Clock

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
#: Decisions are cached in their encoded form, and the server sends bytes as they are.
Encoded: TypeAlias = Any

_PAGE_SIZE, _MAX_PAGE_SIZE = 50, 100


class Entitlement(entitlement_service_pb2_grpc.EntitlementServiceServicer):
    """Serves viewers.

    Args:
        database: the database of entitlement.
        decisions: the cache of decisions.
        grants: the cache of grants.
        programmes: the cache of programmes.
        clock: the clock.
    """

    def __init__(
        self,
        database: db.Database,
        decisions: decision_cache.DecisionCache,
        grants: grant_cache.GrantCache,
        programmes: programme_cache.ProgrammeCache,
        clock: Clock,
    ) -> None:
        self._database = database
        self._decisions = decisions
        self._grants = grants
        self._programmes = programmes
        self._clock = clock

    async def CheckAccess(self, request: entitlement_service_pb2.CheckAccessRequest, rpc: Rpc) -> Encoded:
        """Returns the decision for the calling profile."""
        programmes = await self._programmes.resolve([request.subject])
        return self._decisions.check_access(request.subject, await self._viewer(), programmes)

    async def BatchCheckAccess(self, request: entitlement_service_pb2.BatchCheckAccessRequest, rpc: Rpc) -> Encoded:
        """Returns the decision on each subject for the calling profile.

        CheckAccessResponse has its decision in the field in which BatchCheckAccessResponse has all of them, so the
        concatenation of encoded responses is the encoded response of the batch.
        """
        programmes = await self._programmes.resolve(request.subjects)
        viewer = await self._viewer()
        return b"".join([self._decisions.check_access(subject, viewer, programmes) for subject in request.subjects])

    async def GetSubscription(
        self, request: entitlement_service_pb2.GetSubscriptionRequest, rpc: Rpc
    ) -> entitlement_service_pb2.GetSubscriptionResponse:
        """Returns the subscription of the calling account."""
        account_id = context.caller().account_id
        async with self._database.reading() as session:
            subscription = await storage.get_subscription(session, account_id)
        return entitlement_service_pb2.GetSubscriptionResponse(
            subscription=convert.subscription_message(
                account_id, subscription, self._decisions.packages, self._clock.now()
            )
        )

    async def ListPackages(
        self, request: entitlement_service_pb2.ListPackagesRequest, rpc: Rpc
    ) -> entitlement_service_pb2.ListPackagesResponse:
        """Returns a page of the packages that are sold in the caller's country; of all packages to admins."""
        caller = context.caller()
        country_code, is_admin = caller.country_code, "admin" in caller.roles
        packages = [
            package
            for package in self._decisions.packages
            if is_admin or domain.price_in(package, country_code) is not None
        ]
        filters = ["packages", country_code, is_admin]
        cursor = paging.cursor(
            request.page_token, of=filters, kinds=(paging.non_negative_int, paging.non_negative_int, ids.parse)
        )
        size = paging.size(request.page_size, default=_PAGE_SIZE, most=_MAX_PAGE_SIZE)
        page, next_cursor = domain.page(packages, country_code, cursor, size)
        return entitlement_service_pb2.ListPackagesResponse(
            packages=[convert.package_message(package, country_code) for package in page],
            next_page_token=paging.token(next_cursor, of=filters) if next_cursor else "",
        )

    async def _viewer(self) -> domain.Viewer:
        caller = context.caller()
        grant = await self._grants.get(caller.account_id)
        return domain.Viewer(grant, visibility.Viewer(caller.maturity_ceiling, caller.country_code))


class EntitlementInternal(entitlement_internal_pb2_grpc.EntitlementInternalServiceServicer):
    """Serves services that act for a viewer.

    Args:
        decisions: the cache of decisions.
        grants: the cache of grants.
        programmes: the cache of programmes.
    """

    def __init__(
        self,
        decisions: decision_cache.DecisionCache,
        grants: grant_cache.GrantCache,
        programmes: programme_cache.ProgrammeCache,
    ) -> None:
        self._decisions = decisions
        self._grants = grants
        self._programmes = programmes

    async def CheckAccessFor(self, request: entitlement_internal_pb2.CheckAccessForRequest, rpc: Rpc) -> Encoded:
        """Returns the decision for the viewer of the request; its encoding is that of CheckAccessResponse."""
        seen_by = visibility.Viewer(request.maturity_ceiling, request.country_code)
        viewer = domain.Viewer(await self._grants.get(request.account_id), seen_by)
        programmes = await self._programmes.resolve([request.subject])
        return self._decisions.check_access(request.subject, viewer, programmes)

    async def ListEntitledChannels(
        self, request: entitlement_internal_pb2.ListEntitledChannelsRequest, rpc: Rpc
    ) -> Encoded:
        """Returns the channels that the packages of an account hold."""
        return self._decisions.list_entitled_channels(await self._grants.get(request.account_id))


class EntitlementAdmin(entitlement_admin_service_pb2_grpc.EntitlementAdminServiceServicer):
    """Serves operators.

    Args:
        database: the database of entitlement.
        outbox: where events are written.
        subscriptions: writes and publishes subscriptions.
        reload_packages: makes this replica load the packages again, without waiting for the event.
        clock: the clock.
    """

    def __init__(
        self,
        database: db.Database,
        outbox: events.Outbox,
        subscriptions: subscription_writer.SubscriptionWriter,
        reload_packages: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._subscriptions = subscriptions
        self._reload_packages = reload_packages
        self._clock = clock

    async def SavePackage(
        self, request: entitlement_admin_service_pb2.SavePackageRequest, rpc: Rpc
    ) -> entitlement_admin_service_pb2.SavePackageResponse:
        """Creates or replaces a package."""
        target = convert.package(request.package)
        async with self._database.transaction(serialize_by=target.package_id) as tx:
            current = await storage.lock_package(tx, target.package_id)
            if current:
                target = replace(
                    target,
                    title_count=current.title_count,
                    channel_count=current.channel_count,
                    revision=current.revision,
                )
            changed = target != current
            if changed:
                _check_etag(request.package.etag, current.etag if current else "", "package")
                target = replace(target, revision=await storage.save_package(tx, target))
                await self._publish_packages_changed(tx, target.package_id)
        return entitlement_admin_service_pb2.SavePackageResponse(
            package=convert.package_message(target, context.caller().country_code), changed=changed
        )

    async def AssignSubjects(
        self, request: entitlement_admin_service_pb2.AssignSubjectsRequest, rpc: Rpc
    ) -> entitlement_admin_service_pb2.AssignSubjectsResponse:
        """Adds titles and channels to a package and removes others from it."""
        add, remove = _ids_by_kind(request.add), _ids_by_kind(request.remove)
        added_count = removed_count = 0
        async with self._database.transaction(serialize_by=request.package_id) as tx:
            if await storage.lock_package(tx, request.package_id) is None:
                raise errors.PackageNotFound(request.package_id)
            for kind in domain.Kind:
                removed_count += await storage.remove_subjects(tx, request.package_id, kind, remove[kind])
                added_count += await storage.add_subjects(tx, request.package_id, kind, add[kind])
            if added_count or removed_count:
                await self._publish_packages_changed(tx, request.package_id)
        return entitlement_admin_service_pb2.AssignSubjectsResponse(
            added_count=added_count, removed_count=removed_count
        )

    async def SaveSubscription(
        self, request: entitlement_admin_service_pb2.SaveSubscriptionRequest, rpc: Rpc
    ) -> entitlement_admin_service_pb2.SaveSubscriptionResponse:
        """Creates or replaces a subscription: at once for this replica, with the event for the others."""
        account_id, now = request.subscription.account_id, self._clock.now()
        target = convert.subscription(request.subscription)
        async with self._database.transaction(serialize_by=account_id) as tx:
            packages = await storage.list_packages(tx)
            for package_id in sorted(target.package_ids - {package.package_id for package in packages}):
                raise errors.PackageNotFound(package_id)
            current = await storage.get_subscription(tx, account_id, lock=True)
            start_time = target.start_time or current.start_time or now
            target = replace(target, start_time=start_time, revision=current.revision)
            changed = target != current
            if changed:
                _check_etag(request.subscription.etag, current.etag, "subscription")
                message = await self._subscriptions.save(tx, account_id, target, packages)
            else:
                message = convert.subscription_message(account_id, current, packages, now)
        return entitlement_admin_service_pb2.SaveSubscriptionResponse(subscription=message, changed=changed)

    async def _publish_packages_changed(self, tx: db.WriteSession, package_id: str) -> None:
        event = event_internal_pb2.PackagesChanged(package_ids=[package_id])
        await self._outbox.add(tx, packages_changed=event)
        db.after_commit(tx, self._reload_packages)


def _ids_by_kind(subjects: Iterable[type_pb2.Subject]) -> dict[domain.Kind, list[str]]:
    """Returns the ids of titles and channels by their kind. Raises SubjectNotSupported for another kind."""
    ids_by_kind: dict[domain.Kind, list[str]] = {kind: [] for kind in domain.Kind}
    for subject in subjects:
        subject_id = watchable_subjects.require(subject, *domain.Kind)
        ids_by_kind[domain.Kind(watchable_subjects.key(subject)[0])].append(subject_id)
    return ids_by_kind


def _check_etag(etag: str, current: str, resource: str) -> None:
    """Raises EtagMismatch if an etag was given and is not the current one.

    Callers check it only for a write that changes something, so that a write can be retried with the same etag.
    """
    if etag and etag != current:
        raise kit_errors.EtagMismatch(resource)
