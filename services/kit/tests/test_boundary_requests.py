"""The check of edge values finds requests that end as a fault, and no others."""

import pytest
from marquee.identity.v1 import identity_service_pb2, identity_service_pb2_grpc
from marquee.packager.v1 import packager_admin_service_pb2, packager_admin_service_pb2_grpc
from marquee.viewing.v1 import viewing_service_pb2, viewing_service_pb2_grpc

from services.kit import boundary_requests, ids, subjects, testing, timestamps

BASE = viewing_service_pb2.SaveBookmarkRequest(
    subject=subjects.title(boundary_requests.ID), position={"seconds": 10}, duration={"seconds": 100}
)


class Viewing(viewing_service_pb2_grpc.ViewingServiceServicer):
    """Does with what it is given what services do."""

    async def SaveBookmark(self, request, rpc):
        _, subject_id = subjects.key(request.subject)
        assert subject_id == ids.parse(subject_id)
        length = timestamps.to_timedelta(request.duration)
        assert testing.NOW + length > testing.NOW - timestamps.to_timedelta(request.position)
        return viewing_service_pb2.SaveBookmarkResponse()

    async def DismissContinueWatching(self, request, rpc):
        assert timestamps.optional_datetime(request, "snooze_until_time") != testing.NOW
        return viewing_service_pb2.DismissContinueWatchingResponse()


class Careless(viewing_service_pb2_grpc.ViewingServiceServicer):
    async def ListWatchlist(self, request, rpc):
        return viewing_service_pb2.ListWatchlistResponse(next_page_token=f"{100 // (request.page_size - 1)}")


class Packager(packager_admin_service_pb2_grpc.PackagerAdminServiceServicer):
    async def WatchAsset(self, request, rpc):
        yield packager_admin_service_pb2.WatchAssetResponse()
        raise ZeroDivisionError


async def checked(register, servicer, service, **options):
    async with testing.channel_to((register, servicer)) as channel:
        await boundary_requests.check(channel, service, **options)


async def test_the_pipeline_keeps_edges_from_handlers():
    await checked(
        viewing_service_pb2_grpc.add_ViewingServiceServicer_to_server,
        Viewing(),
        "marquee.viewing.v1.ViewingService",
        metadata=testing.bearing(testing.a_token()),
        bases={"SaveBookmark": BASE},
        only={"SaveBookmark", "DismissContinueWatching"},
    )


async def test_a_handler_that_fails_at_an_edge_is_named_with_the_field():
    with pytest.raises(AssertionError, match=r"ListWatchlist \[page_size=1\]: INTERNAL") as caught:
        await checked(
            viewing_service_pb2_grpc.add_ViewingServiceServicer_to_server,
            Careless(),
            "marquee.viewing.v1.ViewingService",
            metadata=testing.bearing(testing.a_token()),
            only={"ListWatchlist"},
        )

    assert "page_size=0" not in str(caught.value)


async def test_a_caller_whom_a_method_does_not_let_pass_is_a_fault_of_the_test():
    with pytest.raises(AssertionError, match="ListWatchlist: the caller is refused with TOKEN_REQUIRED"):
        await checked(
            viewing_service_pb2_grpc.add_ViewingServiceServicer_to_server,
            Careless(),
            "marquee.viewing.v1.ViewingService",
            only={"ListWatchlist"},
        )


async def test_a_stream_that_fails_later_is_found_too():
    with pytest.raises(AssertionError, match="WatchAsset"):
        await checked(
            packager_admin_service_pb2_grpc.add_PackagerAdminServiceServicer_to_server,
            Packager(),
            "marquee.packager.v1.PackagerAdminService",
            metadata=testing.as_service("operator"),
            only={"WatchAsset"},
        )


async def test_edges_that_only_fail_together_are_found():
    class Together(identity_service_pb2_grpc.IdentityServiceServicer):
        async def ListProfiles(self, request, rpc):
            assert not (request.page_size == 1 and request.page_token == " ")
            return identity_service_pb2.ListProfilesResponse()

    with pytest.raises(AssertionError, match=r"ListProfiles \[page_"):
        await checked(
            identity_service_pb2_grpc.add_IdentityServiceServicer_to_server,
            Together(),
            "marquee.identity.v1.IdentityService",
            metadata=testing.bearing(testing.a_token()),
            only={"ListProfiles"},
            examples=1_000,
        )
