"""The search for unknown fields in JSON bodies has a bound, whatever a body holds."""

from pathlib import Path

import pytest

from gateway import contract, json_bodies

_EVENTS = "/api/v1/viewing/events"


@pytest.fixture(scope="module")
def bodies():
    image = (Path(__file__).parents[2] / "proto" / "gen" / "marquee.binpb").read_bytes()
    return json_bodies.JsonBodies(contract.Contract.parse(image))


def test_unknown_fields_are_named_with_their_place(bodies):
    body = b'{"events": [{"eventId": "1"}, {"colour": 1, "subject": {"title_id": "2", "size": 3}}], "more": {}}'

    assert ["events[1].colour", "events[1].subject.size", "more"] == bodies.unknown_fields(_EVENTS, "POST", body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"events":[' + b",".join([b'{"x":1}'] * 125_000) + b"]}",
        b"{" + b",".join(b'"a%d":1' % number for number in range(90_000)) + b"}",
    ],
)
def test_twenty_of_many_unknown_fields_are_named(bodies, body):
    assert 20 == len(bodies.unknown_fields(_EVENTS, "POST", body))


def test_items_of_a_list_that_is_too_long_are_not_searched(bodies):
    body = b'{"events":[' + b",".join([b"{}"] * 1_000 + [b'{"x":1}'] * 100_000) + b"]}"

    assert [] == bodies.unknown_fields(_EVENTS, "POST", body)
