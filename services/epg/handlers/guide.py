"""The servicer for viewers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import grpc
from google.api import httpbody_pb2
from marquee.epg.v1 import epg_pb2, epg_service_pb2, epg_service_pb2_grpc

from services.epg import convert, errors, storage
from services.epg.domain import channels
from services.epg.exports import guide_exporter
from services.epg.guide import channel_index, guide_cache, search_service
from services.epg.handlers import callers, channel_lists, search
from services.epg.personal import guide_watch
from services.kit import context, db, timestamps
from services.kit.clock import Clock

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
#: The guide is put together from encoded parts, and the server sends bytes as they are.
Encoded: TypeAlias = Any

_CHANNELS, _MAX_CHANNELS = 100, 500
_SCHEDULES, _MAX_SCHEDULES = 50, 200
_MAX_DAYS = 15
#: A page of schedules ends with the channel that reaches this size.
_MAX_PAGE_BYTES = 2 * 1024 * 1024
#: How long a response of what is on now is kept at most, for channels whose schedule is empty.
_ON_NOW_LIFETIME = timedelta(hours=1)


class Epg(epg_service_pb2_grpc.EpgServiceServicer):
    """Serves viewers.

    Args:
        database: the database of epg.
        index: the channels in memory.
        guide: the encoded programmes.
        lists: the channels that callers may see.
        watch: streams what changes.
        searcher: finds channels and programmes by words.
        clock: the clock.
    """

    def __init__(
        self,
        database: db.Database,
        index: channel_index.ChannelIndex,
        guide: guide_cache.GuideCache,
        lists: channel_lists.ChannelLists,
        watch: guide_watch.GuideWatch,
        searcher: search_service.SearchService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._index = index
        self._guide = guide
        self._lists = lists
        self._watch = watch
        self._search = search.GuideSearch(searcher)
        self._clock = clock

    async def ListChannels(
        self, request: epg_service_pb2.ListChannelsRequest, rpc: Rpc
    ) -> epg_service_pb2.ListChannelsResponse:
        """Returns a page of the channels that the caller may see."""
        page = await self._lists.page(request, "channels", default=_CHANNELS, most=_MAX_CHANNELS)
        return epg_service_pb2.ListChannelsResponse(
            channels=map(convert.shown_channel, page.listed),
            next_page_token=page.next_page_token,
            total_count=page.total_count,
            entitlement_unavailable=not page.is_filtered,
            applied_order=page.applied_order,
            ranks=page.ranks,
        )

    async def GetChannel(
        self, request: epg_service_pb2.GetChannelRequest, rpc: Rpc
    ) -> epg_service_pb2.GetChannelResponse:
        """Returns a channel that the caller may see."""
        channel = self._lists.get(request.channel_id)
        if channel is None:
            raise errors.ChannelNotFound(request.channel_id)
        return epg_service_pb2.GetChannelResponse(channel=convert.shown_channel(channel))

    async def GetGuide(self, request: epg_service_pb2.GetGuideRequest, rpc: Rpc) -> Encoded:
        """Returns the encoded schedules of a page of channels."""
        start, end = _window(request)
        page = await self._lists.page(request, "guide", default=_SCHEDULES, most=_MAX_SCHEDULES)
        audience, token = callers.audience(request.display_language_code), page.next_page_token
        channel_ids = [channel.channel_id for channel in page.listed]
        # A page that ends early gets its token below, which belongs to the filter.
        filter_key = request.filter.SerializeToString(deterministic=True)
        key = ("guide", start, end, audience, token, page.is_filtered, page.applied_order, filter_key, *channel_ids)
        generation = self._guide.responses.generation
        if cached := self._guide.responses.get(key):
            return cached
        encoded = await self._guide.get_programmes(page.listed, start, end, audience)
        parts, size = [], 0
        for index, (channel, programmes) in enumerate(zip(page.listed, encoded, strict=True)):
            schedule = epg_pb2.ChannelSchedule(channel_id=channel.channel_id).SerializeToString() + programmes
            parts.append(guide_cache.encode_field(epg_service_pb2.GetGuideResponse.SCHEDULES_FIELD_NUMBER, schedule))
            size += len(schedule)
            if size >= _MAX_PAGE_BYTES and index < len(channel_ids) - 1:
                token = page.token_after(channel)
                break
        rest = epg_service_pb2.GetGuideResponse(
            next_page_token=token, entitlement_unavailable=not page.is_filtered, applied_order=page.applied_order
        )
        parts.append(rest.SerializeToString())
        return self._guide.responses.put(key, b"".join(parts), tags=channel_ids, generation=generation)

    async def ListOnNow(self, request: epg_service_pb2.ListOnNowRequest, rpc: Rpc) -> Encoded:
        """Returns what a page of channels shows now and next, encoded."""
        at = timestamps.optional_datetime(request, "at_time") or self._clock.now()
        page = await self._lists.page(request, "on now", default=_CHANNELS, most=_MAX_CHANNELS)
        audience, token = callers.audience(request.display_language_code), page.next_page_token
        channel_ids = [channel.channel_id for channel in page.listed]
        key = ("on now", audience, token, page.is_filtered, page.applied_order, *channel_ids)
        generation = self._guide.responses.generation
        if not request.HasField("at_time") and (cached := self._guide.responses.get(key)):
            return cached
        response = epg_service_pb2.ListOnNowResponse(
            next_page_token=token, entitlement_unavailable=not page.is_filtered, applied_order=page.applied_order
        )
        expire_time = at + _ON_NOW_LIFETIME
        entries = {channel.channel_id: response.channels.add(channel_id=channel.channel_id) for channel in page.listed}
        async with self._database.reading() as session:
            upcoming = await storage.programmes.list_now_and_next(session, list(entries), at)
        for channel_id, programme in upcoming:
            channel, entry = self._index.get(channel_id), entries[channel_id]
            if channel is None:
                continue
            message = convert.programme_message(programme, channel, *audience)
            if programme.scheduled.start_time <= at:
                entry.now.CopyFrom(message)
                expire_time = min(expire_time, programme.scheduled.end_time)
            elif not entry.HasField("next"):
                entry.next.CopyFrom(message)
                expire_time = min(expire_time, programme.scheduled.start_time)
        encoded = response.SerializeToString()
        if request.HasField("at_time"):
            return encoded
        return self._guide.responses.put(key, encoded, expire_time=expire_time, tags=channel_ids, generation=generation)

    async def GetProgramme(
        self, request: epg_service_pb2.GetProgrammeRequest, rpc: Rpc
    ) -> epg_service_pb2.GetProgrammeResponse:
        """Returns a programme that the caller may know of, with its channel."""
        async with self._database.reading() as session:
            found = await storage.programmes.get_programme(session, request.programme_id)
        channel = self._lists.get(found[0]) if found else None
        if found is None or channel is None:
            raise errors.ProgrammeNotFound(request.programme_id)
        message = convert.programme_message(found[1], channel, *callers.audience(request.display_language_code))
        if message.restricted:
            raise errors.ProgrammeNotFound(request.programme_id)
        return epg_service_pb2.GetProgrammeResponse(programme=message, channel=convert.shown_channel(channel))

    async def BatchGetProgrammes(
        self, request: epg_service_pb2.BatchGetProgrammesRequest, rpc: Rpc
    ) -> epg_service_pb2.BatchGetProgrammesResponse:
        """Returns those of some programmes that the caller may know of, with their channels."""
        async with self._database.reading() as session:
            found = await storage.programmes.get_programmes(session, request.programme_ids)
        audience = callers.audience(request.display_language_code)
        messages, shown = dict[str, epg_pb2.Programme](), dict[str, channels.Channel]()
        for channel_id, programme in found:
            if channel := self._lists.get(channel_id):
                message = convert.programme_message(programme, channel, *audience)
                if not message.restricted:
                    messages[programme.programme_id], shown[channel_id] = message, channel
        return epg_service_pb2.BatchGetProgrammesResponse(
            programmes=[messages[id_] for id_ in dict.fromkeys(request.programme_ids) if id_ in messages],
            channels=map(convert.shown_channel, shown.values()),
        )

    async def SearchGuide(
        self, request: epg_service_pb2.SearchGuideRequest, rpc: Rpc
    ) -> epg_service_pb2.SearchGuideResponse:
        """Returns the channels and a page of the programmes that a query finds."""
        listed, is_filtered = await self._lists.list_filtered(request.filter)
        response = await self._search.search(
            request, listed, self._index.list_all(), callers.audience(request.display_language_code)
        )
        response.entitlement_unavailable = not is_filtered
        return response

    async def WatchGuide(self, request: epg_service_pb2.WatchGuideRequest, rpc: Rpc) -> AsyncIterator[Encoded]:
        """Yields what changes in the guide, encoded."""
        window = None
        if request.HasField("start_time") or request.HasField("end_time"):
            window = _window(request)
        caller, audience = context.caller(), callers.audience(request.display_language_code)
        watcher = guide_watch.Watcher(caller.account_id, caller.profile_id, callers.viewer(), audience, window)
        async for response in self._watch.watch(watcher, request.version):
            yield response

    async def ExportGuide(
        self, request: epg_service_pb2.ExportGuideRequest, rpc: Rpc
    ) -> AsyncIterator[httpbody_pb2.HttpBody]:
        """Yields the parts of the guide as XMLTV."""
        now, audience = self._clock.now(), callers.audience(request.display_language_code)
        listed = self._index.list_visible(callers.viewer(), channels.Filter(), now)
        async for part in guide_exporter.write_xmltv(listed, self._guide, audience, now, request.base_url):
            yield httpbody_pb2.HttpBody(content_type="application/xml", data=part.encode())

    async def ExportChannels(
        self, request: epg_service_pb2.ExportChannelsRequest, rpc: Rpc
    ) -> AsyncIterator[httpbody_pb2.HttpBody]:
        """Yields the parts of the playlist of the channels."""
        listed = self._index.list_visible(callers.viewer(), channels.Filter(), self._clock.now())
        for part in guide_exporter.write_m3u(listed, request.stream_url, request.base_url):
            yield httpbody_pb2.HttpBody(content_type="audio/x-mpegurl", data=part.encode())


def _window(request: Any) -> tuple[datetime, datetime]:
    """Returns the window of a request. Raises GuideWindowInvalid."""
    start, end = timestamps.to_datetime(request.start_time), timestamps.to_datetime(request.end_time)
    if not timedelta(0) < end - start <= timedelta(days=_MAX_DAYS):
        raise errors.GuideWindowInvalid(_MAX_DAYS)
    return start, end
