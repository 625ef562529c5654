"""Homes under concurrency: one decision per home, consistent inputs, and the fallback when no CPU is free."""

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
    async with harness.open_app(world) as running:
        yield running


@contextlib.asynccontextmanager
async def block_thread_pool(app):
    """Occupies all threads of the pool until the context ends or the event is set."""
    done = threading.Event()
    work = [asyncio.create_task(app.gatherer.thread_pool.run(done.wait)) for _ in range(app.gatherer.thread_pool.size)]
    await asyncio.sleep(0)
    try:
        yield done
    finally:
        done.set()
        await asyncio.gather(*work)


async def wait_for_queued_work(app, number=1):
    """Waits until this many computations are queued for a free thread."""

    async def is_queued():
        return app.gatherer.thread_pool.pending >= app.gatherer.thread_pool.size + number

    await until(is_queued)


def disable_viewer_services(app):
    app.viewing.failure = app.identity.failure = errors.Unavailable("away", reason="X", domain="platform.marquee")


async def test_concurrent_requests_for_one_home_share_one_decision(app):
    title_ids = await app.add_titles()
    app.add_signals(harness.liked(title_ids[1]))
    app.viewing.open.clear()
    calls = [asyncio.create_task(get(app)) for _ in range(5)]

    async def viewing_was_called():
        return app.viewing.calls > 0

    await until(viewing_was_called)
    app.viewing.open.set()
    responses = await asyncio.gather(*calls)

    assert 1 == len({response.decision_id for response in responses})


async def test_a_request_after_a_write_does_not_get_a_home_that_was_started_before(app):
    title_ids = await app.add_titles()
    app.add_signals(harness.liked(title_ids[1]))
    await wait_for_fallback_home(app)
    async with block_thread_pool(app) as done:
        before = asyncio.create_task(get(app, page_size=30))
        await wait_for_queued_work(app)
        token = app.add_signals(*map(harness.hidden, title_ids[:20]))
        by_token = asyncio.create_task(get(app, page_size=30, consistency_token=token))
        await app.handle_event(signals_changed=event_internal_pb2.SignalsChanged(profile_id=app.profile_id, revision=2))
        by_event = asyncio.create_task(get(app, page_size=30))
        await wait_for_queued_work(app, 2)
        done.set()
        first, *others = await asyncio.gather(before, by_token, by_event)
    later = await get(app, page_size=30)

    assert first.decision_id not in {response.decision_id for response in [*others, later]}
    for response in [*others, later]:
        assert not set(title_ids[:20]) & set(harness.shown(response.home))


async def test_a_title_that_closes_while_a_home_is_built_is_not_shown(app):
    title_ids = await app.add_titles()
    app.add_signals(harness.liked(title_ids[1]))
    await wait_for_fallback_home(app)
    closed_facts = [app.world.catalog.put(builders.facts(each, state=5)) for each in title_ids[:30]]
    await app.world.title_sync.listen(builders.changed(*closed_facts))
    async with block_thread_pool(app) as done:
        call = asyncio.create_task(get(app, page_size=30))
        await wait_for_queued_work(app)
        await app.world.title_sync.load()
        done.set()
        response = await call
    later = await get(app, page_size=30)

    assert harness.shown(response.home)
    assert not set(title_ids[:30]) & set(harness.shown(response.home))
    assert not set(title_ids[:30]) & set(harness.shown(later.home))
    assert response.decision_id != later.decision_id


async def test_vectors_that_change_while_a_home_is_built_do_not_affect_it(app):
    title_ids = await app.add_titles()
    app.add_signals(harness.liked(title_ids[1]))
    await wait_for_fallback_home(app)
    async with app.world.database.transaction() as tx:
        new_vectors = [storage.vectors.NewVector(each, b"new", fakes.vector(f"elsewhere {each}")) for each in title_ids]
        await storage.vectors.write(tx, new_vectors, fakes.MODEL, testing.NOW)
    async with block_thread_pool(app) as done:
        call = asyncio.create_task(get(app, page_size=30))
        await wait_for_queued_work(app)
        await app.world.vector_store.load()
        done.set()
        response = await call

    assert (await replay(app, response.decision_id)).identical


async def test_a_viewer_gets_the_fallback_home_after_the_budget_and_the_personal_home_later(world):
    async with harness.open_app(world, budget=0.2) as app:
        title_ids = await app.add_titles()
        app.add_signals(harness.liked(title_ids[1]))
        await wait_for_fallback_home(app)
        async with block_thread_pool(app):
            fallback = await get(app)

        async def has_its_own():
            return recommendation_pb2.DEGRADATION_POPULAR_ONLY not in (await get(app)).degradations

        await until(has_its_own)

    assert [recommendation_pb2.DEGRADATION_POPULAR_ONLY] == list(fallback.degradations)
    assert harness.shown(fallback.home)


async def wait_for_fallback_home(app):
    """Waits until the fallback home is ready."""
    await get(app, metadata=testing.bearing(testing.a_token()))
    await app.homes.wait_until_idle()


async def test_without_inputs_the_fallback_home_is_returned_although_all_threads_are_busy(app):
    await app.add_titles()
    await wait_for_fallback_home(app)
    disable_viewer_services(app)
    async with block_thread_pool(app):
        response = await get(app)

    assert {
        recommendation_pb2.DEGRADATION_NO_SIGNALS,
        recommendation_pb2.DEGRADATION_NO_PREFERENCES,
        recommendation_pb2.DEGRADATION_POPULAR_ONLY,
    } == set(response.degradations)
    assert harness.shown(response.home)


async def test_while_viewing_hangs_the_fallback_home_needs_no_computation(world):
    async with harness.open_app(world, patience=0.25) as app:
        await app.add_titles()
        await wait_for_fallback_home(app)
        app.viewing.open.clear()
        async with block_thread_pool(app):
            response = await get(app)
        app.viewing.open.set()

    assert recommendation_pb2.DEGRADATION_NO_SIGNALS in response.degradations
    assert recommendation_pb2.DEGRADATION_POPULAR_ONLY in response.degradations
    assert harness.shown(response.home)


async def test_while_viewing_is_unavailable_preferences_still_change_the_home(app):
    await app.add_titles()
    app.identity.preferences[app.profile_id] = identity_pb2.Preferences(genre_ids=["mystery"])
    app.viewing.failure = errors.Unavailable("away", reason="X", domain="platform.marquee")
    response = await get(app)

    assert [recommendation_pb2.DEGRADATION_NO_SIGNALS] == list(response.degradations)
    assert "genre.mystery" in {
        each.signal_id for rail in response.home.rails for item in rail.items for each in item.explanation.contributions
    }


async def test_an_expired_fallback_home_is_returned_without_closed_titles_while_it_is_rebuilt(app):
    await app.add_titles()
    await wait_for_fallback_home(app)
    disable_viewer_services(app)
    first = await get(app, page_size=30)
    closed = harness.shown(first.home)[0]
    closed_facts = builders.facts(closed, state=5)
    app.world.catalog.put(closed_facts)
    app.world.clock.advance(timedelta(minutes=6))
    await app.world.title_sync.listen(builders.changed(closed_facts))
    await app.world.title_sync.load()
    async with block_thread_pool(app):
        outdated = await get(app, metadata=app.viewer(at=app.world.clock.now()), page_size=30)

    async def is_renewed():
        renewed = await get(app, metadata=app.viewer(at=app.world.clock.now()), page_size=30)
        return renewed.decision_id != first.decision_id

    assert first.decision_id == outdated.decision_id
    assert [each for each in harness.shown(first.home) if each != closed] == harness.shown(outdated.home)
    await until(is_renewed)


async def test_an_overloaded_thread_pool_gives_the_fallback_home_at_once(app):
    await app.add_titles()
    await wait_for_fallback_home(app)
    async with block_thread_pool(app) as done:
        pool = app.gatherer.thread_pool
        waiting = []
        while not pool.is_overloaded:
            waiting.append(asyncio.create_task(pool.run(done.wait)))
            await asyncio.sleep(0)
        response = await get(app)
        done.set()
        await asyncio.gather(*waiting)

    assert [recommendation_pb2.DEGRADATION_POPULAR_ONLY] == list(response.degradations)


async def test_the_thread_pool_runs_at_most_its_size_at_once():
    pool, done, running, running_counts = thread_pool.ThreadPool(2), threading.Event(), [], []

    def compute():
        running.append(1)
        running_counts.append(len(running))
        done.wait()
        running.pop()

    work = [asyncio.create_task(pool.run(compute)) for _ in range(6)]
    async with asyncio.timeout(testing.PATIENCE):
        while len(running) < 2:
            await asyncio.sleep(0.01)
    done.set()
    await asyncio.gather(*work)

    assert 2 == max(running_counts)
    assert 0 == pool.pending


async def test_tokens_of_writes_that_were_never_made_have_one_home_computed(app):
    title_ids = await app.add_titles()
    app.add_signals(harness.liked(title_ids[1]))
    first = await get(app, page_size=30)

    one_by_one = [await get(app, page_size=30, consistency_token=f"v{999 - number}") for number in range(5)]
    at_once = await asyncio.gather(*(get(app, page_size=30, consistency_token="v999") for _ in range(5)))
    app.world.clock.advance(timedelta(seconds=3))
    later = await get(app, page_size=30, consistency_token="v999")
    token = app.add_signals(*map(harness.hidden, title_ids[:20]))
    await app.handle_event(signals_changed=event_internal_pb2.SignalsChanged(profile_id=app.profile_id, revision=2))
    written = await get(app, page_size=30, consistency_token=token)

    [computed] = {response.decision_id for response in (*one_by_one, *at_once)}
    assert 4 == len({first.decision_id, computed, later.decision_id, written.decision_id})
    assert not set(title_ids[:20]) & set(harness.shown(written.home))
