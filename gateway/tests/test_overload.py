"""The edge refuses calls while too many are in progress, and still accepts urgent ones."""

import asyncio
import contextlib
from collections.abc import Iterator

import grpc
import pytest

from gateway import clusters
from gateway.tests import contracts, harness
from services.kit import testing

_CHANNELS = 16


@pytest.fixture
def full(platform: harness.Platform) -> Iterator[harness.Platform]:
    """A platform on which as many calls are in progress as the edge accepts for the replicas of the shop."""
    calls = clusters.MAX_REQUESTS * len(platform.replicas)
    request = contracts.message("GetThingRequest")(thing_id="held")
    with contextlib.ExitStack() as stack:
        # Connections of their own, because each has a limit of concurrent streams.
        options = [("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1)]
        channels = [
            stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{platform.edge}", options=options))
            for _ in range(_CHANNELS)
        ]

        def hold(channel: grpc.Channel) -> None:
            call = channel.unary_unary(harness.SHOP + "GetThing", request_serializer=type(request).SerializeToString)
            stack.callback(call.future(request, timeout=testing.PATIENCE).cancel)

        def is_full() -> bool:
            answer = _get_thing(platform)
            if answer.status == 503 and answer.json["details"][0]["reason"] == "OVERLOADED":
                return True
            # The call that has asked may have taken the place of one that was to be held.
            hold(channels[0])
            return False

        for number in range(calls):
            hold(channels[number % _CHANNELS])
        harness.until(is_full)
        yield platform
    harness.until(lambda: _get_thing(platform).status == 200)


def _get_thing(platform: harness.Platform) -> harness.Answer:
    return platform.http("GET", "/api/v1/shop/things/a")


def test_a_call_too_many_is_refused_at_once_with_a_reason_in_every_protocol(full):
    json_answer = _get_thing(full)
    web_answer, trailers = full.call_web("GetThing", thing_id="a")
    with pytest.raises(grpc.RpcError) as caught:
        full.call("GetThing", thing_id="a")

    assert (503, "1") == (json_answer.status, json_answer.headers["retry-after"])
    assert ["OVERLOADED", "1s"] == [
        json_answer.json["details"][0]["reason"],
        json_answer.json["details"][1]["retryDelay"],
    ]
    assert (200, "14") == (web_answer.status, trailers["grpc-status"])
    assert (grpc.StatusCode.UNAVAILABLE, "OVERLOADED") == harness.refusal(caught.value)
    assert "1000" == dict(caught.value.trailing_metadata())["grpc-retry-pushback-ms"]
    assert not [name for name in json_answer.headers if name.startswith("x-envoy-")]


def test_an_urgent_call_is_accepted_while_others_are_refused(full):
    assert 200 == full.http("GET", "/api/v1/shop/lists/a").status
    assert 503 == _get_thing(full).status


async def test_streams_that_stay_open_keep_out_no_calls(platform):
    count = clusters.MAX_REQUESTS * len(platform.replicas) + 1
    options = [("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1)]
    request = contracts.message("WatchThingsRequest")()
    async with contextlib.AsyncExitStack() as stack:
        channels = [
            await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{platform.edge}", options=options))
            for _ in range(_CHANNELS)
        ]
        streams = [
            channel.unary_stream(
                harness.SHOP + "WatchThings",
                request_serializer=type(request).SerializeToString,
                response_deserializer=contracts.message("WatchThingsResponse").FromString,
            )(request, metadata=(("x-hold", "1"),), timeout=testing.PATIENCE)
            for channel in (channels[number % _CHANNELS] for number in range(count))
        ]
        for stream in streams:
            stack.callback(stream.cancel)
        first = await asyncio.gather(*(stream.read() for stream in streams))
        answer = await asyncio.to_thread(_get_thing, platform)

    assert count == len([response for response in first if response is not grpc.aio.EOF])
    assert 200 == answer.status
