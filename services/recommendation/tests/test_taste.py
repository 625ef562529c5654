"""Promises of the taste ledger, through the contract."""

import grpc
import orjson
import pytest
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_pb2
from marquee.recommendation.v1 import recommendation_pb2, taste_service_pb2
from marquee.viewing.v1 import viewing_internal_pb2

from services.kit import errors, ids, subjects, testing
from services.recommendation import storage
from services.recommendation.tests import harness
from services.recommendation.tests.test_home import get


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as opened:
        yield opened


async def listed(app, **asked):
    return await app.taste.ListTasteSignals(taste_service_pb2.ListTasteSignalsRequest(**asked), metadata=app.viewer())


def by_id(answer):
    return {each.signal_id: each for each in answer.signals}


async def test_signals_are_listed_the_weightiest_first_with_their_names(app):
    found = await app.add_titles(5)
    app.add_signals(harness.watched(found[0], 0.5), harness.liked(found[1]), harness.hidden(found[2]))
    app.identity.preferences[app.profile_id] = identity_pb2.Preferences(genre_ids=["mystery"], language_codes=["hi"])
    answer = await listed(app)

    assert f"rated.{found[1]}" == answer.signals[0].signal_id
    assert {
        f"rated.{found[1]}": ("Title 1", 2.0),
        f"watched.{found[0]}": ("Title 0", 0.5),
        f"suppressed.{found[2]}": ("Title 2", -0.5),
        "genre.mystery": ("Mystery", 1.0),
        "language.hi": ("hi", 1.0),
    } == {each.signal_id: (each.display_name, each.weight) for each in answer.signals}
    assert 5 == answer.total_size


async def test_signals_are_paged_and_filtered(app):
    found = await app.add_titles(5)
    app.add_signals(*map(harness.liked, found), harness.hidden(ids.new()))
    first = await listed(app, kind=recommendation_pb2.TASTE_SIGNAL_KIND_RATED, page_size=3)
    second = await listed(
        app, kind=recommendation_pb2.TASTE_SIGNAL_KIND_RATED, page_size=3, page_token=first.next_page_token
    )

    assert set(found) == {each.subject.title_id for each in [*first.signals, *second.signals]}
    assert (5, "") == (second.total_size, second.next_page_token)


async def test_a_title_that_one_may_not_know_of_any_more_is_not_named(app):
    title_id = await app.world.put_title("For grown-ups", maturity_age=18)
    app.add_signals(harness.liked(title_id))
    answer = await app.taste.ListTasteSignals(
        taste_service_pb2.ListTasteSignalsRequest(), metadata=app.viewer(maturity_ceiling=8)
    )

    assert [""] == [each.display_name for each in answer.signals]


async def test_pausing_the_signal_behind_a_rail_changes_the_rail_at_once_and_resuming_brings_it_back(app):
    found = await app.add_titles(120)
    app.add_signals(harness.liked(found[1]), harness.liked(found[2]))
    before = await get(app, page_size=30)
    wrong = next(
        each.signal_id
        for item in before.home.rails[0].items
        for each in item.explanation.contributions
        if each.signal_id
    )
    paused = await app.taste.PauseTasteSignal(
        taste_service_pb2.PauseTasteSignalRequest(signal_id=wrong), metadata=app.viewer()
    )
    after = await get(app, page_size=30, consistency_token=paused.consistency_token)
    again = await app.taste.ResumeTasteSignal(
        taste_service_pb2.ResumeTasteSignalRequest(signal_id=wrong), metadata=app.viewer()
    )
    back = await get(app, page_size=30, consistency_token=again.consistency_token)

    assert (True, 0.0) == (paused.signal.paused, paused.signal.weight)
    reasons = {each.signal_id for r in after.home.rails for i in r.items for each in i.explanation.contributions}
    assert wrong not in reasons
    assert harness.shown(before.home) != harness.shown(after.home)
    assert harness.shown(before.home) == harness.shown(back.home)
    assert (False, 2.0) == (again.signal.paused, again.signal.weight)


async def test_a_hidden_title_stays_hidden_though_its_signal_rests(app):
    found = await app.add_titles()
    app.add_signals(harness.hidden(found[1]))
    request = taste_service_pb2.PauseTasteSignalRequest(signal_id=f"suppressed.{found[1]}")
    paused = await app.taste.PauseTasteSignal(request, metadata=app.viewer())
    answer = await get(app, page_size=30, consistency_token=paused.consistency_token)

    assert found[1] not in harness.shown(answer.home)


@pytest.mark.parametrize("signal_id", ["rated.nothing", "genre.Opera", "nonsense"])
async def test_a_signal_that_is_not_there_cannot_be_paused(app, signal_id):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await app.taste.PauseTasteSignal(
            taste_service_pb2.PauseTasteSignalRequest(signal_id=signal_id), metadata=app.viewer()
        )

    assert "SIGNAL_NOT_FOUND" == testing.reason_of(refused.value)


async def test_a_forgotten_signal_is_gone_where_it_came_from(app):
    found = await app.add_titles()
    app.add_signals(harness.liked(found[1]))
    request = taste_service_pb2.ForgetTasteSignalRequest(signal_id=f"rated.{found[1]}")
    answer = await app.taste.ForgetTasteSignal(request, metadata=app.viewer())
    home = await get(app, page_size=30, consistency_token=answer.consistency_token)

    assert [(app.profile_id, found[1], [viewing_internal_pb2.SIGNAL_KIND_RATED])] == app.viewing.forgotten
    assert {} == by_id(await listed(app))
    assert recommendation_pb2.RAIL_KIND_FOR_YOU not in {rail.kind for rail in home.home.rails}


async def test_a_forgotten_wish_is_withdrawn_from_identity_and_the_others_stay(app):
    await app.add_titles(3)
    wishes = identity_pb2.Preferences(genre_ids=["mystery", "drama"], language_codes=["hi"])
    app.identity.preferences[app.profile_id] = wishes
    await app.taste.ForgetTasteSignal(
        taste_service_pb2.ForgetTasteSignalRequest(signal_id="genre.mystery"), metadata=app.viewer()
    )

    left = app.identity.preferences[app.profile_id]
    assert (["drama"], ["hi"]) == (list(left.genre_ids), list(left.language_codes))


@pytest.mark.parametrize("signal_id", ["rated.nothing", "nonsense"])
async def test_forgetting_what_is_not_there_is_no_error(app, signal_id):
    await app.taste.ForgetTasteSignal(
        taste_service_pb2.ForgetTasteSignalRequest(signal_id=signal_id), metadata=app.viewer()
    )

    assert [] == app.viewing.forgotten


async def test_everything_is_exported_as_json(app):
    found = await app.add_titles(3)
    app.add_signals(harness.liked(found[1]), harness.watched(found[0], 0.5))
    body = await app.taste.ExportTaste(taste_service_pb2.ExportTasteRequest(), metadata=app.viewer())
    told = orjson.loads(body.data)

    assert "application/json" == body.content_type
    assert app.profile_id == told["profile_id"]
    assert [f"rated.{found[1]}", f"watched.{found[0]}"] == [each["signal_id"] for each in told["signals"]]
    assert {found[0], found[1]} == {each["title_id"] for each in told["titles"]}


async def test_what_the_household_watches_is_exported_as_far_as_the_profile_may_know_of_it(app):
    known, rude = await app.world.put_title("For all"), await app.world.put_title("For grown-ups", maturity_age=18)
    app.viewing.household = [
        viewing_internal_pb2.HouseholdSubject(subject=subjects.title(each), profile_count=1, completion=1.0)
        for each in (known, rude, ids.new())
    ]
    body = await app.taste.ExportTaste(taste_service_pb2.ExportTasteRequest(), metadata=app.viewer(maturity_ceiling=8))

    assert [known] == [each["title_id"] for each in orjson.loads(body.data)["household"]]
    assert rude.encode() not in body.data


async def test_while_viewing_is_away_the_ledger_says_so(app):
    app.viewing.failure = errors.Unavailable("away", reason="X", domain="platform.marquee")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await listed(app)

    assert grpc.StatusCode.UNAVAILABLE == refused.value.code()


async def test_what_is_kept_of_a_profile_goes_with_it(app):
    found = await app.add_titles(3)
    app.add_signals(harness.liked(found[1]))
    request = taste_service_pb2.PauseTasteSignalRequest(signal_id=f"rated.{found[1]}")
    await app.taste.PauseTasteSignal(request, metadata=app.viewer())
    gone = event_internal_pb2.ProfileChanged(profile=identity_pb2.Profile(profile_id=app.profile_id), deleted=True)
    await app.handle_event(profile_changed=gone)
    async with app.world.database.reading() as session:
        rest = await storage.signals.get_paused(session, app.profile_id)

    assert storage.signals.PausedSignals() == rest


async def test_the_operator_has_no_taste_signals(app):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await app.taste.ListTasteSignals(
            taste_service_pb2.ListTasteSignalsRequest(), metadata=testing.as_service("operator")
        )

    assert "PROFILE_REQUIRED" == testing.reason_of(refused.value)


async def test_a_write_is_in_the_ledger_that_is_asked_for_with_its_token_though_viewing_tells_it_late(app):
    found = await app.add_titles(3)
    app.add_signals(harness.liked(found[0]))
    app.viewing.lagging = 2
    token = app.add_signals(harness.liked(found[1]))
    answer = await listed(app, consistency_token=token)

    assert {f"rated.{found[0]}", f"rated.{found[1]}"} == set(by_id(answer))


async def test_a_token_that_names_no_write_takes_nothing_away(app):
    found = await app.add_titles(3)
    app.add_signals(harness.liked(found[0]))
    for token in ("v999999", "nonsense"):
        assert {f"rated.{found[0]}"} == set(by_id(await listed(app, consistency_token=token)))
