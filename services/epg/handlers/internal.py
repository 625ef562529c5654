"""The servicer for other services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, TypeAlias

import grpc
from marquee.epg.v1 import epg_internal_pb2, epg_internal_pb2_grpc

from services.epg import convert, errors, storage
from services.kit import db, timestamps

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

_BATCH = 500
_MAX_DAYS = 32


class EpgInternal(epg_internal_pb2_grpc.EpgInternalServiceServicer):
    """Serves other services.

    Args:
        database: the database of epg.
    """

    def __init__(self, database: db.Database) -> None:
        self._database = database

    async def StreamChannelFacts(
        self, request: epg_internal_pb2.StreamChannelFactsRequest, rpc: Rpc
    ) -> AsyncIterator[epg_internal_pb2.StreamChannelFactsResponse]:
        """Streams the facts of all channels.

        They are read from the database: the channels in memory may be older than the event that makes another service
        ask.
        """
        async with self._database.reading() as session:
            channels = await storage.channels.list_channels(session)
        for start in range(0, len(channels), _BATCH):
            batch = channels[start : start + _BATCH]
            yield epg_internal_pb2.StreamChannelFactsResponse(facts=map(convert.channel_facts, batch))

    async def ResolveProgrammes(
        self, request: epg_internal_pb2.ResolveProgrammesRequest, rpc: Rpc
    ) -> epg_internal_pb2.ResolveProgrammesResponse:
        """Returns the facts of programmes."""
        async with self._database.reading() as session:
            found = await storage.programmes.get_programmes(session, request.programme_ids)
        return epg_internal_pb2.ResolveProgrammesResponse(
            programmes=[convert.programme_facts(channel_id, programme) for channel_id, programme in found]
        )

    async def GetSchedule(
        self, request: epg_internal_pb2.GetScheduleRequest, rpc: Rpc
    ) -> epg_internal_pb2.GetScheduleResponse:
        """Returns a channel with its schedule, whoever may see it; both from the database, as facts are."""
        start, end = timestamps.to_datetime(request.start_time), timestamps.to_datetime(request.end_time)
        if not timedelta(0) < end - start <= timedelta(days=_MAX_DAYS):
            raise errors.GuideWindowInvalid(_MAX_DAYS)
        async with self._database.reading() as session:
            channel = await storage.channels.get_channel(session, request.channel_id)
            found = await storage.programmes.list_programmes(session, [request.channel_id], start, end)
        if channel is None:
            raise errors.ChannelNotFound(request.channel_id)
        return epg_internal_pb2.GetScheduleResponse(
            channel=convert.channel_message(channel), items=[convert.schedule_item(each) for _, each in found]
        )
