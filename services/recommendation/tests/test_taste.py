"""The taste signals of a profile, through the gRPC API."""

import grpc
import orjson
import pytest
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_pb2
from marquee.recommendation.v1 import recommendation_pb2, taste_service_pb2
from marquee.viewing.v1 import viewing_internal_pb2

from services.kit import errors, ids, testing, watchable_subjects
from services.recommendation import storage
from services.recommendation.tests import harness
from services.recommendation.tests.test_home import get


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as running:
        yield running


async def listed(app, **fields):
    return await app.taste.ListTasteSignals(taste_service_pb2.ListTasteSignalsRequest(**fields), metadata=app.viewer())


def by_id(response):
    return {each.signal_id: each for each in response.signals}


async def test_signals_are_listed_with_their_names_largest_weight_first(app):
    title_ids = await app.add_titles(5)
    app.add_signals(harness.watched(title_ids[0], 0.5), harness.liked(title_ids[1]), harness.hidden(title_ids[2]))
    app.identity.preferences[app.profile_id] = identity_pb2.Preferences(genre_ids=["mystery"], language_codes=["hi"])
    response = await listed(app)

    assert f"rated.{title_ids[1]}" == response.signals[0].signal_id
    assert {
        f"rated.{title_ids[1]}": ("Title 1", 2.0),
        f"watched.{title_ids[0]}": ("Title 0", 0.5),
        f"suppressed.{title_ids[2]}": ("Title 2", -0.5),
        "genre.mystery": ("Mystery", 1.0),
        "language.hi": ("hi", 1.0),
    } == {each.signal_id: (each.display_name, each.weight) for each in response.signals}
    assert 5 == response.total_size


async def test_signals_are_paged_and_filtered(app):
    title_ids = await app.add_titles(5)
    app.add_signals(*map(harness.liked, title_ids), harness.hidden(ids.new()))
    first = await listed(app, kind=recommendation_pb2.TASTE_SIGNAL_KIND_RATED, page_size=3)
    second = await listed(
        app, kind=recommendation_pb2.TASTE_SIGNAL_KIND_RATED, page_size=3, page_token=first.next_page_token
    )

    assert set(title_ids) == {each.subject.title_id for each in [*first.signals, *second.signals]}
    assert (5, "") == (second.total_size, second.next_page_token)


async def test_a_signal_of_an_invisible_title_has_no_name(app):
    title_id = await app.world.put_title("For grown-ups", maturity_age=18)
    app.add_signals(harness.liked(title_id))
    response = await app.taste.ListTasteSignals(
        taste_service_pb2.ListTasteSignalsRequest(), metadata=app.viewer(maturity_ceiling=8)
    )

    assert [""] == [each.display_name for each in response.signals]


async def test_pausing_a_signal_changes_the_home_at_once_and_resuming_restores_it(app):
    title_ids = await app.add_titles(120)
    app.add_signals(harness.liked(title_ids[1]), harness.liked(title_ids[2]))
    before = await get(app, page_size=30)
    signal_id = next(
        each.signal_id
        for item in before.home.rails[0].items
        for each in item.explanation.contributions
        if each.signal_id
    )
    paused = await app.taste.PauseTasteSignal(
        taste_service_pb2.PauseTasteSignalRequest(signal_id=signal_id), metadata=app.viewer()
    )
    after = await get(app, page_size=30, consistency_token=paused.consistency_token)
    resumed = await app.taste.ResumeTasteSignal(
        taste_service_pb2.ResumeTasteSignalRequest(signal_id=signal_id), metadata=app.viewer()
    )
    restored = await get(app, page_size=30, consistency_token=resumed.consistency_token)

    assert (True, 0.0) == (paused.signal.paused, paused.signal.weight)
    reasons = {each.signal_id for r in after.home.rails for i in r.items for each in i.explanation.contributions}
    assert signal_id not in reasons
    assert harness.shown(before.home) != harness.shown(after.home)
    assert harness.shown(before.home) == harness.shown(restored.home)
    assert (False, 2.0) == (resumed.signal.paused, resumed.signal.weight)


async def test_a_hidden_title_stays_hidden_while_its_signal_is_paused(app):
    title_ids = await app.add_titles()
    app.add_signals(harness.hidden(title_ids[1]))
    request = taste_service_pb2.PauseTasteSignalRequest(signal_id=f"suppressed.{title_ids[1]}")
    paused = await app.taste.PauseTasteSignal(request, metadata=app.viewer())
    response = await get(app, page_size=30, consistency_token=paused.consistency_token)

    assert title_ids[1] not in harness.shown(response.home)


@pytest.mark.parametrize("signal_id", ["rated.nothing", "genre.Opera", "nonsense"])
async def test_an_unknown_signal_cannot_be_paused(app, signal_id):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await app.taste.PauseTasteSignal(
            taste_service_pb2.PauseTasteSignalRequest(signal_id=signal_id), metadata=app.viewer()
        )

    assert "SIGNAL_NOT_FOUND" == testing.reason_of(raised.value)


async def test_forgetting_a_signal_deletes_it_in_viewing(app):
    title_ids = await app.add_titles()
    app.add_signals(harness.liked(title_ids[1]))
    request = taste_service_pb2.ForgetTasteSignalRequest(signal_id=f"rated.{title_ids[1]}")
    response = await app.taste.ForgetTasteSignal(request, metadata=app.viewer())
    home = await get(app, page_size=30, consistency_token=response.consistency_token)

    assert [(app.profile_id, title_ids[1], [viewing_internal_pb2.SIGNAL_KIND_RATED])] == app.viewing.forgotten
    assert {} == by_id(await listed(app))
    assert recommendation_pb2.RAIL_KIND_FOR_YOU not in {rail.kind for rail in home.home.rails}


async def test_forgetting_a_preference_removes_only_it_from_identity(app):
    await app.add_titles(3)
    preferences = identity_pb2.Preferences(genre_ids=["mystery", "drama"], language_codes=["hi"])
    app.identity.preferences[app.profile_id] = preferences
    await app.taste.ForgetTasteSignal(
        taste_service_pb2.ForgetTasteSignalRequest(signal_id="genre.mystery"), metadata=app.viewer()
    )

    stored = app.identity.preferences[app.profile_id]
    assert (["drama"], ["hi"]) == (list(stored.genre_ids), list(stored.language_codes))


@pytest.mark.parametrize("signal_id", ["rated.nothing", "nonsense"])
async def test_forgetting_an_unknown_signal_is_no_error(app, signal_id):
    await app.taste.ForgetTasteSignal(
        taste_service_pb2.ForgetTasteSignalRequest(signal_id=signal_id), metadata=app.viewer()
    )

    assert [] == app.viewing.forgotten


async def test_the_export_has_all_signals_and_titles_as_json(app):
    title_ids = await app.add_titles(3)
    app.add_signals(harness.liked(title_ids[1]), harness.watched(title_ids[0], 0.5))
    body = await app.taste.ExportTaste(taste_service_pb2.ExportTasteRequest(), metadata=app.viewer())
    export = orjson.loads(body.data)

    assert "application/json" == body.content_type
    assert app.profile_id == export["profile_id"]
    assert [f"rated.{title_ids[1]}", f"watched.{title_ids[0]}"] == [each["signal_id"] for each in export["signals"]]
    assert {title_ids[0], title_ids[1]} == {each["title_id"] for each in export["titles"]}


async def test_the_export_has_only_visible_titles_of_the_household(app):
    visible, adult = await app.world.put_title("For all"), await app.world.put_title("For grown-ups", maturity_age=18)
    app.viewing.household = [
        viewing_internal_pb2.HouseholdSubject(subject=watchable_subjects.title(each), profile_count=1, completion=1.0)
        for each in (visible, adult, ids.new())
    ]
    body = await app.taste.ExportTaste(taste_service_pb2.ExportTasteRequest(), metadata=app.viewer(maturity_ceiling=8))

    assert [visible] == [each["title_id"] for each in orjson.loads(body.data)["household"]]
    assert adult.encode() not in body.data


async def test_while_viewing_is_unavailable_listing_signals_fails(app):
    app.viewing.failure = errors.Unavailable("away", reason="X", domain="platform.marquee")
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await listed(app)

    assert grpc.StatusCode.UNAVAILABLE == raised.value.code()


async def test_paused_signals_are_deleted_with_the_profile(app):
    title_ids = await app.add_titles(3)
    app.add_signals(harness.liked(title_ids[1]))
    request = taste_service_pb2.PauseTasteSignalRequest(signal_id=f"rated.{title_ids[1]}")
    await app.taste.PauseTasteSignal(request, metadata=app.viewer())
    profile_changed = event_internal_pb2.ProfileChanged(
        profile=identity_pb2.Profile(profile_id=app.profile_id), deleted=True
    )
    await app.handle_event(profile_changed=profile_changed)
    async with app.world.database.reading() as session:
        rest = await storage.signals.get_paused(session, app.profile_id)

    assert storage.signals.PausedSignals() == rest


async def test_the_operator_has_no_taste_signals(app):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await app.taste.ListTasteSignals(
            taste_service_pb2.ListTasteSignalsRequest(), metadata=testing.as_service("operator")
        )

    assert "PROFILE_REQUIRED" == testing.reason_of(raised.value)


async def test_a_list_with_a_consistency_token_includes_the_write_although_viewing_lags(app):
    title_ids = await app.add_titles(3)
    app.add_signals(harness.liked(title_ids[0]))
    app.viewing.lagging = 2
    token = app.add_signals(harness.liked(title_ids[1]))
    response = await listed(app, consistency_token=token)

    assert {f"rated.{title_ids[0]}", f"rated.{title_ids[1]}"} == set(by_id(response))


async def test_an_unknown_consistency_token_is_ignored(app):
    title_ids = await app.add_titles(3)
    app.add_signals(harness.liked(title_ids[0]))
    for token in ("v999999", "nonsense"):
        assert {f"rated.{title_ids[0]}"} == set(by_id(await listed(app, consistency_token=token)))


async def test_a_token_of_a_write_that_was_never_made_loads_the_history_once(app):
    title_ids = await app.add_titles()
    app.add_signals(harness.liked(title_ids[0]))
    await listed(app, consistency_token="v999")

    *waiting, loaded = app.viewing.subject_counts
    assert ({1}, True) == (set(waiting), loaded > 1)
