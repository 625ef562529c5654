"""No method names a channel or a programme to a viewer from whom it is hidden, neither by its id nor by a text."""

from collections.abc import Iterator

import grpc
import pytest
from marquee.entitlement.v1 import entitlement_service_pb2
from marquee.type.v1 import type_pb2

from services.kit import ids
from tests.journeys import edge_client, hidden_channels, hidden_titles, methods_returning_channels
from tests.journeys import methods_returning_titles as names
from tests.journeys.methods_returning_titles import SECRET

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

_PAGES = 10
_DETAILS = "grpc-status-details-bin"
_METHODS = [names.name_of(method) for method in methods_returning_channels.channel_methods()]


@pytest.fixture(scope="module")
def world(platform, edge):
    with hidden_channels.build(platform, edge) as built:
        edge_client.wait_until(lambda: is_allowed(built, built.mature.channel_id))
        edge_client.wait_until(lambda: not any(is_allowed(built, channel.channel_id) for channel in built.closed))
        yield built


def is_allowed(world, channel_id) -> bool:
    """Returns whether entitlement lets the adult watch a channel."""
    request = entitlement_service_pb2.CheckAccessRequest(subject=type_pb2.Subject(channel_id=channel_id))
    return world.services.call("EntitlementService.CheckAccess", request, world.adult.token).decision.allowed


def responses(world, viewer, method, channels) -> Iterator[tuple[bytes, bytes]]:
    """Yields each request of a method about some channels with its response or error; pages are followed."""
    for request in requests_of(method, channels):
        fields = request.DESCRIPTOR.fields_by_name
        if "request_id" in fields:
            request.request_id = ids.new()
        for _ in range(_PAGES):
            sent = request.SerializeToString()
            try:
                response = world.services.call(method, request, viewer.token)
            except grpc.RpcError as failed:
                yield sent, failed.details().encode() + dict(failed.trailing_metadata()).get(_DETAILS, b"")
                break
            parts = response if isinstance(response, list) else [response]
            yield sent, b"".join(part.SerializeToString() for part in parts)
            if "page_token" not in fields or not response.next_page_token:
                break
            request.page_token = response.next_page_token


def requests_of(method, channels) -> Iterator:
    """Yields the requests of a method, one for each channel where they name one."""
    for template in methods_returning_channels.requests_of(method):
        encoded = template.SerializeToString()
        filled = {
            encoded.replace(methods_returning_channels.CHANNEL.encode(), channel.channel_id.encode()).replace(
                methods_returning_channels.PROGRAMME.encode(), channel.programme_id.encode()
            )
            for channel in channels
        }
        yield from map(type(template).FromString, filled)


def test_every_method_that_can_return_a_channel_has_a_request():
    assert set(_METHODS) == set(methods_returning_channels.REQUESTS) | (set(_METHODS) & set(names.REQUESTS))
    assert set(methods_returning_channels.REQUESTS) <= set(_METHODS)


@pytest.mark.parametrize(
    "method",
    [each for each in methods_returning_channels.REQUESTS if each not in methods_returning_channels.WITHOUT_TEXTS],
)
def test_an_adult_is_told_of_a_mature_channel_and_of_a_mature_programme(world, method):
    channels = [world.mature, world.late]
    returned = b"".join(response for _, response in responses(world, world.adult, method, channels))

    assert SECRET.encode() in returned
    assert any(id_.encode() in returned for channel in channels for id_ in channel.ids)


@pytest.mark.parametrize("who", ["adult", "kid", "anybody"])
@pytest.mark.parametrize("method", _METHODS)
def test_nobody_is_told_of_a_channel_or_a_programme_that_is_hidden_from_them(world, method, who):
    viewer = hidden_titles.Viewer() if who == "anybody" else getattr(world, who)
    hidden = {id_ for channel in world.closed for id_ in channel.ids}
    asked = [world.shown, *world.closed, hidden_channels.Channel()]
    if who != "adult":
        hidden |= {*world.mature.ids, world.late.programme_id}
        asked += [world.mature, world.late]

    for request, response in responses(world, viewer, method, asked):
        assert who == "adult" or SECRET.encode() not in response, response
        assert not {id_ for id_ in hidden if id_.encode() in response and id_.encode() not in request}, response


@pytest.mark.parametrize("kind", ["channel_id", "programme_id"])
def test_access_to_what_is_hidden_is_decided_like_access_to_what_does_not_exist(world, kind):
    place = ("channel_id", "programme_id").index(kind)
    channels = [world.mature, *world.closed, hidden_channels.Channel(), world.late][: 4 + place]
    subjects = [type_pb2.Subject(**{kind: channel.ids[place]}) for channel in channels]
    request = entitlement_service_pb2.BatchCheckAccessRequest(subjects=subjects)
    decisions = world.services.call("EntitlementService.BatchCheckAccess", request, world.kid.token).decisions

    assert subjects == [decision.subject for decision in decisions]
    for decision in decisions:
        decision.ClearField("subject")
        decision.ClearField("decide_time")
    assert all(decision == decisions[0] for decision in decisions)
    assert not decisions[0].allowed


def test_lists_of_entitled_channels_hold_the_channels_of_the_free_package_for_anybody(world):
    [request] = [
        each for each in methods_returning_channels.REQUESTS["EpgService.ListChannels"] if each.filter.entitled_only
    ]
    anybody, adult = (
        world.services.call("EpgService.ListChannels", request, token) for token in ("", world.adult.token)
    )

    assert [1, 5, 6] == [channel.number for channel in anybody.channels]
    assert {*range(1, 26)} <= {channel.number for channel in adult.channels}
    assert not anybody.entitlement_unavailable
