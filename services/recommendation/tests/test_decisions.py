"""Promises of decisions and their replay, through the contract."""

import uuid
from datetime import timedelta

import grpc
import pytest
from marquee.event.v1 import event_internal_pb2
from marquee.recommendation.v1 import recommendation_admin_service_pb2, recommendation_pb2
from sqlalchemy import func, select

from services.kit import ids, status, testing
from services.recommendation import replica_sync, storage, tables
from services.recommendation.convert import admin_messages
from services.recommendation.domain import scoring
from services.recommendation.home import home_decider
from services.recommendation.ranking.title_store import TitleStore
from services.recommendation.replay import decision_replay
from services.recommendation.tests import builders, conftest, fakes, harness
from services.recommendation.tests.test_home import get
from services.recommendation.vectors.vector_index import VectorIndex


@pytest.fixture
async def on(world):
    async with harness.open_stage(world) as opened:
        yield opened


async def replay(on, decision_id, weights=None):
    await on.recorder.settle()
    asked = recommendation_admin_service_pb2.ReplayDecisionRequest(decision_id=decision_id, weights=weights)
    return await on.admin.ReplayDecision(asked, metadata=builders.EDITOR)


async def a_rich_home(on):
    found = await on.titles(120)
    on.tell(
        harness.liked(found[1]), harness.watched(found[2]), harness.watched(found[3], 0.4), harness.hidden(found[4])
    )
    on.viewing.bookmarks[on.profile_id] = [harness.bookmark(found[3])]
    for each in found[40:50]:
        changed = event_internal_pb2.SignalsChanged(profile_id=ids.new(), revision=1, signals=[harness.watched(each)])
        await on.hear(signals_changed=changed)
    await on.watching.refresh()
    return found, await get(on, page_size=30)


async def test_a_decision_is_replayed_to_the_same_bytes(on):
    _, answer = await a_rich_home(on)
    again = await replay(on, answer.decision_id)

    assert again.identical
    assert list(answer.home.rails) == list(again.home.rails)
    assert answer.home.hero == again.home.hero
    assert [] == list(again.rails)
    assert scoring.Weights() == admin_messages.read_weights(again.weights)


async def test_a_decision_is_replayed_after_everything_has_changed(on):
    found, answer = await a_rich_home(on)
    await on.recorder.settle()
    on.tell(harness.hidden(found[7]))
    for each in found[:20]:
        await on.world.tell("Another name", each, state=5)
    await on.titles(5)
    async with on.world.database.transaction() as tx:
        made = [storage.vectors.Made(each, b"new", fakes.vector("elsewhere")) for each in found[20:60]]
        await storage.vectors.write(tx, made, fakes.MODEL, testing.NOW)
    await on.world.vectors.catch_up()
    changed = event_internal_pb2.SignalsChanged(profile_id=ids.new(), revision=1, signals=[harness.watched(found[90])])
    await on.hear(signals_changed=changed)
    await on.watching.refresh()
    again = await replay(on, answer.decision_id)

    assert again.identical


async def test_a_decision_is_replayed_after_a_restart(on):
    _, answer = await a_rich_home(on)
    await on.recorder.settle()
    world = on.world
    library, space = TitleStore(world.database, world.clock, conftest.RETENTION), VectorIndex()
    await library.load()
    vectors = replica_sync.VectorFollower(world.database, space, world.clock, conftest.RETENTION)
    await vectors.catch_up()
    on.room.library, on.room.space = library, space
    replayer = decision_replay.Replayer(on.room, vectors, world.database, world.clock)
    row = await replayer.get(answer.decision_id)

    assert row.digest == home_decider.digest(await replayer.replay(row))


async def test_a_decision_of_a_stranger_is_replayed_too(on):
    await on.titles()
    answer = await get(on, metadata=())

    assert (await replay(on, answer.decision_id)).identical


def parts(home, source):
    """What one source adds to each item on For You."""
    [rail] = [rail for rail in home.rails if rail.rail_id == "for-you"]
    return {
        item.subject.title_id: sum(each.value for each in item.explanation.contributions if each.source == source)
        for item in rail.items
    }


async def test_other_weights_tell_what_would_have_been(on):
    _, answer = await a_rich_home(on)
    plain = {"collaborative": 1, "popularity": 1, "newness": 1, "preference": 1.5}
    once = await replay(on, answer.decision_id, recommendation_pb2.Weights(content=1, **plain))
    twice = await replay(on, answer.decision_id, recommendation_pb2.Weights(content=2, **plain))

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


async def test_an_input_that_is_gone_is_named(on):
    _, answer = await a_rich_home(on)
    await on.recorder.settle()
    async with on.world.database.transaction() as tx:
        row = await storage.decisions.get(tx, answer.decision_id, testing.NOW)
        await tx.execute(tables.inputs.delete().where(tables.inputs.c.digest == row.popularity))
    asked = recommendation_admin_service_pb2.ListDecisionsRequest(profile_id=on.profile_id)
    [listed] = (await on.admin.ListDecisions(asked, metadata=builders.EDITOR)).decisions
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await replay(on, answer.decision_id)

    failed = status.raised_by(refused.value, "recommendation")
    named = {"input": "popularity", "decision_id": answer.decision_id}
    assert ("INPUT_GONE", named) == (failed.reason, failed.metadata)
    assert ["popularity"] == [each.name for each in listed.inputs if not each.kept]


async def test_a_decision_by_rules_that_are_gone_names_them(on):
    _, answer = await a_rich_home(on)
    await on.recorder.settle()
    await decided_by_others(on, answer.decision_id)
    asked = recommendation_admin_service_pb2.ListDecisionsRequest(profile_id=on.profile_id)
    [listed] = (await on.admin.ListDecisions(asked, metadata=builders.EDITOR)).decisions
    for weights in (None, recommendation_pb2.Weights(content=1)):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await replay(on, answer.decision_id, weights)

        failed = status.raised_by(refused.value, "recommendation")
        named = {"input": "rules", "decision_id": answer.decision_id}
        assert ("INPUT_GONE", named) == (failed.reason, failed.metadata)
    assert ["rules"] == [each.name for each in listed.inputs if not each.kept]


async def decided_by_others(on, decision_id):
    """Has a decision come from other rules than those of now, as after a change of the software."""
    this = tables.decisions.c.decision_id == decision_id
    async with on.world.database.transaction() as tx:
        await tx.execute(tables.decisions.update().where(this).values(rules=b"others"))


async def test_a_later_page_is_refused_where_the_home_would_come_out_otherwise(on):
    for change in ({"rules": b"others"}, {"digest": b"another home"}):
        await a_rich_home(on)
        first = await get(on, page_size=1)
        await on.recorder.settle()
        on.homes._of_decisions.clear()
        same = await get(on, page_size=1, page_token=first.next_page_token)
        this = tables.decisions.c.decision_id == first.decision_id
        async with on.world.database.transaction() as tx:
            await tx.execute(tables.decisions.update().where(this).values(change))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await get(on, page_size=1, page_token=first.next_page_token)

        assert first.decision_id == same.decision_id
        assert "PAGE_TOKEN_INVALID" == testing.reason_of(refused.value)


async def test_a_decision_that_is_not_kept_any_more_is_not_found(on):
    _, answer = await a_rich_home(on)
    await on.homes.settle()
    await on.recorder.settle()
    on.world.clock.advance(conftest.RETENTION + timedelta(days=2))
    pruned = await on.recorder.prune()
    async with on.world.database.reading() as session:
        left = await session.scalar(select(func.count()).select_from(tables.inputs))
    editor = testing.bearing(testing.a_token(profile_id="", roles=("editor",), at=on.world.clock.now()))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await on.admin.ReplayDecision(
            recommendation_admin_service_pb2.ReplayDecisionRequest(decision_id=answer.decision_id), metadata=editor
        )

    assert "DECISION_NOT_FOUND" == testing.reason_of(refused.value)
    # Beside it there is the one that stands by.
    assert (2, 0) == (pruned, left)


async def test_decisions_are_listed_by_profile_the_latest_first(on):
    await on.titles()
    await get(on, metadata=())
    decided = []
    for _ in range(3):
        decided.insert(0, (await get(on)).decision_id)
        on.world.clock.advance(timedelta(minutes=5))
    await on.recorder.settle()
    asked = recommendation_admin_service_pb2.ListDecisionsRequest(profile_id=on.profile_id, page_size=2)
    first = await on.admin.ListDecisions(asked, metadata=builders.EDITOR)
    asked.page_token = first.next_page_token
    second = await on.admin.ListDecisions(asked, metadata=builders.EDITOR)

    assert decided == [each.decision_id for each in [*first.decisions, *second.decisions]]
    assert all(each.kept for each in first.decisions[0].inputs)


async def test_where_decisions_cannot_be_written_homes_say_so(on):
    found = await on.titles()
    well = await get(on)
    # Nothing is being written any more that would succeed and say so.
    await on.homes.settle()
    await on.recorder.settle()
    on.recorder.away = True
    answer = await get(on, consistency_token=on.tell(harness.liked(found[1])))

    assert recommendation_pb2.DEGRADATION_NOT_RECORDED not in well.degradations
    assert recommendation_pb2.DEGRADATION_NOT_RECORDED in answer.degradations


async def test_a_model_is_trained_listed_and_used(on):
    found = await on.titles(40)
    together = [found[1], found[2]]
    for number in range(30):
        some = [harness.watched(each) for each in (together if number % 2 else [found[3], found[4]])]
        await on.hear(signals_changed=event_internal_pb2.SignalsChanged(profile_id=ids.new(), revision=1, signals=some))
    started = await on.admin.TrainModel(harness.train(), metadata=builders.EDITOR)
    same = await on.admin.TrainModel(harness.train(), metadata=builders.EDITOR)
    await on.training.train(uuid.UUID(started.model.model_id).bytes)
    await on.training.load()
    [listed] = (
        await on.admin.ListModels(recommendation_admin_service_pb2.ListModelsRequest(), metadata=builders.EDITOR)
    ).models
    on.tell(harness.watched(found[1]))
    answer = await get(on, page_size=30)

    assert started.model.model_id == same.model.model_id == listed.model_id
    assert (recommendation_pb2.WORK_STATE_READY, 30, 60) == (
        listed.state,
        listed.profile_count,
        listed.interaction_count,
    )
    explained = {
        item.subject.title_id: {each.source for each in item.explanation.contributions}
        for item in [answer.home.hero, *(item for rail in answer.home.rails for item in rail.items)]
    }
    assert recommendation_pb2.CONTRIBUTION_SOURCE_COLLABORATIVE in explained[found[2]]
    assert (await replay(on, answer.decision_id)).identical


async def test_too_few_profiles_train_nothing(on):
    request = harness.train()
    started = await on.admin.TrainModel(request, metadata=builders.EDITOR)
    await on.training.train(uuid.UUID(started.model.model_id).bytes)
    await on.training.load()
    retried = await on.admin.TrainModel(request, metadata=builders.EDITOR)
    [listed] = (
        await on.admin.ListModels(recommendation_admin_service_pb2.ListModelsRequest(), metadata=builders.EDITOR)
    ).models

    assert retried.model == listed
    assert recommendation_pb2.WORK_STATE_FAILED == listed.state
    assert "0 profiles watched or liked something; it takes 20." == listed.failure_message
    assert on.training.model is None


async def test_viewers_do_not_look_into_decisions(on):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await on.admin.ListDecisions(recommendation_admin_service_pb2.ListDecisionsRequest(), metadata=on.viewer())

    assert "ROLE_REQUIRED" == testing.reason_of(refused.value)
