"""Promises of what is kept of decisions for how long, and of what goes with a profile."""

import uuid
from datetime import timedelta

import pytest
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_pb2
from marquee.recommendation.v1 import recommendation_admin_service_pb2
from sqlalchemy import select

from services.kit import ids, testing
from services.recommendation import storage, tables
from services.recommendation.tests import builders, conftest, harness
from services.recommendation.tests.test_home import get


@pytest.fixture
async def on(world):
    async with harness.open_stage(world) as opened:
        yield opened


async def trained(on, found):
    """Trains a model on what thirty profiles watched; returns it."""
    for _ in range(30):
        seen = list(map(harness.watched, found[1:4]))
        await on.hear(signals_changed=event_internal_pb2.SignalsChanged(profile_id=ids.new(), revision=1, signals=seen))
    model = (await on.admin.TrainModel(harness.train(), metadata=editor(on))).model
    await on.training.train(uuid.UUID(model.model_id).bytes)
    await on.training.load()
    return model.model_id


def editor(on):
    return testing.bearing(testing.a_token(profile_id="", roles=("editor",), at=on.world.clock.now()))


async def decisions(on):
    """The profiles of the decisions that are kept."""
    async with on.world.database.reading() as session:
        return set(await session.scalars(select(tables.decisions.c.profile_id)))


async def inputs(on):
    async with on.world.database.reading() as session:
        return set(await session.scalars(select(tables.inputs.c.digest)))


async def test_a_model_is_kept_for_as_long_as_a_decision_names_it(on):
    found = await on.titles(20)
    old = await trained(on, found)
    on.world.clock.advance(conftest.RETENTION + timedelta(days=1))
    on.tell(harness.watched(found[1]))
    answer = await get(on, on.viewer(at=on.world.clock.now()))
    await on.recorder.settle()
    new = await trained(on, found)
    await on.recorder.prune()
    replayed = await on.admin.ReplayDecision(
        recommendation_admin_service_pb2.ReplayDecisionRequest(decision_id=answer.decision_id), metadata=editor(on)
    )
    on.world.clock.advance(conftest.RETENTION + timedelta(days=1))
    await on.recorder.prune()
    async with on.world.database.reading() as session:
        left = await storage.models.kept(session, [old, new])

    assert replayed.identical
    assert {new} == left


async def test_with_a_profile_go_its_decisions_and_what_they_alone_were_made_from(on):
    found = await on.titles(20)
    other, newcomer, another = ids.new(), ids.new(), ids.new()
    on.tell(harness.liked(found[1]))
    on.viewing.tell(other, harness.liked(found[2]))
    viewers = [
        testing.bearing(testing.a_token(account_id=on.account_id, profile_id=each))
        for each in (other, newcomer, another)
    ]
    for metadata in (None, *viewers, ()):
        await get(on, metadata)
    await on.recorder.settle()
    async with on.world.database.reading() as session:
        at = on.world.clock.now()
        [mine] = await storage.decisions.page(session, on.profile_id, None, at, limit=9)
        [theirs] = await storage.decisions.page(session, other, None, at, limit=9)
    before = await inputs(on)
    await forget(on, on.profile_id)
    after_mine = await inputs(on)
    await forget(on, newcomer)

    assert {other, another} == await decisions(on) - {None}
    assert {mine.signals} == before - after_mine
    # What the newcomer's home was made from, nothing, is what another's was made from too.
    assert after_mine == await inputs(on)
    assert theirs.preferences == mine.preferences
    replayed = await on.admin.ReplayDecision(
        recommendation_admin_service_pb2.ReplayDecisionRequest(decision_id=theirs.decision_id), metadata=builders.EDITOR
    )
    assert replayed.identical


async def forget(on, profile_id):
    gone = event_internal_pb2.ProfileChanged(profile=identity_pb2.Profile(profile_id=profile_id), deleted=True)
    await on.hear(profile_changed=gone)
