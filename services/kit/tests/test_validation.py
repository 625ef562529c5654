"""Requests are parsed and checked; valid bytes are checked once."""

import re
from pathlib import Path

import pytest
from marquee.catalog.v1 import catalog_service_pb2

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


def test_invalid_bytes_are_refused_with_a_reason():
    with pytest.raises(errors.RequestInvalid, match="not a message of this method"):
        a_parser().parse(b"\xff\xff\xff")


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
        rules = re.sub(r"//.*", "", contract.read_text())
        assert not re.search(r"\bnow\b|_now\b|\bwithin\b", rules), contract
