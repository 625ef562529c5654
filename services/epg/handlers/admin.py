"""The servicer for editors."""

from __future__ import annotations

import tempfile
import zoneinfo
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, BinaryIO, TypeAlias, cast

import grpc
from marquee.epg.v1 import epg_admin_service_pb2, epg_admin_service_pb2_grpc
from marquee.event.v1 import event_internal_pb2

from services.epg import convert, errors, replica_sync, storage, worker
from services.epg.guide import channel_index, guide_cache, schedule_writer
from services.epg.handlers import channel_lists
from services.epg.imports import guide_importer, source_fetcher
from services.kit import db, events, timestamps
from services.kit import errors as kit_errors
from services.kit.clock import Clock

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

_PAGE, _MAX_PAGE = 100, 500
_MAX_DAYS = 31


class EpgAdmin(epg_admin_service_pb2_grpc.EpgAdminServiceServicer):
    """Manages channels and schedules, for editors.

    Args:
        database: the database of epg.
        outbox: publishes which channels changed.
        writer: writes schedules.
        importer: imports files.
        sync: updates this replica after a write.
        index: the channels in memory.
        guide: the encoded programmes.
        fetcher: says which sources may be fetched.
        refresher: fetches sources.
        clock: the clock.
    """

    def __init__(
        self,
        database: db.Database,
        outbox: events.Outbox,
        writer: schedule_writer.ScheduleWriter,
        importer: guide_importer.GuideImporter,
        sync: replica_sync.GuideSync,
        index: channel_index.ChannelIndex,
        guide: guide_cache.GuideCache,
        fetcher: source_fetcher.SourceFetcher,
        refresher: worker.SourceRefresher,
        clock: Clock,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._writer = writer
        self._importer = importer
        self._sync = sync
        self._index = index
        self._guide = guide
        self._fetcher = fetcher
        self._refresher = refresher
        self._clock = clock

    async def SaveChannel(
        self, request: epg_admin_service_pb2.SaveChannelRequest, rpc: Rpc
    ) -> epg_admin_service_pb2.SaveChannelResponse:
        """Creates or replaces a channel."""
        target = convert.channel(request.channel)
        if target.time_zone and target.time_zone not in zoneinfo.available_timezones():
            raise errors.TimeZoneUnknown(target.time_zone)
        async with self._database.transaction(serialize_by="channels") as tx:
            current = await storage.channels.lock_channel(tx, target.channel_id)
            target = replace(target, revision=current.revision if current else 0)
            changed = target != current
            if changed:
                if request.channel.etag and request.channel.etag != (current.etag if current else ""):
                    raise kit_errors.EtagMismatch("channel")
                holder = await storage.channels.find_by_number(tx, target.number) if target.number else None
                if holder not in (None, target.channel_id):
                    raise errors.ChannelNumberTaken(target.number, str(holder))
                target = replace(target, revision=await storage.channels.save_channel(tx, target))
                await self._publish(tx, target.channel_id)
        if changed:
            await self._sync.load_channels()
        return epg_admin_service_pb2.SaveChannelResponse(channel=convert.channel_message(target), changed=changed)

    async def DeleteChannel(
        self, request: epg_admin_service_pb2.DeleteChannelRequest, rpc: Rpc
    ) -> epg_admin_service_pb2.DeleteChannelResponse:
        """Deletes a channel with its schedule."""
        async with self._database.transaction(serialize_by="channels") as tx:
            deleted = await storage.channels.delete_channel(tx, request.channel_id)
            if deleted:
                await self._publish(tx, request.channel_id)
        if deleted:
            await self._sync.load_channels()
        return epg_admin_service_pb2.DeleteChannelResponse(deleted=deleted)

    async def ListAllChannels(
        self, request: epg_admin_service_pb2.ListAllChannelsRequest, rpc: Rpc
    ) -> epg_admin_service_pb2.ListAllChannelsResponse:
        """Returns a page of all channels."""
        listed = self._index.list_all()
        page = channel_lists.page_by_number(listed, request, ["all channels"], default=_PAGE, most=_MAX_PAGE)
        return epg_admin_service_pb2.ListAllChannelsResponse(
            channels=map(convert.channel_message, page.listed), next_page_token=page.next_page_token
        )

    async def ReplaceSchedule(
        self, request: epg_admin_service_pb2.ReplaceScheduleRequest, rpc: Rpc
    ) -> epg_admin_service_pb2.ReplaceScheduleResponse:
        """Replaces the schedule of a channel in a window."""
        start, end = timestamps.to_datetime(request.start_time), timestamps.to_datetime(request.end_time)
        if not timedelta(0) < end - start <= timedelta(days=_MAX_DAYS):
            raise errors.GuideWindowInvalid(_MAX_DAYS)
        stated = [convert.scheduled(message) for message in request.programmes]
        async with self._database.transaction(serialize_by=request.channel_id) as tx:
            if await storage.channels.lock_channel(tx, request.channel_id) is None:
                raise errors.ChannelNotFound(request.channel_id)
            changes = await self._writer.replace(tx, request.channel_id, stated, start, end)
            db.after_commit(tx, lambda: self._guide.drop(request.channel_id))
        return epg_admin_service_pb2.ReplaceScheduleResponse(changes=convert.changes_message(changes))

    async def ImportGuide(
        self, requests: AsyncIterator[epg_admin_service_pb2.ImportGuideRequest], rpc: Rpc
    ) -> epg_admin_service_pb2.ImportGuideResponse:
        """Imports a file, which is kept on disk while it is being sent."""
        with tempfile.TemporaryFile() as temporary:
            file = cast("BinaryIO", temporary)
            options = await guide_importer.receive(requests, file)
            report = await self._importer.run(file, options)
        if report.committed:
            await self._sync.note_changes(report.changed_channel_ids)
        return guide_importer.message(report)

    async def SaveGuideSource(
        self, request: epg_admin_service_pb2.SaveGuideSourceRequest, rpc: Rpc
    ) -> epg_admin_service_pb2.SaveGuideSourceResponse:
        """Creates or replaces a source."""
        guide_importer.require_time_zones(request.guide_source.options)
        self._fetcher.require_allowed(request.guide_source.uri)
        target = convert.guide_source(request.guide_source)
        async with self._database.transaction(serialize_by=target.source) as tx:
            current = await storage.sources.lock_source(tx, target.source)
            if request.guide_source.etag and request.guide_source.etag != (current.etag if current else ""):
                raise kit_errors.EtagMismatch("guide source")
            next_time = self._clock.now() if target.refresh_interval else None
            saved = await storage.sources.save_source(tx, replace(target, next_refresh_time=next_time))
        return epg_admin_service_pb2.SaveGuideSourceResponse(guide_source=convert.guide_source_message(saved))

    async def DeleteGuideSource(
        self, request: epg_admin_service_pb2.DeleteGuideSourceRequest, rpc: Rpc
    ) -> epg_admin_service_pb2.DeleteGuideSourceResponse:
        """Deletes a source."""
        async with self._database.transaction() as tx:
            deleted = await storage.sources.delete_source(tx, request.source)
        return epg_admin_service_pb2.DeleteGuideSourceResponse(deleted=deleted)

    async def ListGuideSources(
        self, request: epg_admin_service_pb2.ListGuideSourcesRequest, rpc: Rpc
    ) -> epg_admin_service_pb2.ListGuideSourcesResponse:
        """Returns all sources."""
        async with self._database.reading() as session:
            listed = await storage.sources.list_sources(session)
        return epg_admin_service_pb2.ListGuideSourcesResponse(
            guide_sources=[convert.guide_source_message(source) for source in listed]
        )

    async def RefreshGuideSource(
        self, request: epg_admin_service_pb2.RefreshGuideSourceRequest, rpc: Rpc
    ) -> epg_admin_service_pb2.RefreshGuideSourceResponse:
        """Fetches a source now."""
        refreshed = await self._refresher.refresh(request.source, allow_shrinking=request.allow_shrinking)
        return epg_admin_service_pb2.RefreshGuideSourceResponse(guide_source=convert.guide_source_message(refreshed))

    async def _publish(self, tx: db.WriteSession, channel_id: str) -> None:
        await self._outbox.add(tx, channels_changed=event_internal_pb2.ChannelsChanged(channel_ids=[channel_id]))
