"""The servicer for viewers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, TypeAlias

import grpc
from google.api import httpbody_pb2
from marquee.epg.v1 import epg_pb2, epg_service_pb2, epg_service_pb2_grpc

from services.epg import convert, errors, storage
from services.epg.domain import channels
from services.epg.exports import guide_exporter
from services.epg.guide import channel_index, guide_cache, search_service
from services.epg.handlers import callers, search
from services.kit import context, db, entitled_channels, ids, paging, timestamps
from services.kit.clock import Clock

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
#: The guide is put together from encoded parts, and the server sends bytes as they are.
Encoded: TypeAlias = Any

_CHANNELS, _MAX_CHANNELS = 100, 500
_SCHEDULES, _MAX_SCHEDULES = 50, 200
_MAX_DAYS = 15
_ALL_CHANNELS = entitled_channels.Entitled(None)
#: A page of schedules ends with the channel that reaches this size.
_MAX_PAGE_BYTES = 2 * 1024 * 1024
#: How long a response of what is on now is kept at most, for channels whose schedule is empty.
_ON_NOW_LIFETIME = timedelta(hours=1)
#: The bit of a byte of a varint that says that another byte follows.
_CONTINUED = 0x80


class Epg(epg_service_pb2_grpc.EpgServiceServicer):
    """Serves viewers.

    Args:
        database: the database of epg.
        index: the channels in memory.
        guide: the encoded programmes.
        entitled: the channels of accounts.
        searcher: finds channels and programmes by words.
        clock: the clock.
    """

    def __init__(
        self,
        database: db.Database,
        index: channel_index.ChannelIndex,
        guide: guide_cache.GuideCache,
        entitled: entitled_channels.EntitledChannels,
        searcher: search_service.SearchService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._index = index
        self._guide = guide
        self._entitled = entitled
        self._search = search.GuideSearch(searcher)
        self._clock = clock

    async def ListChannels(
        self, request: epg_service_pb2.ListChannelsRequest, rpc: Rpc
    ) -> epg_service_pb2.ListChannelsResponse:
        """Returns a page of the channels that the caller may see."""
        listed, is_filtered = await self._list(request.filter)
        page, token = _page(listed, request, "channels", _CHANNELS, _MAX_CHANNELS)
        return epg_service_pb2.ListChannelsResponse(
            channels=map(convert.channel_message, page),
            next_page_token=token,
            total_count=len(listed),
            entitlement_unavailable=not is_filtered,
        )

    async def GetChannel(
        self, request: epg_service_pb2.GetChannelRequest, rpc: Rpc
    ) -> epg_service_pb2.GetChannelResponse:
        """Returns a channel that the caller may see."""
        channel = self._get(request.channel_id)
        if channel is None:
            raise errors.ChannelNotFound(request.channel_id)
        return epg_service_pb2.GetChannelResponse(channel=convert.channel_message(channel))

    async def GetGuide(self, request: epg_service_pb2.GetGuideRequest, rpc: Rpc) -> Encoded:
        """Returns the encoded schedules of a page of channels."""
        start, end = timestamps.to_datetime(request.start_time), timestamps.to_datetime(request.end_time)
        if not timedelta(0) < end - start <= timedelta(days=_MAX_DAYS):
            raise errors.GuideWindowInvalid(_MAX_DAYS)
        listed, is_filtered = await self._list(request.filter)
        page, token = _page(listed, request, "guide", _SCHEDULES, _MAX_SCHEDULES)
        audience, channel_ids = (
            callers.audience(request.display_language_code),
            [channel.channel_id for channel in page],
        )
        # A page that ends early gets its token below, which belongs to the filter.
        filter_key = request.filter.SerializeToString(deterministic=True)
        key = ("guide", start, end, audience, token, is_filtered, filter_key, *channel_ids)
        generation = self._guide.responses.generation
        if cached := self._guide.responses.get(key):
            return cached
        encoded = await self._guide.get_programmes(page, start, end, audience)
        parts, size = [], 0
        for index, (channel, programmes) in enumerate(zip(page, encoded, strict=True)):
            schedule = epg_pb2.ChannelSchedule(channel_id=channel.channel_id).SerializeToString() + programmes
            parts.append(_field(epg_service_pb2.GetGuideResponse.SCHEDULES_FIELD_NUMBER, schedule))
            size += len(schedule)
            if size >= _MAX_PAGE_BYTES and index < len(page) - 1:
                token = _token(channel, request, "guide")
                break
        rest = epg_service_pb2.GetGuideResponse(next_page_token=token, entitlement_unavailable=not is_filtered)
        parts.append(rest.SerializeToString())
        return self._guide.responses.put(key, b"".join(parts), tags=channel_ids, generation=generation)

    async def ListOnNow(self, request: epg_service_pb2.ListOnNowRequest, rpc: Rpc) -> Encoded:
        """Returns what a page of channels shows now and next, encoded."""
        at = timestamps.optional_datetime(request, "at_time") or self._clock.now()
        listed, is_filtered = await self._list(request.filter)
        page, token = _page(listed, request, "on now", _CHANNELS, _MAX_CHANNELS)
        audience, channel_ids = (
            callers.audience(request.display_language_code),
            [channel.channel_id for channel in page],
        )
        key = ("on now", audience, token, is_filtered, *channel_ids)
        generation = self._guide.responses.generation
        if not request.HasField("at_time") and (cached := self._guide.responses.get(key)):
            return cached
        response = epg_service_pb2.ListOnNowResponse(next_page_token=token, entitlement_unavailable=not is_filtered)
        expire_time = at + _ON_NOW_LIFETIME
        entries = {channel.channel_id: response.channels.add(channel_id=channel.channel_id) for channel in page}
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
        channel = self._get(found[0]) if found else None
        if found is None or channel is None:
            raise errors.ProgrammeNotFound(request.programme_id)
        message = convert.programme_message(found[1], channel, *callers.audience(request.display_language_code))
        if message.restricted:
            raise errors.ProgrammeNotFound(request.programme_id)
        return epg_service_pb2.GetProgrammeResponse(programme=message, channel=convert.channel_message(channel))

    async def BatchGetProgrammes(
        self, request: epg_service_pb2.BatchGetProgrammesRequest, rpc: Rpc
    ) -> epg_service_pb2.BatchGetProgrammesResponse:
        """Returns those of some programmes that the caller may know of, with their channels."""
        async with self._database.reading() as session:
            found = await storage.programmes.get_programmes(session, request.programme_ids)
        audience = callers.audience(request.display_language_code)
        messages, shown = dict[str, epg_pb2.Programme](), dict[str, channels.Channel]()
        for channel_id, programme in found:
            if channel := self._get(channel_id):
                message = convert.programme_message(programme, channel, *audience)
                if not message.restricted:
                    messages[programme.programme_id], shown[channel_id] = message, channel
        return epg_service_pb2.BatchGetProgrammesResponse(
            programmes=[messages[id_] for id_ in dict.fromkeys(request.programme_ids) if id_ in messages],
            channels=map(convert.channel_message, shown.values()),
        )

    async def SearchGuide(
        self, request: epg_service_pb2.SearchGuideRequest, rpc: Rpc
    ) -> epg_service_pb2.SearchGuideResponse:
        """Returns the channels and a page of the programmes that a query finds."""
        listed, is_filtered = await self._list(request.filter)
        response = await self._search.search(request, listed, callers.audience(request.display_language_code))
        response.entitlement_unavailable = not is_filtered
        return response

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

    async def _list(self, message: epg_service_pb2.ChannelFilter) -> tuple[Sequence[channels.Channel], bool]:
        """Returns the channels of a filter that the caller may see, and whether `entitled_only` could be applied."""
        entitled = _ALL_CHANNELS
        if message.entitled_only:
            entitled = await self._entitled.get(context.caller().account_id)
        included = convert.channel_filter(message, entitled.channel_ids)
        return self._index.list_visible(callers.viewer(), included, self._clock.now()), entitled.is_known

    def _get(self, channel_id: str) -> channels.Channel | None:
        return self._index.get_visible(channel_id, callers.viewer(), self._clock.now())


def _page(
    listed: Sequence[channels.Channel], request: Any, name: str, default: int, most: int
) -> tuple[Sequence[channels.Channel], str]:
    """Returns the channels of the page that a request names, and the token of the next page."""
    kinds = (paging.non_negative_int, str, ids.parse)
    cursor = paging.cursor(request.page_token, of=_fingerprint(request, name), kinds=kinds)
    rest = [channel for channel in listed if channel.order > tuple(cursor)] if cursor else listed
    page = rest[: paging.size(request.page_size, default=default, most=most)]
    return page, _token(page[-1], request, name) if len(page) < len(rest) else ""


def _token(last: channels.Channel, request: Any, name: str) -> str:
    return paging.token(last.order, of=_fingerprint(request, name))


def _fingerprint(request: Any, name: str) -> list[str]:
    return [name, request.filter.SerializeToString(deterministic=True).hex()]


def _field(number: int, value: bytes) -> bytes:
    """Returns a field of a message that holds a message, encoded: its tag, its length as a varint, and the value."""
    rest, encoded = len(value), bytearray([number << 3 | 2])
    while rest >= _CONTINUED:
        encoded.append(rest % _CONTINUED | _CONTINUED)
        rest //= _CONTINUED
    encoded.append(rest)
    return bytes(encoded) + value
