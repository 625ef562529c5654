"""Requests are parsed and checked; valid bytes are checked once."""

import re
from pathlib import Path

import pytest
from marquee.catalog.v1 import catalog_service_pb2

from services.kit import errors, validation

_ID = "0190aaaa-0000-7000-8000-000000000000"


def a_reader():
    return validation.RequestParser(catalog_service_pb2.GetTitleRequest.FromString)


def test_a_request_is_read_however_often_it_comes():
    reader = a_reader()
    data = catalog_service_pb2.GetTitleRequest(title_id=_ID).SerializeToString()

    first, second = reader.parse(data), reader.parse(data)

    assert first.title_id == second.title_id == _ID
    assert first is not second


def test_a_request_that_breaks_a_rule_is_refused_each_time():
    reader = a_reader()
    for _ in range(2):
        with pytest.raises(errors.RequestInvalid, match="title_id"):
            reader.parse(catalog_service_pb2.GetTitleRequest(title_id="nothing").SerializeToString())


def test_bytes_that_are_no_message_are_refused_with_a_reason():
    with pytest.raises(errors.RequestInvalid, match="not a message of this method"):
        a_reader().parse(b"\xff\xff\xff")


def test_no_more_is_remembered_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(validation, "_MAX_REMEMBERED", 3)
    reader = validation.RequestParser(catalog_service_pb2.SearchTitlesRequest.FromString)

    for number in range(20):
        reader.parse(catalog_service_pb2.SearchTitlesRequest(query=f"query {number}").SerializeToString())
        assert len(reader._valid) <= 3
    before = set(reader._valid)
    reader.parse(catalog_service_pb2.SearchTitlesRequest(query="long", page_token="x" * 250).SerializeToString())

    assert reader._valid == before


def test_no_rule_of_the_contract_asks_for_the_time():
    """Or a request that was valid might not stay so."""
    contracts = sorted((Path(__file__).parents[3] / "proto" / "marquee").glob("*/v1/*.proto"))
    assert contracts
    for contract in contracts:
        rules_told = re.sub(r"//.*", "", contract.read_text())
        assert not re.search(r"\bnow\b|_now\b|\bwithin\b", rules_told), contract
