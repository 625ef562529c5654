"""Promises of homes while others are being decided: nobody waits for nothing, and what is decided is whole."""

import asyncio
import contextlib
import threading
from datetime import timedelta

import pytest
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_pb2
from marquee.recommendation.v1 import recommendation_pb2

from services.kit import errors, testing
from services.recommendation import storage
from services.recommendation.ranking import thread_pool
from services.recommendation.tests import builders, fakes, harness
from services.recommendation.tests.conftest import until
from services.recommendation.tests.test_decisions import replay
from services.recommendation.tests.test_home import get


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as opened:
        yield opened


@contextlib.asynccontextmanager
async def all_cores_at_work(app):
    """Lets nothing be computed for as long as this lasts, or until the event is set."""
    done = threading.Event()
    work = [asyncio.create_task(app.gatherer.thread_pool.run(done.wait)) for _ in range(app.gatherer.thread_pool.size)]
    await asyncio.sleep(0)
    try:
        yield done
    finally:
        done.set()
        await asyncio.gather(*work)


async def waits_for_a_core(app, number=1):
    async def so_many():
        return app.gatherer.thread_pool.pending >= app.gatherer.thread_pool.size + number

    await until(so_many)


def silence(app):
    app.viewing.failure = app.identity.failure = errors.Unavailable("away", reason="X", domain="platform.marquee")


async def test_who_asks_for_one_home_at_the_same_time_gets_one_decision(app):
    found = await app.add_titles()
    app.add_signals(harness.liked(found[1]))
    app.viewing.open.clear()
    asking = [asyncio.create_task(get(app)) for _ in range(5)]

    async def asked():
        return app.viewing.calls > 0

    await until(asked)
    app.viewing.open.set()
    answers = await asyncio.gather(*asking)

    assert 1 == len({answer.decision_id for answer in answers})


async def test_who_comes_after_a_write_does_not_get_the_home_that_was_begun_before(app):
    found = await app.add_titles()
    app.add_signals(harness.liked(found[1]))
    await until_popular(app)
    async with all_cores_at_work(app) as done:
        before = asyncio.create_task(get(app, page_size=30))
        await waits_for_a_core(app)
        token = app.add_signals(*map(harness.hidden, found[:20]))
        by_token = asyncio.create_task(get(app, page_size=30, consistency_token=token))
        await app.handle_event(signals_changed=event_internal_pb2.SignalsChanged(profile_id=app.profile_id, revision=2))
        by_event = asyncio.create_task(get(app, page_size=30))
        await waits_for_a_core(app, 2)
        done.set()
        first, *others = await asyncio.gather(before, by_token, by_event)
    later = await get(app, page_size=30)

    assert first.decision_id not in {answer.decision_id for answer in [*others, later]}
    for answer in [*others, later]:
        assert not set(found[:20]) & set(harness.shown(answer.home))


async def test_a_title_that_closes_while_a_home_is_decided_is_not_shown(app):
    found = await app.add_titles()
    app.add_signals(harness.liked(found[1]))
    await until_popular(app)
    gone = [app.world.catalog.put(builders.facts(each, state=5)) for each in found[:30]]
    await app.world.title_sync.listen(builders.changed(*gone))
    async with all_cores_at_work(app) as done:
        asking = asyncio.create_task(get(app, page_size=30))
        await waits_for_a_core(app)
        await app.world.title_sync.load()
        done.set()
        answer = await asking
    later = await get(app, page_size=30)

    assert harness.shown(answer.home)
    assert not set(found[:30]) & set(harness.shown(answer.home))
    assert not set(found[:30]) & set(harness.shown(later.home))
    assert answer.decision_id != later.decision_id


async def test_vectors_that_change_while_a_home_is_decided_change_nothing_of_it(app):
    found = await app.add_titles()
    app.add_signals(harness.liked(found[1]))
    await until_popular(app)
    async with app.world.database.transaction() as tx:
        made = [storage.vectors.NewVector(each, b"new", fakes.vector(f"elsewhere {each}")) for each in found]
        await storage.vectors.write(tx, made, fakes.MODEL, testing.NOW)
    async with all_cores_at_work(app) as done:
        asking = asyncio.create_task(get(app, page_size=30))
        await waits_for_a_core(app)
        await app.world.vector_store.load()
        done.set()
        answer = await asking

    assert (await replay(app, answer.decision_id)).identical


async def test_who_cannot_get_their_own_home_in_time_is_answered_popular_titles_and_gets_it_when_asking_again(world):
    async with harness.open_app(world, budget=0.2) as app:
        found = await app.add_titles()
        app.add_signals(harness.liked(found[1]))
        await until_popular(app)
        async with all_cores_at_work(app):
            late = await get(app)

        async def has_its_own():
            return recommendation_pb2.DEGRADATION_POPULAR_ONLY not in (await get(app)).degradations

        await until(has_its_own)

    assert [recommendation_pb2.DEGRADATION_POPULAR_ONLY] == list(late.degradations)
    assert harness.shown(late.home)


async def until_popular(app):
    """Waits until a home stands by for who cannot get their own."""
    await get(app, metadata=testing.bearing(testing.a_token()))
    await app.homes.wait_until_idle()


async def test_while_nobody_tells_anything_popular_titles_come_though_nothing_can_be_computed(app):
    await app.add_titles()
    await until_popular(app)
    silence(app)
    async with all_cores_at_work(app):
        answer = await get(app)

    assert {
        recommendation_pb2.DEGRADATION_NO_SIGNALS,
        recommendation_pb2.DEGRADATION_NO_PREFERENCES,
        recommendation_pb2.DEGRADATION_POPULAR_ONLY,
    } == set(answer.degradations)
    assert harness.shown(answer.home)


async def test_while_viewing_hangs_popular_titles_come_without_anything_being_computed(world):
    async with harness.open_app(world, patience=0.25) as app:
        await app.add_titles()
        await until_popular(app)
        app.viewing.open.clear()
        async with all_cores_at_work(app):
            answer = await get(app)
        app.viewing.open.set()

    assert recommendation_pb2.DEGRADATION_NO_SIGNALS in answer.degradations
    assert recommendation_pb2.DEGRADATION_POPULAR_ONLY in answer.degradations
    assert harness.shown(answer.home)


async def test_while_viewing_is_away_wishes_still_tilt_the_home(app):
    await app.add_titles()
    app.identity.preferences[app.profile_id] = identity_pb2.Preferences(genre_ids=["mystery"])
    app.viewing.failure = errors.Unavailable("away", reason="X", domain="platform.marquee")
    answer = await get(app)

    assert [recommendation_pb2.DEGRADATION_NO_SIGNALS] == list(answer.degradations)
    assert "genre.mystery" in {
        each.signal_id for rail in answer.home.rails for item in rail.items for each in item.explanation.contributions
    }


async def test_an_outdated_popular_home_is_answered_as_far_as_it_may_be_while_it_is_decided_anew(app):
    await app.add_titles()
    await until_popular(app)
    silence(app)
    first = await get(app, page_size=30)
    closed = harness.shown(first.home)[0]
    gone = builders.facts(closed, state=5)
    app.world.catalog.put(gone)
    app.world.clock.advance(timedelta(minutes=6))
    await app.world.title_sync.listen(builders.changed(gone))
    await app.world.title_sync.load()
    async with all_cores_at_work(app):
        old = await get(app, metadata=app.viewer(at=app.world.clock.now()), page_size=30)

    async def is_renewed():
        renewed = await get(app, metadata=app.viewer(at=app.world.clock.now()), page_size=30)
        return renewed.decision_id != first.decision_id

    assert first.decision_id == old.decision_id
    assert [each for each in harness.shown(first.home) if each != closed] == harness.shown(old.home)
    await until(is_renewed)


async def test_where_too_much_waits_for_a_core_popular_titles_come_at_once(app):
    await app.add_titles()
    await until_popular(app)
    async with all_cores_at_work(app) as done:
        pool = app.gatherer.thread_pool
        waiting = []
        while not pool.is_overloaded:
            waiting.append(asyncio.create_task(pool.run(done.wait)))
            await asyncio.sleep(0)
        answer = await get(app)
        done.set()
        await asyncio.gather(*waiting)

    assert [recommendation_pb2.DEGRADATION_POPULAR_ONLY] == list(answer.degradations)


async def test_no_more_is_computed_at_once_than_there_are_cores():
    pool, done, running, most = thread_pool.ThreadPool(2), threading.Event(), [], []

    def compute():
        running.append(1)
        most.append(len(running))
        done.wait()
        running.pop()

    work = [asyncio.create_task(pool.run(compute)) for _ in range(6)]
    async with asyncio.timeout(testing.PATIENCE):
        while len(running) < 2:
            await asyncio.sleep(0.01)
    done.set()
    await asyncio.gather(*work)

    assert 2 == max(most)
    assert 0 == pool.pending
