"""What playback needs of media."""

from __future__ import annotations

from typing import Any, TypeAlias

import grpc
from marquee.packager.v1 import packager_internal_pb2, packager_internal_pb2_grpc

from services.kit import db, paging, watchable_subjects
from services.packager import convert, errors, storage

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

_KEYS_PAGE_SIZE, _MAX_KEYS_PAGE_SIZE = 50, 100
_RUNS_PAGE_SIZE, _MAX_RUNS_PAGE_SIZE = 50, 200


class PackagerInternal(packager_internal_pb2_grpc.PackagerInternalServiceServicer):
    """Gives other services the data for playback."""

    def __init__(self, database: db.Database) -> None:
        self._database = database

    async def GetPlayableAsset(
        self, request: packager_internal_pb2.GetPlayableAssetRequest, rpc: Rpc
    ) -> packager_internal_pb2.GetPlayableAssetResponse:
        """Returns the newest ready asset of a subject that a device decrypts."""
        async with self._database.reading() as session:
            schemes = [convert.SCHEMES[scheme].value for scheme in request.encryption_schemes]
            row = await storage.assets.get_playable_asset(session, watchable_subjects.key(request.subject), schemes)
        if row is None:
            raise errors.NothingPlayable(request.subject)
        return packager_internal_pb2.GetPlayableAssetResponse(asset=convert.asset_message(row))

    async def ListContentKeys(
        self, request: packager_internal_pb2.ListContentKeysRequest, rpc: Rpc
    ) -> packager_internal_pb2.ListContentKeysResponse:
        """Returns a page of the content keys of an asset or of an encoder run."""
        filters = ["keys", request.asset_id]
        cursor = paging.cursor(request.page_token, of=filters, kinds=(bytes.fromhex,))
        size = paging.size(request.page_size, default=_KEYS_PAGE_SIZE, most=_MAX_KEYS_PAGE_SIZE)
        async with self._database.reading() as session:
            after = cursor[0] if cursor else b""
            if await storage.assets.get_asset(session, request.asset_id) is not None:
                keys = await storage.assets.list_keys(session, request.asset_id, after=after, limit=size + 1)
            elif (run := await storage.encoder_runs.get_run(session, request.asset_id)) is not None:
                keys = await storage.encoder_runs.list_run_keys(session, run, after=after, limit=size + 1)
            else:
                raise errors.AssetNotFound(request.asset_id)
        last_id = keys[size - 1].key_id.hex() if len(keys) > size else None
        return packager_internal_pb2.ListContentKeysResponse(
            keys=[packager_internal_pb2.ContentKey(key_id=each.key_id, key=each.key) for each in keys[:size]],
            next_page_token=paging.token([last_id], of=filters) if last_id else "",
        )

    async def ListEncoderRuns(
        self, request: packager_internal_pb2.ListEncoderRunsRequest, rpc: Rpc
    ) -> packager_internal_pb2.ListEncoderRunsResponse:
        """Returns a page of the runs of an encoder."""
        filters = ["runs", request.channel_id, request.first_cell, request.end_cell]
        cursor = paging.cursor(request.page_token, of=filters, kinds=(paging.non_negative_int,))
        size = paging.size(request.page_size, default=_RUNS_PAGE_SIZE, most=_MAX_RUNS_PAGE_SIZE)
        cells = {"first_cell": cursor[0] if cursor else request.first_cell, "end_cell": request.end_cell}
        async with self._database.reading() as session:
            rows = await storage.encoder_runs.list_runs(session, request.channel_id, **cells, limit=size + 1)
            periods = await storage.encoder_runs.list_key_periods(session, request.channel_id, **cells) if rows else ()
        last_cell = rows[size - 1]["end_cell"] if len(rows) > size else None
        return packager_internal_pb2.ListEncoderRunsResponse(
            runs=[convert.run_message(row, periods, **cells) for row in rows[:size]],
            next_page_token=paging.token([last_cell], of=filters) if last_cell else "",
        )
