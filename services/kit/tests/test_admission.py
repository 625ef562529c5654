"""A process refuses calls while too many are in progress, the least urgent ones first."""

import asyncio

import grpc
import pytest
from google.rpc import error_details_pb2
from marquee.identity.v1 import identity_service_pb2, identity_service_pb2_grpc
from marquee.playback.v1 import playback_service_pb2, playback_service_pb2_grpc
from marquee.policy.v1 import policy_pb2

from services.kit import admission, context, errors, ids, method_policy, status, testing

CAPACITY = 4
URGENT = {policy_pb2.RATE_CLASS_PLAY, policy_pb2.RATE_CLASS_HEARTBEAT, policy_pb2.RATE_CLASS_NONE}


def a_method(rate_class):
    return method_policy.Method(
        "/test", "test", policy_pb2.AUDIENCE_PUBLIC, frozenset(), rate_class, timeout=1.0, is_retryable=True
    )


def test_each_class_of_calls_leaves_room_for_more_urgent_ones():
    gate = admission.Admission(100)

    limits = {rate_class: gate.limit(a_method(rate_class)) for rate_class in policy_pb2.RateClass.values()[1:]}

    assert {rate_class for rate_class, limit in limits.items() if limit == 100} == URGENT
    assert limits[policy_pb2.RATE_CLASS_BROWSE] < limits[policy_pb2.RATE_CLASS_WRITE] < 100


def test_a_call_is_admitted_again_once_another_one_has_ended():
    gate = admission.Admission(1)

    assert gate.enter(1)
    assert not gate.enter(1)
    gate.leave()
    assert gate.enter(1)


class Blocked(identity_service_pb2_grpc.IdentityServiceServicer, playback_service_pb2_grpc.PlaybackServiceServicer):
    """Holds each call until it is released."""

    def __init__(self):
        self.entered = asyncio.Semaphore(0)
        self.released = asyncio.Event()

    async def _hold(self):
        self.entered.release()
        await self.released.wait()

    async def ListProfiles(self, request, rpc):
        await self._hold()
        return identity_service_pb2.ListProfilesResponse()

    async def StopSession(self, request, rpc):
        await self._hold()
        return playback_service_pb2.StopSessionResponse()


@pytest.fixture
async def blocked():
    return Blocked()


@pytest.fixture
async def address(blocked):
    registrations = (
        (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, blocked),
        (playback_service_pb2_grpc.add_PlaybackServiceServicer_to_server, blocked),
    )
    async with testing.serving(*registrations, capacity=CAPACITY) as address:
        yield address


@pytest.fixture
async def channel(address):
    async with grpc.aio.insecure_channel(address) as channel:
        yield channel


BEARER = testing.bearing(testing.a_token())


def browse(channel, metadata=BEARER):
    stub = identity_service_pb2_grpc.IdentityServiceStub(channel)
    return stub.ListProfiles(identity_service_pb2.ListProfilesRequest(), metadata=metadata)


def stop(channel):
    stub = playback_service_pb2_grpc.PlaybackServiceStub(channel)
    return stub.StopSession(playback_service_pb2.StopSessionRequest(session_id=ids.new()), metadata=BEARER)


async def hold(blocked, *calls):
    """Starts calls that are not awaited, and waits until their handlers run."""
    for _ in calls:
        await blocked.entered.acquire()
    return list(calls)


async def error_of(call):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return raised.value


async def test_browsing_is_refused_while_half_of_the_capacity_is_in_use(blocked, channel):
    held = await hold(blocked, *(browse(channel) for _ in range(CAPACITY // 2)))

    refused = await error_of(browse(channel))
    held += await hold(blocked, *(stop(channel) for _ in range(CAPACITY // 2)))
    full = await error_of(stop(channel))
    blocked.released.set()
    await asyncio.gather(*held)

    for failure in (refused, full):
        error = status.raised_by(failure, "identity")
        assert (grpc.StatusCode.UNAVAILABLE, "OVERLOADED") == (error.code, error.reason)
        assert [error_details_pb2.RetryInfo] == [type(detail) for detail in error.details]
        assert status.NO_RETRY in list(failure.trailing_metadata())
    await browse(channel)


async def test_calls_that_are_cancelled_make_room(blocked, channel):
    for call in await hold(blocked, *(browse(channel) for _ in range(CAPACITY // 2))):
        call.cancel()
    blocked.released.set()

    async with asyncio.timeout(testing.PATIENCE):
        while True:
            try:
                await browse(channel)
            except grpc.aio.AioRpcError:  # The server has not seen the cancellation yet.
                continue
            break


async def test_a_call_of_another_service_is_refused_last(blocked, channel):
    held = await hold(blocked, *(browse(channel) for _ in range(CAPACITY // 2)))

    inner = browse(channel, (*BEARER, *testing.as_service("catalog")))
    held += await hold(blocked, inner)
    blocked.released.set()

    assert len(await asyncio.gather(*held)) == CAPACITY // 2 + 1


async def test_a_service_gets_the_reason_of_a_refusal(blocked, address):
    mesh = testing.a_mesh("playback", {"identity": address})
    stub = identity_service_pb2_grpc.IdentityServiceStub(mesh.channel("identity"))
    context.CURRENT.set(context.Call("test", "r-1", caller=context.Caller(account_id="a", token=testing.a_token())))
    held = await hold(
        blocked,
        *(
            asyncio.ensure_future(stub.ListProfiles(identity_service_pb2.ListProfilesRequest()))
            for _ in range(CAPACITY)
        ),
    )

    with pytest.raises(errors.Unavailable) as raised:
        await stub.ListProfiles(identity_service_pb2.ListProfilesRequest())
    blocked.released.set()
    await asyncio.gather(*held)
    await mesh.close()

    assert "OVERLOADED" == raised.value.reason


@pytest.mark.parametrize(("seconds", "is_refused"), [(1.5, True), (0.5, False)])
async def test_a_call_that_has_waited_for_half_of_its_timeout_is_refused(blocked, channel, seconds, is_refused):
    blocked.released.set()
    timeout = method_policy.at("/marquee.identity.v1.IdentityService/ListProfiles").timeout
    deadline = 10 * timeout
    # As if the edge had sent the call some time ago.
    metadata = (*BEARER, (method_policy.EDGE_DEADLINE, str(deadline + seconds * timeout / 2)))
    stub = identity_service_pb2_grpc.IdentityServiceStub(channel)
    call = stub.ListProfiles(identity_service_pb2.ListProfilesRequest(), metadata=metadata, timeout=deadline)

    if is_refused:
        assert "OVERLOADED" == testing.reason_of(await error_of(call))
    else:
        assert identity_service_pb2.ListProfilesResponse() == await call


async def test_an_urgent_call_is_not_refused_for_its_wait(blocked, channel):
    blocked.released.set()
    stub = playback_service_pb2_grpc.PlaybackServiceStub(channel)
    request = playback_service_pb2.StopSessionRequest(session_id=ids.new())

    response = await stub.StopSession(request, metadata=(*BEARER, (method_policy.EDGE_DEADLINE, "28")), timeout=10)

    assert playback_service_pb2.StopSessionResponse() == response
