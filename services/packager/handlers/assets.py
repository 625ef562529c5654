"""The packaging of assets, for operators."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import grpc
from marquee.packager.v1 import (
    packager_admin_service_pb2,
    packager_admin_service_pb2_grpc,
    packager_pb2,
)

from services.kit import db, ids, jobs, paging, watchable_subjects
from services.kit import errors as kit_errors
from services.kit.clock import Clock
from services.packager import convert, errors, storage
from services.packager.handlers.source_admission import Admission
from services.packager.tools import shaka

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

#: The kind of a packaging job; its payload is the asset id.
JOB = "asset"

#: What an asset can play, by the kinds of subjects: of a channel its filler.
_PLAYABLE = ("title_id", "episode_id", "channel_id")
_PAGE_SIZE, _MAX_PAGE_SIZE = 50, 200
_WATCH_SECONDS = 0.4


class PackagerAdmin(packager_admin_service_pb2_grpc.PackagerAdminServiceServicer):
    """Implements the packaging calls of operators."""

    def __init__(self, database: db.Database, clock: Clock, admission: Admission) -> None:
        self._database = database
        self._clock = clock
        self._admission = admission

    async def CreateAsset(
        self, request: packager_admin_service_pb2.CreateAssetRequest, rpc: Rpc
    ) -> packager_admin_service_pb2.CreateAssetResponse:
        """Creates an asset and queues its job; a repeated request id returns the existing asset."""
        watchable_subjects.require(request.subject, *_PLAYABLE)
        for uri in (request.source_uri, *(captions.source_uri for captions in request.captions)):
            await self._admission.check(uri)
        asset_id = ids.new()
        async with self._database.transaction(serialize_by=request.request_id) as tx:
            row = await storage.assets.add_asset(tx, convert.new_asset(asset_id, request, self._clock.now()))
            if row is None:
                row = await storage.assets.get_asset_of_request(tx, request.request_id)
                if row["request_digest"] != convert.request_digest(request):
                    raise kit_errors.RequestIdReused
            else:
                await storage.assets.add_key(tx, asset_id, shaka.new_key())
                await jobs.enqueue(tx, JOB, asset_id.encode(), priority=request.priority)
        return packager_admin_service_pb2.CreateAssetResponse(asset=convert.asset_message(row))

    async def GetAsset(
        self, request: packager_admin_service_pb2.GetAssetRequest, rpc: Rpc
    ) -> packager_admin_service_pb2.GetAssetResponse:
        """Returns one asset."""
        return packager_admin_service_pb2.GetAssetResponse(asset=await self._asset(request.asset_id))

    async def ListAssets(
        self, request: packager_admin_service_pb2.ListAssetsRequest, rpc: Rpc
    ) -> packager_admin_service_pb2.ListAssetsResponse:
        """Returns a page of assets, newest first."""
        subject = watchable_subjects.key(request.subject)
        filters = ["assets", request.state, *subject]
        cursor = paging.cursor(request.page_token, of=filters, kinds=(ids.parse,))
        size = paging.size(request.page_size, default=_PAGE_SIZE, most=_MAX_PAGE_SIZE)
        async with self._database.reading() as session:
            rows = await storage.assets.list_assets(
                session,
                state=convert.STATES.get(request.state),
                subject=subject if subject[0] else None,
                before=cursor[0] if cursor else None,
                limit=size + 1,
            )
        last_id = rows[size - 1]["asset_id"] if len(rows) > size else None
        return packager_admin_service_pb2.ListAssetsResponse(
            assets=map(convert.asset_message, rows[:size]),
            next_page_token=paging.token([last_id], of=filters) if last_id else "",
        )

    async def WatchAsset(
        self, request: packager_admin_service_pb2.WatchAssetRequest, rpc: Rpc
    ) -> AsyncIterator[packager_admin_service_pb2.WatchAssetResponse]:
        """Streams the asset with each change until its job ends, whichever replica runs it."""
        sent = None
        while True:
            asset = await self._asset(request.asset_id)
            if asset != sent:
                yield packager_admin_service_pb2.WatchAssetResponse(asset=asset)
                sent = asset
            if asset.HasField("end_time"):
                return
            await asyncio.sleep(_WATCH_SECONDS)

    async def CancelAsset(
        self, request: packager_admin_service_pb2.CancelAssetRequest, rpc: Rpc
    ) -> packager_admin_service_pb2.CancelAssetResponse:
        """Cancels an open asset; the worker that runs its job notices and removes the files."""
        async with self._database.transaction(serialize_by=request.asset_id) as tx:
            if await storage.assets.end_asset(tx, request.asset_id, "canceled", self._clock.now()) is not None:
                await storage.assets.delete_keys_and_steps(tx, request.asset_id)
        return packager_admin_service_pb2.CancelAssetResponse(asset=await self._asset(request.asset_id))

    async def _asset(self, asset_id: str) -> packager_pb2.MediaAsset:
        async with self._database.reading() as session:
            row = await storage.assets.get_asset(session, asset_id)
        if row is None:
            raise errors.AssetNotFound(asset_id)
        return convert.asset_message(row)
