"""Promises of the difference between two decisions, through the contract: each input that there is."""

import uuid
from datetime import timedelta

import grpc
import pytest
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_pb2
from marquee.recommendation.v1 import recommendation_admin_service_pb2

from services.kit import ids, status, testing
from services.recommendation import storage, tables
from services.recommendation.domain import score_parts
from services.recommendation.tests import builders, fakes, harness
from services.recommendation.tests.test_decisions import a_rich_home, decided_by_others
from services.recommendation.tests.test_home import get


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as opened:
        yield opened


async def anew(app, metadata=None, **asked):
    """Decides the home of the profile anew; returns the decision."""
    app.homes.clear()
    return (await get(app, metadata, page_size=30, **asked)).decision_id


async def diff(app, left, right):
    await app.recorder.wait_until_stored()
    asked = recommendation_admin_service_pb2.DiffDecisionsRequest(left_decision_id=left, right_decision_id=right)
    return await app.admin.DiffDecisions(asked, metadata=builders.EDITOR)


def by_name(told):
    return {each.name: list(each.changes) for each in told.inputs}


async def watch(app, *title_ids, revision=1):
    """Has somebody else watch titles."""
    seen = list(map(harness.watched, title_ids))
    await app.handle_event(
        signals_changed=event_internal_pb2.SignalsChanged(profile_id=ids.new(), revision=revision, signals=seen)
    )


async def test_nothing_differs_between_homes_of_the_same(app):
    _, first = await a_rich_home(app)
    told = await diff(app, first.decision_id, await anew(app))

    assert recommendation_admin_service_pb2.DiffDecisionsResponse() == told


async def test_two_decisions_are_told_apart_by_their_signals_and_their_rails(app):
    found, first = await a_rich_home(app)
    app.viewing.signals[app.profile_id].pop(found[2])
    app.add_signals(harness.liked(found[6]), harness.hidden(found[1]))
    told = await diff(app, first.decision_id, await anew(app))

    assert ["signals"] == [each.name for each in told.inputs]
    assert {
        f"rated.{found[6]} was added",
        f"suppressed.{found[1]} was added",
        f"rated.{found[1]} was removed",
        f"watched.{found[2]} was removed",
    } == set(told.inputs[0].changes)
    assert {rail.rail_id for rail in told.rails}


async def test_wishes_are_told_apart(app):
    _, first = await a_rich_home(app)
    app.identity.preferences[app.profile_id] = identity_pb2.Preferences(genre_ids=["sport"], language_codes=["hi"])
    told = await diff(app, first.decision_id, await anew(app))

    assert {"preferences": ["genre.sport was added", "language.hi was added"]} == by_name(told)
    assert told.rails


async def test_weights_are_told_apart(app):
    _, first = await a_rich_home(app)
    app.gatherer.weights = score_parts.Weights(content=0.5, diversity=3)
    told = await diff(app, first.decision_id, await anew(app))

    assert {"weights": ["content is 0.5 instead of 1", "diversity is 3 instead of 1"]} == by_name(told)
    assert told.rails


async def test_what_is_popular_is_told_apart(app):
    found, first = await a_rich_home(app)
    await watch(app, found[90])
    await app.popularity_tracker.refresh()
    told = await diff(app, first.decision_id, await anew(app))

    assert {"popularity": [f"{found[90]} of the popular titles was added"]} == by_name(told)


async def test_models_are_told_apart(app):
    found, first = await a_rich_home(app)
    for _ in range(30):
        await watch(app, *found[1:4])
    started = await app.admin.TrainModel(harness.train(), metadata=builders.EDITOR)
    await app.model_trainer.train(uuid.UUID(started.model.model_id).bytes)
    await app.model_trainer.load()
    told = await diff(app, first.decision_id, await anew(app))

    assert {"model": []} == by_name(told)
    assert ("", started.model.model_id) == (told.inputs[0].left_version, told.inputs[0].right_version)


async def test_catalogues_and_vectors_are_told_apart(app):
    found, first = await a_rich_home(app)
    await app.world.put_title("Gone", found[60], state=5)
    second = await anew(app)
    async with app.world.database.transaction() as tx:
        made = [storage.vectors.NewVector(found[61], b"new", fakes.vector("elsewhere"))]
        await storage.vectors.write(tx, made, fakes.MODEL, testing.NOW)
    await app.world.vector_store.load()
    third = await anew(app)

    assert {"catalog": []} == by_name(await diff(app, first.decision_id, second))
    assert {"vectors": []} == by_name(await diff(app, second, third))


async def test_time_language_ceiling_and_country_are_told_apart(app):
    _, first = await a_rich_home(app)
    app.world.clock.advance(timedelta(seconds=7))
    viewer = app.viewer(maturity_ceiling=13, country_code="IN")
    told = await diff(app, first.decision_id, await anew(app, viewer, display_language_code="hi"))

    assert {"time": [], "language": [], "maturity_ceiling": [], "country_code": []} == by_name(told)
    assert ("hi", "13", "IN") == tuple(each.right_version for each in told.inputs if each.name != "time")
    assert "" == told.gone_input


async def test_what_other_rules_decided_is_told_apart_by_inputs_alone(app):
    found, first = await a_rich_home(app)
    app.add_signals(harness.liked(found[6]))
    second = await anew(app)
    await app.recorder.wait_until_stored()
    await decided_by_others(app, first.decision_id)
    told = await diff(app, first.decision_id, second)

    assert {"signals", "rules"} == by_name(told).keys()
    assert ("rules", []) == (told.gone_input, list(told.rails))


@pytest.mark.parametrize("side", [0, 1])
async def test_an_input_that_is_gone_is_named_with_its_decision(app, side):
    found, first = await a_rich_home(app)
    app.add_signals(harness.liked(found[6]))
    pair = [first.decision_id, await anew(app)]
    await app.recorder.wait_until_stored()
    async with app.world.database.transaction() as tx:
        row = await storage.decisions.get(tx, pair[side], testing.NOW)
        await tx.execute(tables.inputs.delete().where(tables.inputs.c.digest == row.signals))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await diff(app, *pair)

    failed = status.raised_by(refused.value, "recommendation")
    named = {"input": "signals", "decision_id": pair[side]}
    assert ("INPUT_GONE", named) == (failed.reason, failed.metadata)
