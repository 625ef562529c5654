"""The difference between two decisions, through the gRPC API, for each kind of input."""

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
from services.recommendation.tests.test_decisions import a_rich_home, set_other_rules
from services.recommendation.tests.test_home import get


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as running:
        yield running


async def rebuild_home(app, metadata=None, **fields):
    """Builds the home of the profile again, without the cache; returns its decision id."""
    app.homes.clear()
    return (await get(app, metadata, page_size=30, **fields)).decision_id


async def diff(app, left, right):
    await app.recorder.wait_until_stored()
    request = recommendation_admin_service_pb2.DiffDecisionsRequest(left_decision_id=left, right_decision_id=right)
    return await app.admin.DiffDecisions(request, metadata=builders.EDITOR)


def by_name(difference):
    return {each.name: list(each.changes) for each in difference.inputs}


async def watch(app, *title_ids, revision=1):
    """Handles an event: another profile watched titles."""
    signals = list(map(harness.watched, title_ids))
    await app.handle_event(
        signals_changed=event_internal_pb2.SignalsChanged(profile_id=ids.new(), revision=revision, signals=signals)
    )


async def test_homes_with_the_same_inputs_have_no_difference(app):
    _, first = await a_rich_home(app)
    difference = await diff(app, first.decision_id, await rebuild_home(app))

    assert recommendation_admin_service_pb2.DiffDecisionsResponse() == difference


async def test_a_difference_lists_changed_signals_and_rails(app):
    title_ids, first = await a_rich_home(app)
    app.viewing.signals[app.profile_id].pop(title_ids[2])
    app.add_signals(harness.liked(title_ids[6]), harness.hidden(title_ids[1]))
    difference = await diff(app, first.decision_id, await rebuild_home(app))

    assert ["signals"] == [each.name for each in difference.inputs]
    assert {
        f"rated.{title_ids[6]} was added",
        f"suppressed.{title_ids[1]} was added",
        f"rated.{title_ids[1]} was removed",
        f"watched.{title_ids[2]} was removed",
    } == set(difference.inputs[0].changes)
    assert {rail.rail_id for rail in difference.rails}


async def test_a_difference_lists_changed_preferences(app):
    _, first = await a_rich_home(app)
    app.identity.preferences[app.profile_id] = identity_pb2.Preferences(genre_ids=["sport"], language_codes=["hi"])
    difference = await diff(app, first.decision_id, await rebuild_home(app))

    assert {"preferences": ["genre.sport was added", "language.hi was added"]} == by_name(difference)
    assert difference.rails


async def test_a_difference_lists_changed_weights(app):
    _, first = await a_rich_home(app)
    app.gatherer.weights = score_parts.Weights(content=0.5, diversity=3)
    difference = await diff(app, first.decision_id, await rebuild_home(app))

    assert {"weights": ["content is 0.5 instead of 1", "diversity is 3 instead of 1"]} == by_name(difference)
    assert difference.rails


async def test_a_difference_lists_changed_popularity(app):
    title_ids, first = await a_rich_home(app)
    await watch(app, title_ids[90])
    await app.popularity_tracker.refresh()
    difference = await diff(app, first.decision_id, await rebuild_home(app))

    assert {"popularity": [f"{title_ids[90]} of the popular titles was added"]} == by_name(difference)


async def test_a_difference_lists_changed_models(app):
    title_ids, first = await a_rich_home(app)
    for _ in range(30):
        await watch(app, *title_ids[1:4])
    started = await app.admin.TrainModel(harness.train(), metadata=builders.EDITOR)
    await app.model_trainer.train(uuid.UUID(started.model.model_id).bytes)
    await app.model_trainer.load()
    difference = await diff(app, first.decision_id, await rebuild_home(app))

    assert {"model": []} == by_name(difference)
    assert ("", started.model.model_id) == (difference.inputs[0].left_version, difference.inputs[0].right_version)


async def test_a_difference_lists_a_changed_catalogue_and_changed_vectors(app):
    title_ids, first = await a_rich_home(app)
    await app.world.put_title("Gone", title_ids[60], state=5)
    second = await rebuild_home(app)
    async with app.world.database.transaction() as tx:
        new_vectors = [storage.vectors.NewVector(title_ids[61], b"new", fakes.vector("elsewhere"))]
        await storage.vectors.write(tx, new_vectors, fakes.MODEL, testing.NOW)
    await app.world.vector_store.load()
    third = await rebuild_home(app)

    assert {"catalog": []} == by_name(await diff(app, first.decision_id, second))
    assert {"vectors": []} == by_name(await diff(app, second, third))


async def test_a_difference_lists_changes_of_the_viewer_and_the_time(app):
    _, first = await a_rich_home(app)
    app.world.clock.advance(timedelta(seconds=7))
    viewer = app.viewer(maturity_ceiling=13, country_code="IN")
    difference = await diff(app, first.decision_id, await rebuild_home(app, viewer, display_language_code="hi"))

    assert {"time": [], "language": [], "maturity_ceiling": [], "country_code": []} == by_name(difference)
    assert ("hi", "13", "IN") == tuple(each.right_version for each in difference.inputs if each.name != "time")
    assert "" == difference.gone_input


async def test_a_difference_between_rules_lists_inputs_but_no_rails(app):
    title_ids, first = await a_rich_home(app)
    app.add_signals(harness.liked(title_ids[6]))
    second = await rebuild_home(app)
    await app.recorder.wait_until_stored()
    await set_other_rules(app, first.decision_id)
    difference = await diff(app, first.decision_id, second)

    assert {"signals", "rules"} == by_name(difference).keys()
    assert ("rules", []) == (difference.gone_input, list(difference.rails))


@pytest.mark.parametrize("side", [0, 1])
async def test_a_difference_without_an_input_fails_with_the_input_and_its_decision(app, side):
    title_ids, first = await a_rich_home(app)
    app.add_signals(harness.liked(title_ids[6]))
    decision_ids = [first.decision_id, await rebuild_home(app)]
    await app.recorder.wait_until_stored()
    async with app.world.database.transaction() as tx:
        row = await storage.decisions.get(tx, decision_ids[side], testing.NOW)
        await tx.execute(tables.inputs.delete().where(tables.inputs.c.digest == row.signals))
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await diff(app, *decision_ids)

    error = status.raised_by(raised.value, "recommendation")
    metadata = {"input": "signals", "decision_id": decision_ids[side]}
    assert ("INPUT_GONE", metadata) == (error.reason, error.metadata)
