"""Tests of the commands for dead letters."""

import asyncio
import json

import pytest
from click.testing import CliRunner
from marquee.event.v1 import event_internal_pb2

from deploy.cli import __main__ as cli
from services.kit import dead_letters, event_streams
from services.kit import redis as kit_redis


@pytest.fixture
def letters(redis_url, tmp_path, monkeypatch):
    """Two dead letters of viewing and one of catalog."""
    monkeypatch.setenv("MARQUEE_HOME", str(tmp_path))
    monkeypatch.setenv("MARQUEE_REDIS_URL", redis_url)

    async def add():
        redis = kit_redis.connect(redis_url)
        for group, event_id in (("viewing", "first"), ("viewing", "second"), ("catalog", "third")):
            event = event_internal_pb2.Event(event_id=event_id, account_registered={"account_id": "a"})
            fields = {event_streams.FIELD: event.SerializeToString()}
            await dead_letters.DeadLetters(group, redis).add("marquee:events:identity", fields, "KeyError: 'x'")
        await redis.aclose()

    asyncio.run(add())


def run(*arguments):
    result = CliRunner().invoke(cli.main, ["events", *arguments])
    return result.exit_code, result.output


def listed(*arguments):
    code, output = run("list", "--json", *arguments)
    assert code == 0, output
    return json.loads(output)["dead_letters"]


def test_dead_letters_are_listed_with_their_cause(letters):
    rows = listed("--service", "viewing")

    assert ["first", "second"] == [row["event_id"] for row in rows]
    assert ("account_registered", "KeyError: 'x'") == (rows[0]["payload"], rows[0]["cause"])
    assert {"viewing", "catalog"} == {row["service"] for row in listed()}
    assert all(row["id"] in run("list")[1] for row in rows)


def test_one_dead_letter_is_dropped_and_the_others_stay(letters):
    [first, _] = listed("--service", "viewing")

    assert (0, "1 dropped.\n") == run("drop", "viewing", first["id"])
    assert ["second", "third"] == sorted(row["event_id"] for row in listed())
    assert 6 == run("drop", "viewing", first["id"])[0]


def test_all_dead_letters_of_a_service_are_replayed_to_it(letters, redis_url):
    async def replays():
        redis = kit_redis.connect(redis_url)
        entries = await redis.xrange(dead_letters.DeadLetters("viewing", redis).replays)
        await redis.aclose()
        return [event_streams.read_event(fields).event_id for _, fields in entries]

    code, output = run("replay", "viewing", "--all", "--json")

    assert (0, {"replayed": 2}) == (code, json.loads(output))
    assert ["first", "second"] == asyncio.run(replays())
    assert ["third"] == [row["event_id"] for row in listed()]


@pytest.mark.parametrize("arguments", [("viewing",), ("viewing", "1-1", "--all"), ("nobody", "--all")])
def test_a_call_that_names_no_dead_letters_is_wrong_usage(letters, arguments):
    assert 2 == run("drop", *arguments)[0]


def test_without_a_platform_the_command_says_that_none_is_running(tmp_path, monkeypatch):
    monkeypatch.setenv("MARQUEE_HOME", str(tmp_path))
    monkeypatch.delenv("MARQUEE_REDIS_URL", raising=False)

    assert 3 == run("list")[0]
