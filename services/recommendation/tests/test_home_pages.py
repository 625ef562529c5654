"""Promises of the later pages of a home, through the contract."""

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
    async with harness.open_app(world) as opened:
        yield opened


async def test_pages_are_cut_from_one_decision(app):
    found = await app.add_titles(120)
    app.add_signals(harness.liked(found[1]))
    whole = await get(app, page_size=30)
    app.world.clock.advance(timedelta(seconds=1))
    first = await get(app, page_size=2)
    token, cut = first.next_page_token, list(first.home.rails)
    assert token
    app.add_signals(harness.hidden(found[2]))
    while token:
        page = await get(app, page_size=2, page_token=token)
        assert first.decision_id == page.decision_id
        assert not page.home.HasField("hero")
        cut, token = [*cut, *page.home.rails], page.next_page_token

    assert list(whole.home.rails) == cut
    assert len(harness.shown(whole.home)) == len(set(harness.shown(whole.home)))


async def test_a_page_of_a_decision_that_is_not_held_any_more_is_decided_again(app):
    found = await app.add_titles(120)
    app.add_signals(harness.liked(found[1]))
    first = await get(app, page_size=1)
    assert first.next_page_token
    held = await get(app, page_size=2, page_token=first.next_page_token)
    await app.recorder.wait_until_stored()
    app.homes._decisions.clear()

    assert held == await get(app, page_size=2, page_token=first.next_page_token)


async def test_a_page_asked_of_another_server_waits_until_the_decision_is_written_down(app):
    async with harness.open_app(app.world) as other:
        found = await app.add_titles()
        app.add_signals(harness.liked(found[1]))
        async with app.world.database.transaction() as tx:
            await tx.execute(text(f"LOCK TABLE {tables.decisions.name} IN SHARE MODE"))
            first = await get(app, page_size=1)
            token = first.next_page_token
            asking = asyncio.create_task(get(other, metadata=app.viewer(), page_size=1, page_token=token))
            await asyncio.wait({asking}, timeout=0.1)
            waits = not asking.done()
        page = await asking

    assert waits
    assert first.decision_id == page.decision_id
    assert page == await get(app, page_size=1, page_token=token)


async def test_a_page_of_a_decision_that_is_nowhere_is_refused(world):
    async with (
        harness.open_app(world, replay_patience=0.1) as app,
        harness.open_app(world, replay_patience=0.1) as other,
    ):
        await app.add_titles()
        async with world.database.transaction() as tx:
            await tx.execute(text(f"LOCK TABLE {tables.decisions.name} IN SHARE MODE"))
            token = (await get(app, page_size=1)).next_page_token
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await get(other, metadata=app.viewer(), page_token=token)

    assert "PAGE_TOKEN_INVALID" == testing.reason_of(refused.value)


async def test_nobody_turns_the_pages_of_another(app):
    found = await app.add_titles(120)
    app.add_signals(harness.liked(found[1]))
    first = await get(app, page_size=1)
    assert first.next_page_token
    other = testing.bearing(testing.a_token())
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await get(app, metadata=other, page_token=first.next_page_token)

    assert "PAGE_TOKEN_INVALID" == testing.reason_of(refused.value)


async def rest_of(app, rail, metadata=None, page_size=7):
    """The items that follow those of a rail, page after page."""
    found, token = [], rail.next_page_token
    while token:
        request = recommendation_service_pb2.ListRailItemsRequest(
            rail_id=rail.rail_id, page_size=page_size, page_token=token
        )
        page = await app.recommendation.ListRailItems(request, metadata=app.viewer() if metadata is None else metadata)
        found, token = [*found, *page.items], page.next_page_token
    return found


async def test_the_rest_of_a_rail_is_of_the_same_decision_and_shows_nothing_that_the_home_shows(app):
    found = await app.add_titles(200)
    app.add_signals(harness.liked(found[1]))
    home = await get(app, page_size=30)
    for_you = next(rail for rail in home.home.rails if rail.rail_id == "for-you")
    rest = await rest_of(app, for_you)
    app.add_signals(harness.liked(found[2]))
    again = await rest_of(app, for_you, page_size=50)

    assert len(rest) > 20
    assert rest == again
    ids_ = [item.subject.title_id for item in rest]
    assert len(set(ids_)) == len(ids_)
    assert not set(ids_) & set(harness.shown(home.home))


async def test_what_was_hidden_since_is_left_out_of_the_rest_of_a_rail(app):
    found = await app.add_titles(200)
    app.add_signals(harness.liked(found[1]))
    [rail] = (await get(app, page_size=1)).home.rails
    rest = await rest_of(app, rail)
    hidden = rest[0].subject.title_id
    changed = event_internal_pb2.SignalsChanged(profile_id=app.profile_id, revision=2, signals=[harness.hidden(hidden)])
    await app.handle_event(signals_changed=changed)

    assert rest[1:] == await rest_of(app, rail)


async def test_the_rest_of_a_rail_is_told_to_the_viewer_of_the_home_alone(app):
    found = await app.add_titles(200)
    app.add_signals(harness.liked(found[1]))
    [rail] = (await get(app, page_size=1)).home.rails
    other = testing.bearing(testing.a_token())
    for metadata, rail_id in ((other, rail.rail_id), (app.viewer(), "my-list")):
        request = recommendation_service_pb2.ListRailItemsRequest(rail_id=rail_id, page_token=rail.next_page_token)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await app.recommendation.ListRailItems(request, metadata=metadata)
        assert "PAGE_TOKEN_INVALID" == testing.reason_of(refused.value)


async def test_a_home_that_is_not_recorded_offers_no_rest_of_its_rails(app):
    found = await app.add_titles(200)
    well = await get(app, page_size=30)
    # Nothing is being written any more that would succeed and say so.
    await app.homes.wait_until_idle()
    await app.recorder.wait_until_stored()
    app.recorder.is_failing = True
    answer = await get(app, page_size=30, consistency_token=app.add_signals(harness.liked(found[1])))

    assert recommendation_pb2.DEGRADATION_NOT_RECORDED in answer.degradations
    assert any(rail.next_page_token for rail in well.home.rails)
    assert {""} == {rail.next_page_token for rail in answer.home.rails}
