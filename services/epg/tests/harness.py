"""An epg service with its database, and what the tests put into it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import grpc
import pytest
from marquee.entitlement.v1 import entitlement_internal_pb2, entitlement_internal_pb2_grpc
from marquee.epg.v1 import (
    epg_admin_service_pb2,
    epg_admin_service_pb2_grpc,
    epg_internal_pb2_grpc,
    epg_pb2,
    epg_service_pb2,
    epg_service_pb2_grpc,
    personal_guide_service_pb2_grpc,
)
from marquee.event.v1 import event_internal_pb2
from sqlalchemy import text

from services.epg import event_consumer, replica_sync, worker
from services.epg.domain import source_hosts
from services.epg.guide import change_log, channel_index, guide_cache, schedule_writer, search_service
from services.epg.handlers import admin, channel_lists, guide, internal, personal_guide
from services.epg.imports import guide_importer, source_fetcher
from services.epg.personal import channel_orders, guide_watch, reminder_notifier
from services.kit import db, entitled_channels, errors, event_streams, events, ids, process, testing, timestamps
from services.kit import redis as kit_redis
from services.kit.clock import FixedClock

EDITOR = testing.bearing(testing.a_token(roles=("editor",)))
HOUR = timedelta(hours=1)
#: The midnight before the time of the tests.
TODAY = testing.NOW.replace(hour=0, minute=0, second=0, microsecond=0)


def a_channel(number: int = 0, **changes: Any) -> epg_pb2.Channel:
    """Returns a channel as an editor states it."""
    values = {"channel_id": ids.new(), "number": number, "display_name": f"Channel {number}", **changes}
    return epg_pb2.Channel(**values)


def a_programme(start: datetime, hours: float = 1, name: str = "News", **changes: Any) -> Any:
    """Returns a programme as an editor states it."""
    return epg_admin_service_pb2.ScheduledProgramme(
        start_time=timestamps.from_datetime(start),
        end_time=timestamps.from_datetime(start + hours * HOUR),
        display_names={"en": name},
        **changes,
    )


class Entitlement(entitlement_internal_pb2_grpc.EntitlementInternalServiceServicer):
    """Has the channels of accounts that it was given; other accounts have none."""

    def __init__(self) -> None:
        self.responses: dict[str, entitlement_internal_pb2.ListEntitledChannelsResponse] = {}
        self.is_down = False
        #: The accounts of all calls.
        self.calls: list[str] = []

    def allow(self, account_id: str, *channels: epg_pb2.Channel, **changes: Any) -> None:
        """Sets the channels of an account, or of callers who are not signed in."""
        self.responses[account_id] = entitlement_internal_pb2.ListEntitledChannelsResponse(
            channel_ids=[channel.channel_id for channel in channels], **changes
        )

    async def ListEntitledChannels(self, request, rpc):
        self.calls.append(request.account_id)
        if self.is_down:
            raise errors.DatabaseUnavailable
        nothing = entitlement_internal_pb2.ListEntitledChannelsResponse()
        return self.responses.get(request.account_id, nothing)


async def refusal(call: Awaitable[Any]) -> str:
    """Returns the reason with which a call is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    return testing.reason_of(refused.value)


@dataclass
class Service:
    """A replica of epg."""

    channel: grpc.aio.Channel
    clock: FixedClock
    database: db.Database
    redis: kit_redis.Client
    entitlement: Entitlement
    sync: replica_sync.GuideSync
    #: Publishes reminders when a test calls it.
    notifier: reminder_notifier.ReminderNotifier
    index: channel_index.ChannelIndex
    changes: change_log.ChangeLog
    watch: guide_watch.GuideWatch
    database_url: str
    #: It fetches from this machine; the service does so only if it is configured to.
    refresher: worker.SourceRefresher

    def __post_init__(self) -> None:
        self.viewer = epg_service_pb2_grpc.EpgServiceStub(self.channel)
        self.personal = personal_guide_service_pb2_grpc.PersonalGuideServiceStub(self.channel)
        self.internal = epg_internal_pb2_grpc.EpgInternalServiceStub(self.channel)
        self.admin = epg_admin_service_pb2_grpc.EpgAdminServiceStub(self.channel)

    async def save(self, channel: epg_pb2.Channel) -> epg_pb2.Channel:
        """Saves a channel and returns it."""
        request = epg_admin_service_pb2.SaveChannelRequest(channel=channel)
        return (await self.admin.SaveChannel(request, metadata=EDITOR)).channel

    async def replace(
        self, channel_id: str, programmes: Sequence[Any], start: datetime = TODAY, days: float = 1
    ) -> epg_admin_service_pb2.ScheduleChanges:
        """Replaces the schedule of a channel from a time; returns what was written."""
        request = epg_admin_service_pb2.ReplaceScheduleRequest(
            channel_id=channel_id,
            start_time=timestamps.from_datetime(start),
            end_time=timestamps.from_datetime(start + timedelta(days=days)),
            programmes=programmes,
        )
        return (await self.admin.ReplaceSchedule(request, metadata=EDITOR)).changes

    async def import_guide(self, content: str | bytes, **options: Any) -> epg_admin_service_pb2.ImportGuideResponse:
        """Imports a file of XMLTV, unless the options state another format."""
        data = content.encode() if isinstance(content, str) else content
        options = {"format": epg_admin_service_pb2.IMPORT_FORMAT_XMLTV, "source": "operator", **options}

        async def requests() -> AsyncIterator[epg_admin_service_pb2.ImportGuideRequest]:
            yield epg_admin_service_pb2.ImportGuideRequest(options=epg_admin_service_pb2.ImportOptions(**options))
            for start in range(0, len(data), 100_000):
                yield epg_admin_service_pb2.ImportGuideRequest(chunk=data[start : start + 100_000])

        return await self.admin.ImportGuide(requests(), metadata=EDITOR)

    async def published(self, payload: str) -> list[Any]:
        """Returns the payloads of a kind that epg has published."""
        async with asyncio.timeout(testing.PATIENCE):
            while await self._count_waiting():
                await asyncio.sleep(0.01)
        entries = await self.redis.xrange(event_streams.name_of("epg"))
        found = [event_streams.read_event(fields) for _, fields in entries]
        return [getattr(event, payload) for event in found if event and event.HasField(payload)]

    async def _count_waiting(self) -> int:
        async with self.database.reading() as session:
            return int((await session.execute(text("SELECT count(*) FROM outbox"))).scalar_one())

    async def consume(self, payload: Any, at: datetime = testing.NOW) -> None:
        """Has epg consume an event of another service with this payload."""
        kind = "playback_progressed" if hasattr(payload, "session_id") else "profile_changed"
        event = event_internal_pb2.Event(event_id=ids.new(), **{kind: payload})
        timestamps.put_datetime(event.occur_time, at)
        async with self.database.transaction() as tx:
            await event_consumer.consume(tx, event)

    async def get_guide(
        self, start: datetime = TODAY, hours: float = 24, metadata: Any = (), **options: Any
    ) -> epg_service_pb2.GetGuideResponse:
        """Returns the guide of a window."""
        request = epg_service_pb2.GetGuideRequest(
            start_time=timestamps.from_datetime(start),
            end_time=timestamps.from_datetime(start + hours * HOUR),
            **options,
        )
        return await self.viewer.GetGuide(request, metadata=metadata)


@contextlib.asynccontextmanager
async def run_service(
    database_url: str,
    redis_url: str,
    watch_times: guide_watch.Times = guide_watch.Times(),  # noqa: B008
) -> AsyncIterator[Service]:
    """Runs epg with its background tasks."""
    clock = testing.a_clock()
    database = db.Database(database_url, "epg")
    redis, redis_events = kit_redis.connect(redis_url), kit_redis.connect(redis_url, timeout=None)
    entitlement = Entitlement()
    index = channel_index.ChannelIndex()
    programmes = guide_cache.GuideCache(clock, database)
    changes = change_log.ChangeLog()
    watch = guide_watch.GuideWatch(database, index, programmes, changes, clock, watch_times)
    outbox = events.Outbox("epg", database, redis, clock)
    sync = replica_sync.GuideSync(database, redis_events, index, programmes, changes)
    searcher = search_service.SearchService(database, clock)
    writer = schedule_writer.ScheduleWriter(outbox)
    importer = guide_importer.GuideImporter(database, outbox, writer, clock)
    consumer = events.Consumer("epg", event_consumer.AREAS, database, redis_events, event_consumer.consume)
    notifier = reminder_notifier.ReminderNotifier(database, outbox, testing.FixedSharedClock(clock))
    fetcher = source_fetcher.SourceFetcher(source_hosts.parse("127.0.0.1"), guide_importer.MAX_FILE_BYTES)
    refresher = worker.SourceRefresher(database, fetcher, importer, sync.note_changes, clock)
    async with contextlib.AsyncExitStack() as stack:
        for close in (database.close, redis_events.aclose, redis.aclose):
            stack.push_async_callback(close)
        peer = (entitlement_internal_pb2_grpc.add_EntitlementInternalServiceServicer_to_server, entitlement)
        address = await stack.enter_async_context(testing.serving(peer, time=clock))
        mesh = testing.a_mesh("epg", {"entitlement": address}, clock)
        stack.push_async_callback(mesh.close)
        stub = entitlement_internal_pb2_grpc.EntitlementInternalServiceStub(mesh.channel("entitlement"))
        entitled = entitled_channels.EntitledChannels(clock, stub.ListEntitledChannels)
        orders = channel_orders.ChannelOrders(database, redis, index, clock)
        lists = channel_lists.ChannelLists(index, entitled, orders, clock)
        registrations = (
            (
                epg_service_pb2_grpc.add_EpgServiceServicer_to_server,
                guide.Epg(database, index, programmes, lists, watch, searcher, clock),
            ),
            (
                personal_guide_service_pb2_grpc.add_PersonalGuideServiceServicer_to_server,
                personal_guide.PersonalGuide(database, index, clock),
            ),
            (
                epg_internal_pb2_grpc.add_EpgInternalServiceServicer_to_server,
                internal.EpgInternal(database),
            ),
            (
                epg_admin_service_pb2_grpc.add_EpgAdminServiceServicer_to_server,
                admin.EpgAdmin(database, outbox, writer, importer, sync, index, programmes, fetcher, refresher, clock),
            ),
        )
        await stack.enter_async_context(process.background(outbox.relay(), sync.run(), consumer.run()))
        await sync.channels.loaded.wait()
        channel = await stack.enter_async_context(testing.channel_to(*registrations, time=clock))
        yield Service(
            channel, clock, database, redis, entitlement, sync, notifier, index, changes, watch, database_url, refresher
        )
