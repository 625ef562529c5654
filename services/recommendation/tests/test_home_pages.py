"""The later pages of a home and of its rails, through the gRPC API."""

import asyncio
from datetime import timedelta

import grpc
import pytest
from marquee.event.v1 import event_internal_pb2
from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2
from sqlalchemy import text

from services.kit import testing
from services.recommendation import tables
from services.recommendation.tests import harness
from services.recommendation.tests.test_home import get


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as running:
        yield running


async def test_all_pages_belong_to_one_decision(app):
    title_ids = await app.add_titles(120)
    app.add_signals(harness.liked(title_ids[1]))
    single_page = await get(app, page_size=30)
    app.world.clock.advance(timedelta(seconds=1))
    first = await get(app, page_size=2)
    token, rails = first.next_page_token, list(first.home.rails)
    assert token
    app.add_signals(harness.hidden(title_ids[2]))
    while token:
        page = await get(app, page_size=2, page_token=token)
        assert first.decision_id == page.decision_id
        assert not page.home.HasField("hero")
        rails, token = [*rails, *page.home.rails], page.next_page_token

    assert list(single_page.home.rails) == rails
    assert len(harness.shown(single_page.home)) == len(set(harness.shown(single_page.home)))


async def test_a_page_of_a_decision_that_is_not_cached_is_rebuilt(app):
    title_ids = await app.add_titles(120)
    app.add_signals(harness.liked(title_ids[1]))
    first = await get(app, page_size=1)
    assert first.next_page_token
    cached_page = await get(app, page_size=2, page_token=first.next_page_token)
    await app.recorder.wait_until_stored()
    app.homes._decisions.clear()

    assert cached_page == await get(app, page_size=2, page_token=first.next_page_token)


async def test_a_page_from_another_server_waits_until_the_decision_is_stored(app):
    async with harness.open_app(app.world) as other:
        title_ids = await app.add_titles()
        app.add_signals(harness.liked(title_ids[1]))
        async with app.world.database.transaction() as tx:
            await tx.execute(text(f"LOCK TABLE {tables.decisions.name} IN SHARE MODE"))
            first = await get(app, page_size=1)
            token = first.next_page_token
            call = asyncio.create_task(get(other, metadata=app.viewer(), page_size=1, page_token=token))
            await asyncio.wait({call}, timeout=0.1)
            was_waiting = not call.done()
        page = await call

    assert was_waiting
    assert first.decision_id == page.decision_id
    assert page == await get(app, page_size=1, page_token=token)


async def test_a_page_of_an_unknown_decision_is_refused(world):
    async with (
        harness.open_app(world, replay_patience=0.1) as app,
        harness.open_app(world, replay_patience=0.1) as other,
    ):
        await app.add_titles()
        async with world.database.transaction() as tx:
            await tx.execute(text(f"LOCK TABLE {tables.decisions.name} IN SHARE MODE"))
            token = (await get(app, page_size=1)).next_page_token
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await get(other, metadata=app.viewer(), page_token=token)

    assert "PAGE_TOKEN_INVALID" == testing.reason_of(raised.value)


async def test_a_page_token_of_another_profile_is_refused(app):
    title_ids = await app.add_titles(120)
    app.add_signals(harness.liked(title_ids[1]))
    first = await get(app, page_size=1)
    assert first.next_page_token
    other = testing.bearing(testing.a_token())
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await get(app, metadata=other, page_token=first.next_page_token)

    assert "PAGE_TOKEN_INVALID" == testing.reason_of(raised.value)


async def rest_of(app, rail, metadata=None, page_size=7):
    """Returns the items of all later pages of a rail."""
    items, token = [], rail.next_page_token
    while token:
        request = recommendation_service_pb2.ListRailItemsRequest(
            rail_id=rail.rail_id, page_size=page_size, page_token=token
        )
        page = await app.recommendation.ListRailItems(request, metadata=app.viewer() if metadata is None else metadata)
        items, token = [*items, *page.items], page.next_page_token
    return items


async def test_the_rest_of_a_rail_is_of_the_same_decision_and_repeats_no_title_of_the_home(app):
    title_ids = await app.add_titles(200)
    app.add_signals(harness.liked(title_ids[1]))
    home = await get(app, page_size=30)
    for_you = next(rail for rail in home.home.rails if rail.rail_id == "for-you")
    rest = await rest_of(app, for_you)
    app.add_signals(harness.liked(title_ids[2]))
    rest_in_one_page = await rest_of(app, for_you, page_size=50)

    assert len(rest) > 20
    assert rest == rest_in_one_page
    rest_ids = [item.subject.title_id for item in rest]
    assert len(set(rest_ids)) == len(rest_ids)
    assert not set(rest_ids) & set(harness.shown(home.home))


async def test_a_title_that_is_hidden_later_is_left_out_of_the_rest_of_a_rail(app):
    title_ids = await app.add_titles(200)
    app.add_signals(harness.liked(title_ids[1]))
    [rail] = (await get(app, page_size=1)).home.rails
    rest = await rest_of(app, rail)
    hidden = rest[0].subject.title_id
    changed = event_internal_pb2.SignalsChanged(profile_id=app.profile_id, revision=2, signals=[harness.hidden(hidden)])
    await app.handle_event(signals_changed=changed)

    assert rest[1:] == await rest_of(app, rail)


async def test_the_rest_of_a_rail_is_refused_to_another_profile(app):
    title_ids = await app.add_titles(200)
    app.add_signals(harness.liked(title_ids[1]))
    [rail] = (await get(app, page_size=1)).home.rails
    other = testing.bearing(testing.a_token())
    for metadata, rail_id in ((other, rail.rail_id), (app.viewer(), "my-list")):
        request = recommendation_service_pb2.ListRailItemsRequest(rail_id=rail_id, page_token=rail.next_page_token)
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await app.recommendation.ListRailItems(request, metadata=metadata)
        assert "PAGE_TOKEN_INVALID" == testing.reason_of(raised.value)


async def test_a_home_that_is_not_recorded_has_no_page_tokens_of_rails(app):
    title_ids = await app.add_titles(200)
    recorded = await get(app, page_size=30)
    # A write that is still in progress would reset `is_failing`.
    await app.homes.wait_until_idle()
    await app.recorder.wait_until_stored()
    app.recorder.is_failing = True
    response = await get(app, page_size=30, consistency_token=app.add_signals(harness.liked(title_ids[1])))

    assert recommendation_pb2.DEGRADATION_NOT_RECORDED in response.degradations
    assert any(rail.next_page_token for rail in recorded.home.rails)
    assert {""} == {rail.next_page_token for rail in response.home.rails}
