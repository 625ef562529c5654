"""The encoders of channels, for operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import grpc
from marquee.packager.v1 import (
    channel_encoder_admin_service_pb2,
    channel_encoder_admin_service_pb2_grpc,
    channel_encoder_pb2,
)
from sqlalchemy import RowMapping

from services.kit import db, ids, paging, timestamps
from services.kit.clock import Clock
from services.packager import convert, errors, storage
from services.packager.domain import cells
from services.packager.handlers.source_admission import Admission

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

_PAGE_SIZE, _MAX_PAGE_SIZE = 50, 200


class ChannelEncoderAdmin(channel_encoder_admin_service_pb2_grpc.ChannelEncoderAdminServiceServicer):
    """Starts and stops encoders: it writes what is to run, and the replica that owns an encoder follows."""

    def __init__(self, database: db.Database, clock: Clock, admission: Admission) -> None:
        self._database = database
        self._clock = clock
        self._admission = admission

    async def StartChannelEncoder(
        self, request: channel_encoder_admin_service_pb2.StartChannelEncoderRequest, rpc: Rpc
    ) -> channel_encoder_admin_service_pb2.StartChannelEncoderResponse:
        """Enables the encoder of a channel."""
        if request.feed_uri:
            await self._admission.check_feed(request.feed_uri)
        for uri in request.playlist.source_uris:
            await self._admission.check(uri)
        settings = convert.encoder_settings(request)
        async with self._database.transaction(serialize_by=request.channel_id) as tx:
            await storage.channel_encoders.start_encoder(tx, request.channel_id, settings, self._clock.now())
        return channel_encoder_admin_service_pb2.StartChannelEncoderResponse(
            encoder=await self._encoder(request.channel_id)
        )

    async def StopChannelEncoder(
        self, request: channel_encoder_admin_service_pb2.StopChannelEncoderRequest, rpc: Rpc
    ) -> channel_encoder_admin_service_pb2.StopChannelEncoderResponse:
        """Disables the encoder of a channel."""
        async with self._database.transaction(serialize_by=request.channel_id) as tx:
            row = await storage.channel_encoders.stop_encoder(tx, request.channel_id, self._clock.now())
            if row is not None:
                await storage.encoder_runs.end_item(tx, request.channel_id, cells.start_of(row["end_cell"]))
        return channel_encoder_admin_service_pb2.StopChannelEncoderResponse(
            encoder=await self._encoder(request.channel_id)
        )

    async def RestartChannelEncoder(
        self, request: channel_encoder_admin_service_pb2.RestartChannelEncoderRequest, rpc: Rpc
    ) -> channel_encoder_admin_service_pb2.RestartChannelEncoderResponse:
        """Makes the encoder of a channel start again."""
        async with self._database.transaction(serialize_by=request.channel_id) as tx:
            await storage.channel_encoders.restart_encoder(tx, request.channel_id, self._clock.now())
        return channel_encoder_admin_service_pb2.RestartChannelEncoderResponse(
            encoder=await self._encoder(request.channel_id)
        )

    async def GetChannelEncoder(
        self, request: channel_encoder_admin_service_pb2.GetChannelEncoderRequest, rpc: Rpc
    ) -> channel_encoder_admin_service_pb2.GetChannelEncoderResponse:
        """Returns the encoder of a channel."""
        return channel_encoder_admin_service_pb2.GetChannelEncoderResponse(
            encoder=await self._encoder(request.channel_id)
        )

    async def ListChannelEncoders(
        self, request: channel_encoder_admin_service_pb2.ListChannelEncodersRequest, rpc: Rpc
    ) -> channel_encoder_admin_service_pb2.ListChannelEncodersResponse:
        """Returns a page of encoders, by the ids of their channels."""
        cursor = paging.cursor(request.page_token, of=["encoders"], kinds=(ids.parse,))
        size = paging.size(request.page_size, default=_PAGE_SIZE, most=_MAX_PAGE_SIZE)
        async with self._database.reading() as session:
            rows = await storage.channel_encoders.list_encoders(
                session, after=cursor[0] if cursor else None, limit=size + 1
            )
            encoders = await _messages(session, rows[:size])
        return channel_encoder_admin_service_pb2.ListChannelEncodersResponse(
            encoders=encoders,
            next_page_token=paging.token([rows[size - 1]["channel_id"]], of=["encoders"]) if len(rows) > size else "",
        )

    async def ListAsRunItems(
        self, request: channel_encoder_admin_service_pb2.ListAsRunItemsRequest, rpc: Rpc
    ) -> channel_encoder_admin_service_pb2.ListAsRunItemsResponse:
        """Returns a page of the as-run log of a channel, newest first."""
        before = timestamps.optional_datetime(request, "before_time")
        filters = ["as run", request.channel_id, str(before)]
        cursor = paging.cursor(request.page_token, of=filters, kinds=(timestamps.parse_instant,))
        size = paging.size(request.page_size, default=_PAGE_SIZE, most=_MAX_PAGE_SIZE)
        async with self._database.reading() as session:
            if await storage.channel_encoders.get_encoder(session, request.channel_id) is None:
                raise errors.EncoderNotFound(request.channel_id)
            rows = await storage.encoder_runs.list_items(
                session, request.channel_id, before=cursor[0] if cursor else before, limit=size + 1
            )
        last = rows[size - 1]["start_time"].isoformat() if len(rows) > size else None
        return channel_encoder_admin_service_pb2.ListAsRunItemsResponse(
            items=map(convert.as_run_item_message, rows[:size]),
            next_page_token=paging.token([last], of=filters) if last else "",
        )

    async def _encoder(self, channel_id: str) -> channel_encoder_pb2.ChannelEncoder:
        async with self._database.reading() as session:
            row = await storage.channel_encoders.get_encoder(session, channel_id)
            if row is None:
                raise errors.EncoderNotFound(channel_id)
            return (await _messages(session, [row]))[0]


async def _messages(session: db.ReadSession, rows: Sequence[RowMapping]) -> list[channel_encoder_pb2.ChannelEncoder]:
    current = await storage.encoder_runs.list_current_items(session, [row["channel_id"] for row in rows])
    return [convert.encoder_message(row, current.get(row["channel_id"])) for row in rows]
