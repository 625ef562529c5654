"""Sources that the platform fetches itself."""

import asyncio
import gzip
from datetime import timedelta

import pytest
from marquee.epg.v1 import epg_admin_service_pb2

from services.epg.tests import guide_server, harness
from services.epg.tests.harness import HOUR, TODAY, a_channel
from services.epg.tests.test_import import a_day, names_of, programme, xmltv
from services.kit import testing, timestamps

XMLTV, M3U = epg_admin_service_pb2.IMPORT_FORMAT_XMLTV, epg_admin_service_pb2.IMPORT_FORMAT_M3U
EDITOR = testing.bearing(testing.a_token(roles=("editor",), lifetime=timedelta(days=7)))
State = epg_admin_service_pb2.RefreshState
#: The day of the tests and the next one, so that the file states something of the future.
FRESH = xmltv(*a_day(hours=range(48))).encode()


@pytest.fixture
async def server():
    async with guide_server.running() as served:
        served.body = FRESH
        yield served


def a_source(server, source="operator", interval=HOUR, etag="", **options):
    values = {"format": XMLTV, "source": source, "create_channels": True, **options}
    return epg_admin_service_pb2.GuideSource(
        options=epg_admin_service_pb2.ImportOptions(**values),
        uri=server.uri,
        refresh_interval=timestamps.from_timedelta(interval) if interval else None,
        etag=etag,
    )


async def save(service, source):
    request = epg_admin_service_pb2.SaveGuideSourceRequest(guide_source=source)
    return (await service.admin.SaveGuideSource(request, metadata=EDITOR)).guide_source


async def refresh(service, source="operator", **options):
    request = epg_admin_service_pb2.RefreshGuideSourceRequest(source=source, **options)
    return (await service.admin.RefreshGuideSource(request, metadata=EDITOR)).guide_source.last_refresh


async def listed(service):
    response = await service.admin.ListGuideSources(epg_admin_service_pb2.ListGuideSourcesRequest(), metadata=EDITOR)
    return list(response.guide_sources)


async def test_a_source_is_fetched_when_it_is_due_and_its_last_outcome_is_listed(service, server):
    server.headers = {"ETag": '"one"'}
    server.body = gzip.compress(FRESH)
    saved = await save(service, a_source(server))
    await service.refresher.refresh_due()
    [fetched] = await listed(service)
    await service.refresher.refresh_due()
    shown = await names_of(service, hours=48)

    assert ("1", service.clock.now()) == (saved.etag, timestamps.to_datetime(saved.next_refresh_time))
    assert service.clock.now() + HOUR == timestamps.to_datetime(fetched.next_refresh_time)
    assert (State.REFRESH_STATE_IMPORTED, 48, 48, "") == (
        fetched.last_refresh.state,
        fetched.last_refresh.result.programme_count,
        fetched.last_refresh.result.changes.created_count,
        fetched.last_refresh.error_reason,
    )
    assert TODAY + 48 * HOUR == timestamps.to_datetime(fetched.last_refresh.guide_end_time)
    assert [48] == [len(names) for names in shown]
    assert 1 == len(server.requests)


async def test_an_unchanged_file_is_not_read_again_and_one_with_the_same_programmes_writes_nothing(service, server):
    server.headers = {"ETag": '"one"'}
    await save(service, a_source(server))
    first = await refresh(service)
    server.status, server.body = 304, b""
    service.clock.advance(HOUR)
    await service.refresher.refresh_due()
    [unchanged] = await listed(service)
    server.status, server.body, server.headers = 200, FRESH, {}
    same = await refresh(service)

    assert '"one"' == server.requests[1][1]["if-none-match"]
    assert (State.REFRESH_STATE_UNCHANGED, first.result) == (
        unchanged.last_refresh.state,
        unchanged.last_refresh.result,
    )
    assert service.clock.now() == timestamps.to_datetime(unchanged.last_refresh.success_time)
    assert (State.REFRESH_STATE_UNCHANGED, 48) == (same.state, same.result.changes.unchanged_count)


async def test_two_replicas_fetch_a_due_source_once_and_editors_are_told_that_it_is_being_fetched(service, server):
    await save(service, a_source(server))
    server.open.clear()
    fetching = asyncio.gather(service.refresher.refresh_due(), service.refresher.refresh_due())
    await server.asked.wait()

    assert "SOURCE_REFRESHING" == await harness.refusal(refresh(service))
    server.open.set()
    await fetching
    assert 1 == len(server.requests)


async def test_a_source_whose_replica_died_is_fetched_by_another_one(service, server):
    await save(service, a_source(server))
    server.open.clear()
    dying = asyncio.ensure_future(service.refresher.refresh_due())
    await server.asked.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    server.open.set()

    assert State.REFRESH_STATE_IMPORTED == (await refresh(service)).state


async def test_a_failure_is_recorded_with_its_reason_and_leaves_the_guide_and_is_tried_again_within_an_hour(
    service, server
):
    await save(service, a_source(server, interval=timedelta(days=1)))
    imported = await refresh(service)
    failures = []
    for status, body in ((503, b""), (200, b"<tv/>"), (200, FRESH[:-20]), (200, xmltv(*a_day(hours=[30])).encode())):
        server.status, server.body = status, body
        failures.append(await refresh(service))
    [source] = await listed(service)

    assert ["SOURCE_UNREACHABLE", "IMPORT_UNREADABLE", "IMPORT_UNREADABLE"] == [
        failed.error_reason for failed in failures[:3]
    ]
    assert {State.REFRESH_STATE_FAILED} == {failed.state for failed in failures[:3]}
    assert "status 503" in failures[0].error_message
    assert (imported.success_time, imported.result) == (failures[2].success_time, failures[2].result)
    assert service.clock.now() + 24 * HOUR == timestamps.to_datetime(source.next_refresh_time)
    assert [48] == [len(names) for names in await names_of(service, hours=48)]

    server.status = 500
    await refresh(service)
    assert service.clock.now() + HOUR == timestamps.to_datetime((await listed(service))[0].next_refresh_time)


async def test_a_file_that_shrinks_the_guide_is_refused_by_the_share_of_the_source_unless_the_editor_allows_it(
    service, server
):
    half = xmltv(*(a_day(hours=[*range(20, 60, 2), 59]))).encode()
    server.body = xmltv(*a_day(hours=range(20, 60))).encode()
    await save(service, a_source(server))
    await refresh(service)
    server.body = half
    refused = await refresh(service)
    await save(service, a_source(server, least_remaining_share=0.4))
    allowed = await refresh(service)
    server.body = xmltv(*a_day(hours=[20, 40, 59])).encode()

    assert "IMPORT_SHRINKS_GUIDE" == refused.error_reason
    assert State.REFRESH_STATE_IMPORTED == allowed.state
    assert "IMPORT_SHRINKS_GUIDE" == (await refresh(service)).error_reason
    assert State.REFRESH_STATE_IMPORTED == (await refresh(service, allow_shrinking=True)).state


async def test_a_feed_that_is_a_year_old_ended_yesterday_or_states_no_programme_is_stale(service, server):
    await save(service, a_source(server))
    await refresh(service)
    year = 24 * 365
    for body in (
        xmltv(*(programme(hour - year, hour - year + 1) for hour in range(5))),
        xmltv(programme(-20, -19)),
        xmltv(),
    ):
        server.body = body.encode()
        assert State.REFRESH_STATE_STALE == (await refresh(service)).state
    server.status, server.headers = 304, {}

    assert [48] == [len(names) for names in await names_of(service, hours=48)]


async def test_an_unchanged_file_becomes_stale_when_its_last_programme_has_ended(service, server):
    server.headers = {"Last-Modified": "Sun, 28 Jun 2026 20:00:00 GMT"}
    await save(service, a_source(server, interval=None))
    await refresh(service)
    server.status, server.body = 304, b""
    service.clock.advance(timedelta(days=3))

    assert State.REFRESH_STATE_STALE == (await refresh(service)).state
    assert not (await listed(service))[0].HasField("next_refresh_time")


async def test_channels_have_zones_of_their_own_which_replace_offsets(service, server):
    await service.save(a_channel(1, display_name="One"))
    await service.save(a_channel(2, display_name="Two"))
    server.body = xmltv(
        programme(50, 51, channel="one"), programme(50, 51, channel="two"), channels=[("one", "One"), ("two", "Two")]
    ).encode()
    await save(service, a_source(server, channel_time_zones={"two": "Europe/Berlin"}))
    await refresh(service)
    starts = [schedule.programmes[0].start_time.seconds for schedule in (await service.get_guide(hours=72)).schedules]

    assert [(TODAY + 50 * HOUR).timestamp(), (TODAY + 48 * HOUR).timestamp()] == starts


async def test_a_playlist_is_a_source_too(service, server):
    server.body = b'#EXTM3U\n#EXTINF:-1 tvg-id="one",One\nhttp://a\n'
    await save(service, a_source(server, format=M3U))

    assert [State.REFRESH_STATE_IMPORTED, State.REFRESH_STATE_UNCHANGED] == [
        (await refresh(service)).state for _ in range(2)
    ]


async def test_what_an_editor_states_is_checked_and_a_change_is_fetched_at_once(service, server):
    wrong_host, wrong_zone = a_source(server), a_source(server, channel_time_zones={"one": "Europe/Atlantis"})
    wrong_host.uri = "https://elsewhere.example/guide.xml"
    saved = await save(service, a_source(server))
    await refresh(service)
    changed = await save(service, a_source(server, etag=saved.etag, interval=2 * HOUR))

    assert "SOURCE_HOST_FORBIDDEN" == await harness.refusal(save(service, wrong_host))
    assert "TIME_ZONE_UNKNOWN" == await harness.refusal(save(service, wrong_zone))
    assert "ETAG_MISMATCH" == await harness.refusal(save(service, a_source(server, etag=saved.etag)))
    assert "SOURCE_NOT_FOUND" == await harness.refusal(refresh(service, "nobody"))
    assert ("2", service.clock.now()) == (changed.etag, timestamps.to_datetime(changed.next_refresh_time))
    assert State.REFRESH_STATE_IMPORTED == changed.last_refresh.state


async def test_a_change_during_a_fetch_stays(service, server):
    await save(service, a_source(server))
    server.open.clear()
    fetching = asyncio.ensure_future(refresh(service))
    await server.asked.wait()
    changed = await save(service, a_source(server, interval=3 * HOUR))
    server.open.set()
    await fetching
    [after] = await listed(service)

    assert (changed.etag, changed.next_refresh_time) == (after.etag, after.next_refresh_time)
    assert State.REFRESH_STATE_IMPORTED == after.last_refresh.state


async def test_a_deleted_source_is_not_fetched_and_its_programmes_stay(service, server):
    await save(service, a_source(server))
    await refresh(service)
    request = epg_admin_service_pb2.DeleteGuideSourceRequest(source="operator")
    deleted = [(await service.admin.DeleteGuideSource(request, metadata=EDITOR)).deleted for _ in range(2)]
    service.clock.advance(timedelta(days=1))
    await service.refresher.refresh_due()

    assert ([True, False], [], 1) == (deleted, await listed(service), len(server.requests))
    assert [48] == [len(names) for names in await names_of(service, hours=48)]
