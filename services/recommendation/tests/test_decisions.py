"""Decisions and their replay, through the gRPC API."""

import uuid
from datetime import timedelta

import grpc
import pytest
from marquee.event.v1 import event_internal_pb2
from marquee.recommendation.v1 import recommendation_admin_service_pb2, recommendation_pb2
from sqlalchemy import func, select

from services.kit import ids, status, testing
from services.recommendation import storage, tables
from services.recommendation.convert import admin_messages, home_messages
from services.recommendation.domain import score_parts
from services.recommendation.ranking.title_store import TitleStore
from services.recommendation.replay import cleanup, decision_replay
from services.recommendation.tests import builders, conftest, fakes, harness
from services.recommendation.tests.test_home import get
from services.recommendation.vectors.vector_index import VectorIndex
from services.recommendation.vectors.vector_store import VectorStore


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as running:
        yield running


async def replay(app, decision_id, weights=None):
    await app.recorder.wait_until_stored()
    request = recommendation_admin_service_pb2.ReplayDecisionRequest(decision_id=decision_id, weights=weights)
    return await app.admin.ReplayDecision(request, metadata=builders.EDITOR)


async def a_rich_home(app):
    title_ids = await app.add_titles(120)
    app.add_signals(
        harness.liked(title_ids[1]),
        harness.watched(title_ids[2]),
        harness.watched(title_ids[3], 0.4),
        harness.hidden(title_ids[4]),
    )
    app.viewing.bookmarks[app.profile_id] = [harness.bookmark(title_ids[3])]
    for each in title_ids[40:50]:
        changed = event_internal_pb2.SignalsChanged(profile_id=ids.new(), revision=1, signals=[harness.watched(each)])
        await app.handle_event(signals_changed=changed)
    await app.popularity_tracker.refresh()
    return title_ids, await get(app, page_size=30)


async def test_a_replay_gives_the_same_bytes(app):
    _, response = await a_rich_home(app)
    replayed = await replay(app, response.decision_id)

    assert replayed.identical
    assert list(response.home.rails) == list(replayed.home.rails)
    assert response.home.hero == replayed.home.hero
    assert [] == list(replayed.rails)
    assert score_parts.Weights() == admin_messages.read_weights(replayed.weights)


async def test_a_replay_gives_the_same_bytes_after_all_inputs_have_changed(app):
    title_ids, response = await a_rich_home(app)
    await app.recorder.wait_until_stored()
    app.add_signals(harness.hidden(title_ids[7]))
    for each in title_ids[:20]:
        await app.world.put_title("Another name", each, state=5)
    await app.add_titles(5)
    async with app.world.database.transaction() as tx:
        new_vectors = [storage.vectors.NewVector(each, b"new", fakes.vector("elsewhere")) for each in title_ids[20:60]]
        await storage.vectors.write(tx, new_vectors, fakes.MODEL, testing.NOW)
    await app.world.vector_store.load()
    changed = event_internal_pb2.SignalsChanged(
        profile_id=ids.new(), revision=1, signals=[harness.watched(title_ids[90])]
    )
    await app.handle_event(signals_changed=changed)
    await app.popularity_tracker.refresh()
    replayed = await replay(app, response.decision_id)

    assert replayed.identical


async def test_a_decision_is_replayed_after_a_restart(app):
    _, response = await a_rich_home(app)
    await app.recorder.wait_until_stored()
    world = app.world
    title_store, index = TitleStore(world.database, world.clock, conftest.RETENTION), VectorIndex()
    await title_store.load()
    vector_store = VectorStore(world.database, index, world.clock, conftest.RETENTION)
    await vector_store.load()
    app.gatherer.title_store, app.gatherer.vector_index = title_store, index
    replayer = decision_replay.DecisionReplayer(app.gatherer, vector_store, world.database, world.clock)
    row = await replayer.get(response.decision_id)

    assert row.digest == home_messages.digest(await replayer.replay(row))


async def test_the_decision_of_an_anonymous_viewer_is_replayed(app):
    await app.add_titles()
    response = await get(app, metadata=())

    assert (await replay(app, response.decision_id)).identical


def parts(home, source):
    """Returns what one source contributes to each item on the For You rail."""
    [rail] = [rail for rail in home.rails if rail.rail_id == "for-you"]
    return {
        item.subject.title_id: sum(each.value for each in item.explanation.contributions if each.source == source)
        for item in rail.items
    }


async def test_a_replay_with_other_weights_scales_the_contributions(app):
    _, response = await a_rich_home(app)
    plain = {"collaborative": 1, "popularity": 1, "newness": 1, "preference": 1.5}
    once = await replay(app, response.decision_id, recommendation_pb2.Weights(content=1, **plain))
    twice = await replay(app, response.decision_id, recommendation_pb2.Weights(content=2, **plain))

    assert (False, False) == (once.identical, twice.identical)
    assert (1, 2, 0) == (once.weights.content, twice.weights.content, twice.weights.diversity)
    assert "for-you" in {rail.rail_id for rail in twice.rails}
    content = recommendation_pb2.CONTRIBUTION_SOURCE_CONTENT
    before, after = parts(once.home, content), parts(twice.home, content)
    both = before.keys() & after.keys()
    assert both
    assert {each: pytest.approx(2 * before[each], abs=1e-5) for each in both} == {each: after[each] for each in both}
    newness = recommendation_pb2.CONTRIBUTION_SOURCE_NEWNESS
    assert {each: parts(once.home, newness)[each] for each in both} == {
        each: parts(twice.home, newness)[each] for each in both
    }
    for rail in twice.home.rails:
        scores = [item.explanation.score for item in rail.items]
        assert sorted(scores, reverse=True) == scores


async def test_a_replay_without_an_input_fails_with_the_name_of_the_input(app):
    _, response = await a_rich_home(app)
    await app.recorder.wait_until_stored()
    async with app.world.database.transaction() as tx:
        row = await storage.decisions.get(tx, response.decision_id, testing.NOW)
        await tx.execute(tables.inputs.delete().where(tables.inputs.c.digest == row.popularity))
    request = recommendation_admin_service_pb2.ListDecisionsRequest(profile_id=app.profile_id)
    [listed] = (await app.admin.ListDecisions(request, metadata=builders.EDITOR)).decisions
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await replay(app, response.decision_id)

    error = status.raised_by(raised.value, "recommendation")
    metadata = {"input": "popularity", "decision_id": response.decision_id}
    assert ("INPUT_GONE", metadata) == (error.reason, error.metadata)
    assert ["popularity"] == [each.name for each in listed.inputs if not each.kept]


async def test_a_replay_of_a_decision_by_older_rules_fails_with_the_input_rules(app):
    _, response = await a_rich_home(app)
    await app.recorder.wait_until_stored()
    await set_other_rules(app, response.decision_id)
    request = recommendation_admin_service_pb2.ListDecisionsRequest(profile_id=app.profile_id)
    [listed] = (await app.admin.ListDecisions(request, metadata=builders.EDITOR)).decisions
    for weights in (None, recommendation_pb2.Weights(content=1)):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await replay(app, response.decision_id, weights)

        error = status.raised_by(raised.value, "recommendation")
        metadata = {"input": "rules", "decision_id": response.decision_id}
        assert ("INPUT_GONE", metadata) == (error.reason, error.metadata)
    assert ["rules"] == [each.name for each in listed.inputs if not each.kept]


async def set_other_rules(app, decision_id):
    """Stores another rules digest with a decision, as after a change of the software."""
    this = tables.decisions.c.decision_id == decision_id
    async with app.world.database.transaction() as tx:
        await tx.execute(tables.decisions.update().where(this).values(rules=b"others"))


async def test_a_later_page_is_refused_if_its_home_cannot_be_rebuilt_identically(app):
    for change in ({"rules": b"others"}, {"digest": b"another home"}):
        await a_rich_home(app)
        first = await get(app, page_size=1)
        await app.recorder.wait_until_stored()
        app.homes._decisions.clear()
        second = await get(app, page_size=1, page_token=first.next_page_token)
        this = tables.decisions.c.decision_id == first.decision_id
        async with app.world.database.transaction() as tx:
            await tx.execute(tables.decisions.update().where(this).values(change))
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await get(app, page_size=1, page_token=first.next_page_token)

        assert first.decision_id == second.decision_id
        assert "PAGE_TOKEN_INVALID" == testing.reason_of(raised.value)


async def test_a_decision_older_than_the_retention_is_not_found(app):
    _, response = await a_rich_home(app)
    await app.homes.wait_until_idle()
    await app.recorder.wait_until_stored()
    app.world.clock.advance(conftest.RETENTION + timedelta(days=2))
    pruned = await cleanup.clean_up(app.world.database, app.world.clock, conftest.RETENTION)
    async with app.world.database.reading() as session:
        left = await session.scalar(select(func.count()).select_from(tables.inputs))
    editor = testing.bearing(testing.a_token(profile_id="", roles=("editor",), at=app.world.clock.now()))
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await app.admin.ReplayDecision(
            recommendation_admin_service_pb2.ReplayDecisionRequest(decision_id=response.decision_id), metadata=editor
        )

    assert "DECISION_NOT_FOUND" == testing.reason_of(raised.value)
    # The second decision is that of the fallback home.
    assert (2, 0) == (pruned, left)


async def test_decisions_of_a_profile_are_listed_latest_first(app):
    await app.add_titles()
    await get(app, metadata=())
    decision_ids = []
    for _ in range(3):
        decision_ids.insert(0, (await get(app)).decision_id)
        app.world.clock.advance(timedelta(minutes=5))
    await app.recorder.wait_until_stored()
    request = recommendation_admin_service_pb2.ListDecisionsRequest(profile_id=app.profile_id, page_size=2)
    first = await app.admin.ListDecisions(request, metadata=builders.EDITOR)
    request.page_token = first.next_page_token
    second = await app.admin.ListDecisions(request, metadata=builders.EDITOR)

    assert decision_ids == [each.decision_id for each in [*first.decisions, *second.decisions]]
    assert all(each.kept for each in first.decisions[0].inputs)


async def test_a_home_is_degraded_while_decisions_cannot_be_stored(app):
    title_ids = await app.add_titles()
    recorded = await get(app)
    # A write that is still in progress would reset `is_failing`.
    await app.homes.wait_until_idle()
    await app.recorder.wait_until_stored()
    app.recorder.is_failing = True
    response = await get(app, consistency_token=app.add_signals(harness.liked(title_ids[1])))

    assert recommendation_pb2.DEGRADATION_NOT_RECORDED not in recorded.degradations
    assert recommendation_pb2.DEGRADATION_NOT_RECORDED in response.degradations


async def test_a_model_is_trained_listed_and_used(app):
    title_ids = await app.add_titles(40)
    watched_together = [title_ids[1], title_ids[2]]
    for number in range(30):
        signals = [harness.watched(each) for each in (watched_together if number % 2 else [title_ids[3], title_ids[4]])]
        await app.handle_event(
            signals_changed=event_internal_pb2.SignalsChanged(profile_id=ids.new(), revision=1, signals=signals)
        )
    started = await app.admin.TrainModel(harness.train(), metadata=builders.EDITOR)
    same = await app.admin.TrainModel(harness.train(), metadata=builders.EDITOR)
    await app.model_trainer.train(uuid.UUID(started.model.model_id).bytes)
    await app.model_trainer.load()
    [listed] = (
        await app.admin.ListModels(recommendation_admin_service_pb2.ListModelsRequest(), metadata=builders.EDITOR)
    ).models
    app.add_signals(harness.watched(title_ids[1]))
    response = await get(app, page_size=30)

    assert started.model.model_id == same.model.model_id == listed.model_id
    assert (recommendation_pb2.WORK_STATE_READY, 30, 60) == (
        listed.state,
        listed.profile_count,
        listed.interaction_count,
    )
    explained = {
        item.subject.title_id: {each.source for each in item.explanation.contributions}
        for item in [response.home.hero, *(item for rail in response.home.rails for item in rail.items)]
    }
    assert recommendation_pb2.CONTRIBUTION_SOURCE_COLLABORATIVE in explained[title_ids[2]]
    assert (await replay(app, response.decision_id)).identical


async def test_a_training_with_too_few_profiles_fails(app):
    request = harness.train()
    started = await app.admin.TrainModel(request, metadata=builders.EDITOR)
    await app.model_trainer.train(uuid.UUID(started.model.model_id).bytes)
    await app.model_trainer.load()
    retried = await app.admin.TrainModel(request, metadata=builders.EDITOR)
    [listed] = (
        await app.admin.ListModels(recommendation_admin_service_pb2.ListModelsRequest(), metadata=builders.EDITOR)
    ).models

    assert retried.model == listed
    assert recommendation_pb2.WORK_STATE_FAILED == listed.state
    assert "0 profiles watched or liked something; at least 20 are needed." == listed.failure_message
    assert app.model_trainer.model is None


async def test_a_viewer_may_not_list_decisions(app):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await app.admin.ListDecisions(recommendation_admin_service_pb2.ListDecisionsRequest(), metadata=app.viewer())

    assert "ROLE_REQUIRED" == testing.reason_of(raised.value)
