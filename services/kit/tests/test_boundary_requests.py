"""The check of boundary values finds requests that cause an internal error, and no others."""

import pytest
from marquee.identity.v1 import identity_service_pb2, identity_service_pb2_grpc
from marquee.packager.v1 import packager_admin_service_pb2, packager_admin_service_pb2_grpc
from marquee.viewing.v1 import viewing_service_pb2, viewing_service_pb2_grpc

from services.kit import boundary_requests, ids, testing, timestamps, watchable_subjects

BASE = viewing_service_pb2.SaveBookmarkRequest(
    subject=watchable_subjects.title(boundary_requests.ID), position={"seconds": 10}, duration={"seconds": 100}
)


class Viewing(viewing_service_pb2_grpc.ViewingServiceServicer):
    """Uses ids, durations and times of a request as the services do."""

    async def SaveBookmark(self, request, rpc):
        _, subject_id = watchable_subjects.key(request.subject)
        assert subject_id == ids.parse(subject_id)
        length = timestamps.to_timedelta(request.duration)
        assert testing.NOW + length > testing.NOW - timestamps.to_timedelta(request.position)
        return viewing_service_pb2.SaveBookmarkResponse()

    async def DismissContinueWatching(self, request, rpc):
        assert timestamps.optional_datetime(request, "snooze_until_time") != testing.NOW
        return viewing_service_pb2.DismissContinueWatchingResponse()


class DivisionByZero(viewing_service_pb2_grpc.ViewingServiceServicer):
    async def ListWatchlist(self, request, rpc):
        return viewing_service_pb2.ListWatchlistResponse(next_page_token=f"{100 // (request.page_size - 1)}")


class Packager(packager_admin_service_pb2_grpc.PackagerAdminServiceServicer):
    async def WatchAsset(self, request, rpc):
        yield packager_admin_service_pb2.WatchAssetResponse()
        raise ZeroDivisionError


async def check(register, servicer, service, **options):
    async with testing.channel_to((register, servicer)) as channel:
        await boundary_requests.check(channel, service, **options)


async def test_the_pipeline_refuses_boundary_values_before_the_handler():
    await check(
        viewing_service_pb2_grpc.add_ViewingServiceServicer_to_server,
        Viewing(),
        "marquee.viewing.v1.ViewingService",
        metadata=testing.bearing(testing.a_token()),
        bases={"SaveBookmark": BASE},
        only={"SaveBookmark", "DismissContinueWatching"},
    )


async def test_a_handler_that_fails_at_a_boundary_value_is_reported_with_the_field():
    with pytest.raises(AssertionError, match=r"ListWatchlist \[page_size=1\]: INTERNAL") as raised:
        await check(
            viewing_service_pb2_grpc.add_ViewingServiceServicer_to_server,
            DivisionByZero(),
            "marquee.viewing.v1.ViewingService",
            metadata=testing.bearing(testing.a_token()),
            only={"ListWatchlist"},
        )

    assert "page_size=0" not in str(raised.value)


async def test_a_caller_without_permission_fails_the_check():
    with pytest.raises(AssertionError, match="ListWatchlist: the caller is refused with TOKEN_REQUIRED"):
        await check(
            viewing_service_pb2_grpc.add_ViewingServiceServicer_to_server,
            DivisionByZero(),
            "marquee.viewing.v1.ViewingService",
            only={"ListWatchlist"},
        )


async def test_a_stream_that_fails_after_its_first_message_is_reported():
    with pytest.raises(AssertionError, match="WatchAsset"):
        await check(
            packager_admin_service_pb2_grpc.add_PackagerAdminServiceServicer_to_server,
            Packager(),
            "marquee.packager.v1.PackagerAdminService",
            metadata=testing.as_service("operator"),
            only={"WatchAsset"},
        )


async def test_boundary_values_that_fail_only_in_combination_are_reported():
    class Together(identity_service_pb2_grpc.IdentityServiceServicer):
        async def ListProfiles(self, request, rpc):
            assert not (request.page_size == 1 and request.page_token == " ")
            return identity_service_pb2.ListProfilesResponse()

    with pytest.raises(AssertionError, match=r"ListProfiles \[page_"):
        await check(
            identity_service_pb2_grpc.add_IdentityServiceServicer_to_server,
            Together(),
            "marquee.identity.v1.IdentityService",
            metadata=testing.bearing(testing.a_token()),
            only={"ListProfiles"},
            examples=1_000,
        )
