"""Requests with boundary values in every field of every method."""

import grpc
import pytest
from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_admin_service_pb2, viewing_internal_pb2, viewing_pb2, viewing_service_pb2

from services.kit import boundary_requests, status, testing, validation, watchable_subjects
from services.viewing.tests import builders


async def test_no_boundary_value_in_a_request_of_a_viewer_causes_an_internal_error(harness):
    viewer, film = harness.viewer(), watchable_subjects.title(harness.film())
    position, duration = builders.seconds(60), builders.seconds(3600)
    event = builders.an_event(film.title_id, "ABANDON", position=position, duration=duration)

    await boundary_requests.check(
        harness.channel,
        "marquee.viewing.v1.ViewingService",
        metadata=viewer.bearing,
        bases={
            "SaveBookmark": viewing_service_pb2.SaveBookmarkRequest(subject=film, position=position, duration=duration),
            "DismissContinueWatching": viewing_service_pb2.DismissContinueWatchingRequest(subject=film),
            "RateSubject": viewing_service_pb2.RateSubjectRequest(subject=film, thumb=viewing_pb2.THUMB_UP),
            "BatchGetSubjectStates": viewing_service_pb2.BatchGetSubjectStatesRequest(subjects=[film]),
            "RecordEvents": viewing_service_pb2.RecordEventsRequest(events=[event]),
        },
    )


async def test_no_boundary_value_in_a_request_of_an_admin_or_a_service_causes_an_internal_error(harness):
    viewer = harness.viewer()
    owner = {"account_id": viewer.account_id, "profile_id": viewer.profile_id}
    film = harness.film()

    await boundary_requests.check(
        harness.channel,
        "marquee.viewing.v1.ViewingAdminService",
        "marquee.viewing.v1.ViewingInternalService",
        metadata=testing.as_service("operator"),
        bases={
            "ImportSignals": viewing_admin_service_pb2.ImportSignalsRequest(
                **owner, signals=[builders.a_signal(film, completion=0.5)]
            ),
            "ForgetSignals": viewing_internal_pb2.ForgetSignalsRequest(
                **owner, subject=watchable_subjects.title(film), kinds=[viewing_internal_pb2.SIGNAL_KIND_WATCHED]
            ),
        },
    )


async def test_a_request_of_a_viewer_that_is_larger_than_any_valid_one_is_refused(harness, refused):
    request = viewing_service_pb2.RateSubjectRequest(
        subject=type_pb2.Subject(title_id="x" * validation.MAX_VIEWER_BYTES)
    )

    async with refused("REQUEST_TOO_LARGE"):
        await harness.viewing.RateSubject(request, metadata=harness.viewer().bearing)


async def test_a_request_with_hundreds_of_violations_is_refused_with_the_first_ten(harness):
    """All of them would not fit into the trailers, and the caller would get no reason at all."""
    request = viewing_service_pb2.RecordEventsRequest(events=[viewing_pb2.ViewingEvent()] * 200)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await harness.viewing.RecordEvents(request, metadata=harness.viewer().bearing)

    error = status.raised_by(refused.value, "viewing")
    [detail] = error.details
    assert ("REQUEST_INVALID", 10) == (error.reason, len(detail.field_violations))
    assert error.message.endswith("; and 590 more.")


async def test_an_import_may_be_larger(harness, refused):
    request = viewing_admin_service_pb2.ImportSignalsRequest(account_id="x" * validation.MAX_VIEWER_BYTES)

    async with refused("REQUEST_INVALID"):
        await harness.admin.ImportSignals(request, metadata=testing.as_service("operator"))
