"""The import of signals from another system."""

import asyncio
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marquee.identity.v1 import identity_pb2
from marquee.viewing.v1 import viewing_admin_service_pb2, viewing_internal_pb2, viewing_pb2

from deploy.seed import demo_history, seed_files
from services.kit import ids, testing, watchable_subjects
from services.viewing.tests import builders

YESTERDAY = testing.NOW - timedelta(days=1)


async def test_imported_signals_are_stored_like_signals_of_the_viewer(harness):
    viewer, film = harness.viewer(), harness.film()

    changed = await viewer.imports(
        builders.a_signal(film, YESTERDAY, completion=0.25, thumb=viewing_pb2.THUMB_UP, on_watchlist=True)
    )

    assert 1 == changed
    signals = await viewer.signal(film)
    assert (0.25, viewing_pb2.THUMB_UP) == (signals.completion, signals.thumb)
    assert [builders.at(YESTERDAY)] * 3 == [signals.watch_time, signals.rate_time, signals.add_time]
    [item] = (await viewer.continue_watching()).items
    assert (900, 3600) == (item.position.seconds, item.duration.seconds)
    assert 1 == len((await viewer.call("ListWatchlist")).entries)


async def test_a_repeated_signal_is_imported_once(harness):
    viewer = harness.viewer()
    signals = [builders.a_signal(ids.new(), YESTERDAY, completion=0.5, on_watchlist=True) for _ in range(20)]
    signals.append(builders.a_signal(ids.new(), YESTERDAY, suppressed=True))
    assert 21 == await viewer.imports(*signals)
    before, rows = await viewer.signals(), await harness.rows("outbox")

    assert 0 == await viewer.imports(*signals)
    assert 1 == await viewer.imports(*signals, builders.a_signal(ids.new(), on_watchlist=True))

    assert before.revision + 1 == (await viewer.signals()).revision
    assert rows + 1 == await harness.rows("outbox")


async def test_an_import_never_replaces_a_newer_change(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film, 1800)
    await viewer.rate(film, "DOWN")
    await viewer.call("AddToWatchlist", title_id=film)
    await viewer.call("RemoveFromWatchlist", title_id=film)
    before = await viewer.signals()

    changed = await viewer.imports(
        builders.a_signal(film, YESTERDAY, completion=0.2, thumb=viewing_pb2.THUMB_UP, on_watchlist=True)
    )

    assert 0 == changed
    assert before == await viewer.signals()


async def test_the_episodes_of_a_series_are_imported_one_by_one(harness):
    viewer, series = harness.viewer(), harness.series("Harbour Lights", seasons=(2, 2))
    episodes = series.ids

    await viewer.imports(
        builders.a_signal(series.title_id, YESTERDAY, completion=1, episode_id=episodes[1, 1]),
        builders.a_signal(series.title_id, YESTERDAY + timedelta(hours=1), completion=1, episode_id=episodes[1, 2]),
    )
    await harness.series_sync.sync()

    assert 0.5 == (await viewer.signal(series.title_id)).completion
    assert ["S2 E1 · Night 1"] == [item.episode_label for item in (await viewer.continue_watching()).items]


async def test_an_import_with_an_invalid_signal_imports_nothing(harness, refused):
    viewer = harness.viewer()
    valid = builders.a_signal(ids.new(), thumb=viewing_pb2.THUMB_UP)

    for invalid in (
        builders.a_signal(ids.new(), testing.NOW + timedelta(seconds=1), thumb=viewing_pb2.THUMB_UP),
        viewing_admin_service_pb2.SignalImport(
            subject=watchable_subjects.title(ids.new()), completion=0.5, occur_time=builders.at(testing.NOW)
        ),
        builders.a_signal(ids.new(), completion=1.5),
        builders.a_signal("no id", on_watchlist=True),
        viewing_admin_service_pb2.SignalImport(subject=watchable_subjects.title(ids.new()), on_watchlist=True),
        viewing_admin_service_pb2.SignalImport(
            subject=watchable_subjects.episode(ids.new()),
            thumb=viewing_pb2.THUMB_UP,
            occur_time=builders.at(testing.NOW),
        ),
    ):
        async with refused("REQUEST_INVALID"):
            await viewer.imports(valid, invalid)

    assert viewing_internal_pb2.GetSignalsResponse() == await viewer.signals()


SIGNALS = st.lists(
    st.builds(
        dict,
        title=st.integers(0, 1),
        at=st.integers(0, 4),
        completion=st.sampled_from([0, 0, 0.05, 0.5, 1]),
        thumb=st.integers(0, 2),
        on_watchlist=st.booleans(),
        suppressed=st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


async def test_the_order_of_imports_does_not_matter(harness):
    titles = [ids.new() for _ in range(2)]
    loop = asyncio.get_running_loop()

    async def state_after(values, *, together):
        viewer = harness.viewer()
        signals = [
            builders.a_signal(
                titles[value["title"]],
                YESTERDAY + timedelta(minutes=value["at"]),
                **{name: value[name] for name in ("completion", "thumb", "on_watchlist", "suppressed")},
            )
            for value in values
        ]
        for batch in [signals] if together else [[signal] for signal in signals]:
            await viewer.imports(*batch)
        return list((await viewer.signals()).signals)

    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    @given(SIGNALS, st.randoms())
    def holds(values, random):
        def after(values, **more):
            return asyncio.run_coroutine_threadsafe(state_after(values, **more), loop).result()

        assert after(values, together=True) == after(random.sample(values, len(values)), together=False)

    await asyncio.to_thread(holds)


async def test_the_demo_histories_are_imported_once(harness):
    history = demo_history.load(seed_files.load())
    account = identity_pb2.Account(account_id=ids.new(), create_time=builders.at(harness.clock.now()))
    requests = [demo_history.import_request(account, ids.new(), signals) for signals in history.values()]

    changed = [
        [
            (await harness.admin.ImportSignals(request, metadata=testing.as_service("operator"))).changed_count
            for request in requests
        ]
        for _ in range(2)
    ]

    assert [[len(signals) for signals in history.values()], [0] * len(history)] == changed
