"""Requests are parsed and checked; valid bytes are checked once."""

import re
import time
from pathlib import Path

import pytest
from google.protobuf import duration_pb2, timestamp_pb2
from marquee.catalog.v1 import catalog_service_pb2
from marquee.identity.v1 import identity_service_pb2
from marquee.playback.v1 import playback_service_pb2
from marquee.recommendation.v1 import recommendation_service_pb2
from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_pb2, viewing_service_pb2

from services.kit import errors, validation

_ID = "0190aaaa-0000-7000-8000-000000000000"


def a_parser():
    return validation.RequestParser(catalog_service_pb2.GetTitleRequest.FromString)


def test_a_repeated_request_is_parsed_to_a_new_message():
    parser = a_parser()
    data = catalog_service_pb2.GetTitleRequest(title_id=_ID).SerializeToString()

    first, second = parser.parse(data), parser.parse(data)

    assert first.title_id == second.title_id == _ID
    assert first is not second


def test_a_request_that_breaks_a_rule_is_refused_each_time():
    parser = a_parser()
    for _ in range(2):
        with pytest.raises(errors.RequestInvalid, match="title_id"):
            parser.parse(catalog_service_pb2.GetTitleRequest(title_id="nothing").SerializeToString())


def test_a_request_that_breaks_a_rule_about_several_fields_is_refused():
    parser = validation.RequestParser(recommendation_service_pb2.ListGuideBadgesRequest.FromString)
    with pytest.raises(errors.RequestInvalid, match="request: either programmes or a window must be stated"):
        parser.parse(b"")


def test_invalid_bytes_are_refused_with_a_reason():
    with pytest.raises(errors.RequestInvalid, match="not a message of this method"):
        a_parser().parse(b"\xff\xff\xff")


@pytest.mark.parametrize(
    ("request_type", "item", "field", "limit"),
    [
        (catalog_service_pb2.BatchGetTitlesRequest, b"\x0a\x00", "title_ids", 100),
        (viewing_service_pb2.RecordEventsRequest, b"\x0a\x00", "events", 200),
        (viewing_service_pb2.RecordEventsRequest, b"\x0a\x02\x3a\x00", "events", 200),
        (playback_service_pb2.StartSessionRequest, b"\x12\x04\x1a\x02\x1a\x00", "device.capabilities.codecs", 50),
        (identity_service_pb2.UpdateProfileRequest, b"\x12\x02\x0a\x00", "update_mask.paths", 10_000),
    ],
)
def test_a_list_that_is_too_long_is_refused_before_its_items_are_read(request_type, item, field, limit):
    """Items of two bytes are the most that a message holds; reading each of them took minutes and gigabytes."""
    data = item * (validation.MAX_BYTES // len(item))
    parser = validation.RequestParser(request_type.FromString)
    started = time.process_time()

    with pytest.raises(errors.RequestInvalid) as refused:
        parser.parse(data)

    assert time.process_time() - started < 5
    [detail] = refused.value.details
    violations = [(violation.field, violation.description) for violation in detail.field_violations]
    assert [(field, f"must contain no more than {limit} item(s)")] == violations


def test_a_message_that_is_too_large_is_refused_before_it_is_parsed():
    parsed = []

    def parse(data):
        parsed.append(data)
        return catalog_service_pb2.GetTitleRequest.FromString(data)

    parser = validation.RequestParser(parse, max_bytes=100)
    with pytest.raises(errors.RequestTooLarge):
        parser.parse(b"\0" * 101)

    assert [b""] == parsed  # Read once, for the descriptor.


def test_the_largest_valid_request_of_a_viewer_is_taken():
    event = viewing_pb2.ViewingEvent(
        event_id=_ID,
        type=viewing_pb2.VIEWING_EVENT_TYPE_ABANDON,
        subject=type_pb2.Subject(episode_id=_ID),
        position=duration_pb2.Duration(seconds=604_799, nanos=999_999_999),
        duration=duration_pb2.Duration(seconds=604_799, nanos=999_999_999),
        occur_time=timestamp_pb2.Timestamp(seconds=253_370_764_799, nanos=999_999_999),
        session_id=_ID,
        decision_id=_ID,
    )
    request = viewing_service_pb2.RecordEventsRequest(events=[event] * 200)
    parser = validation.RequestParser(type(request).FromString, validation.MAX_VIEWER_BYTES)

    assert request == parser.parse(request.SerializeToString())


def test_the_cache_of_valid_requests_is_bounded(monkeypatch):
    monkeypatch.setattr(validation, "_MAX_REMEMBERED", 3)
    parser = validation.RequestParser(catalog_service_pb2.SearchTitlesRequest.FromString)

    for number in range(20):
        parser.parse(catalog_service_pb2.SearchTitlesRequest(query=f"query {number}").SerializeToString())
        assert len(parser._valid) <= 3
    before = set(parser._valid)
    parser.parse(catalog_service_pb2.SearchTitlesRequest(query="long", page_token="x" * 250).SerializeToString())

    assert parser._valid == before


def test_no_rule_of_the_contract_depends_on_the_time():
    """A valid request is cached as valid, so validity must not depend on the time."""
    contracts = sorted((Path(__file__).parents[3] / "proto" / "marquee").glob("*/v1/*.proto"))
    assert contracts
    for contract in contracts:
        # Fields and JSON paths may be named so.
        rules = re.sub(r'//.*|\w+ \w+ = \d+|"/api/[^"]*"', "", contract.read_text())
        assert not re.search(r"\bnow\b|_now\b|\bwithin\b", rules), contract
