"""How long decisions and their inputs are stored, and what is deleted with a profile."""

import uuid
from datetime import timedelta

import pytest
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_pb2
from marquee.recommendation.v1 import recommendation_admin_service_pb2
from sqlalchemy import select

from services.kit import ids, testing
from services.recommendation import storage, tables
from services.recommendation.replay import cleanup
from services.recommendation.tests import builders, conftest, harness
from services.recommendation.tests.test_home import get


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as running:
        yield running


async def train_model(app, title_ids):
    """Trains a model on the signals of 30 profiles; returns its id."""
    for _ in range(30):
        signals = list(map(harness.watched, title_ids[1:4]))
        await app.handle_event(
            signals_changed=event_internal_pb2.SignalsChanged(profile_id=ids.new(), revision=1, signals=signals)
        )
    model = (await app.admin.TrainModel(harness.train(), metadata=editor(app))).model
    await app.model_trainer.train(uuid.UUID(model.model_id).bytes)
    await app.model_trainer.load()
    return model.model_id


def editor(app):
    return testing.bearing(testing.a_token(profile_id="", roles=("editor",), at=app.world.clock.now()))


async def decision_profiles(app):
    """Returns the profile ids of the stored decisions."""
    async with app.world.database.reading() as session:
        return set(await session.scalars(select(tables.decisions.c.profile_id)))


async def stored_digests(app):
    async with app.world.database.reading() as session:
        return set(await session.scalars(select(tables.inputs.c.digest)))


async def test_a_model_is_stored_as_long_as_a_decision_refers_to_it(app):
    title_ids = await app.add_titles(20)
    old = await train_model(app, title_ids)
    app.world.clock.advance(conftest.RETENTION + timedelta(days=1))
    app.add_signals(harness.watched(title_ids[1]))
    response = await get(app, app.viewer(at=app.world.clock.now()))
    await app.recorder.wait_until_stored()
    new = await train_model(app, title_ids)
    await cleanup.clean_up(app.world.database, app.world.clock, conftest.RETENTION)
    replayed = await app.admin.ReplayDecision(
        recommendation_admin_service_pb2.ReplayDecisionRequest(decision_id=response.decision_id), metadata=editor(app)
    )
    app.world.clock.advance(conftest.RETENTION + timedelta(days=1))
    await cleanup.clean_up(app.world.database, app.world.clock, conftest.RETENTION)
    async with app.world.database.reading() as session:
        stored_ids = await storage.models.kept_models(session, [old, new])

    assert replayed.identical
    assert {new} == stored_ids


async def test_decisions_and_their_unshared_inputs_are_deleted_with_the_profile(app):
    title_ids = await app.add_titles(20)
    other, newcomer, another = ids.new(), ids.new(), ids.new()
    app.add_signals(harness.liked(title_ids[1]))
    app.viewing.add_signals(other, harness.liked(title_ids[2]))
    viewers = [
        testing.bearing(testing.a_token(account_id=app.account_id, profile_id=each))
        for each in (other, newcomer, another)
    ]
    for metadata in (None, *viewers, ()):
        await get(app, metadata)
    await app.recorder.wait_until_stored()
    async with app.world.database.reading() as session:
        at = app.world.clock.now()
        [decision] = await storage.decisions.page(session, app.profile_id, None, at, limit=9)
        [other_decision] = await storage.decisions.page(session, other, None, at, limit=9)
    before = await stored_digests(app)
    await forget(app, app.profile_id)
    after_first_deletion = await stored_digests(app)
    await forget(app, newcomer)

    assert {other, another} == await decision_profiles(app) - {None}
    assert {decision.signals} == before - after_first_deletion
    # The home of the newcomer has the same empty inputs as that of another profile, so they stay.
    assert after_first_deletion == await stored_digests(app)
    assert other_decision.preferences == decision.preferences
    replayed = await app.admin.ReplayDecision(
        recommendation_admin_service_pb2.ReplayDecisionRequest(decision_id=other_decision.decision_id),
        metadata=builders.EDITOR,
    )
    assert replayed.identical


async def forget(app, profile_id):
    profile_changed = event_internal_pb2.ProfileChanged(
        profile=identity_pb2.Profile(profile_id=profile_id), deleted=True
    )
    await app.handle_event(profile_changed=profile_changed)
