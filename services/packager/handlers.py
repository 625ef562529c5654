"""The servicers of packager."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import grpc
from marquee.packager.v1 import packager_pb2, packager_pb2_grpc

from services.kit import db, ids, jobs, paging
from services.kit.clock import Clock
from services.packager import convert, errors, shaka, storage
from services.packager.domain import sources

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

#: The kind of a packaging job; its payload is the package id.
JOB = "package"

_PAGE_SIZE, _LARGEST_PAGE = 50, 200
_KEYS_SIZE, _LARGEST_KEYS = 50, 100
_WATCH_SECONDS = 0.4


@dataclass(frozen=True)
class Admission:
    """Checks source URIs: files below `directory`, and demo sources if `demo_allowed`."""

    directory: Path
    demo_allowed: bool

    async def check(self, uri: str) -> None:
        """Checks that a source is allowed and exists. Raises SourceNotAllowed or SourceNotFound."""
        try:
            found = sources.resolve_uri(uri, self.directory, demo_allowed=self.demo_allowed)
        except sources.SourceRefused as refused:
            raise errors.SourceNotAllowed(str(refused), uri) from None
        if isinstance(found, sources.FileSource) and not await asyncio.to_thread(sources.is_file, found.path):
            raise errors.SourceNotFound(uri)


class PackagerAdmin(packager_pb2_grpc.PackagerAdminServiceServicer):
    """Implements the packaging calls of operators."""

    def __init__(self, database: db.Database, clock: Clock, admission: Admission) -> None:
        self._database = database
        self._clock = clock
        self._admission = admission

    async def CreatePackage(
        self, request: packager_pb2.CreatePackageRequest, rpc: Rpc
    ) -> packager_pb2.CreatePackageResponse:
        """Creates a package and queues its job; a repeated request id returns the existing package."""
        for uri in (request.source_uri, *(captions.source_uri for captions in request.captions)):
            await self._admission.check(uri)
        package_id = ids.new()
        async with self._database.transaction() as tx:
            row = await storage.add_package(tx, convert.new_package(package_id, request, self._clock.now()))
            if row is None:
                row = await storage.get_package_of_request(tx, request.request_id)
            else:
                await storage.add_key(tx, package_id, shaka.new_key())
                await jobs.enqueue(tx, JOB, package_id.encode(), priority=request.priority)
        return packager_pb2.CreatePackageResponse(package=convert.package_message(row))

    async def GetPackage(self, request: packager_pb2.GetPackageRequest, rpc: Rpc) -> packager_pb2.GetPackageResponse:
        """Returns one package."""
        return packager_pb2.GetPackageResponse(package=await self._package(request.package_id))

    async def ListPackages(
        self, request: packager_pb2.ListPackagesRequest, rpc: Rpc
    ) -> packager_pb2.ListPackagesResponse:
        """Returns a page of packages, newest first."""
        filters = ["packages", request.state, request.title_id]
        cursor = paging.cursor(request.page_token, of=filters, kinds=(ids.parse,))
        size = paging.size(request.page_size, default=_PAGE_SIZE, most=_LARGEST_PAGE)
        async with self._database.reading() as session:
            rows = await storage.list_packages(
                session,
                state=convert.STATES.get(request.state),
                title_id=request.title_id or None,
                before=cursor[0] if cursor else None,
                limit=size + 1,
            )
        following = rows[size - 1]["package_id"] if len(rows) > size else None
        return packager_pb2.ListPackagesResponse(
            packages=map(convert.package_message, rows[:size]),
            next_page_token=paging.token([following], of=filters) if following else "",
        )

    async def WatchPackage(
        self, request: packager_pb2.WatchPackageRequest, rpc: Rpc
    ) -> AsyncIterator[packager_pb2.WatchPackageResponse]:
        """Streams the package with each change until its job ends, whichever replica runs it."""
        told = None
        while True:
            package = await self._package(request.package_id)
            if package != told:
                yield packager_pb2.WatchPackageResponse(package=package)
                told = package
            if package.HasField("end_time"):
                return
            await asyncio.sleep(_WATCH_SECONDS)

    async def CancelPackage(
        self, request: packager_pb2.CancelPackageRequest, rpc: Rpc
    ) -> packager_pb2.CancelPackageResponse:
        """Cancels an open package; the worker that runs its job notices and removes the files."""
        async with self._database.transaction() as tx:
            if await storage.end_package(tx, request.package_id, "cancelled", self._clock.now()) is not None:
                await storage.delete_keys_and_steps(tx, request.package_id)
        return packager_pb2.CancelPackageResponse(package=await self._package(request.package_id))

    async def _package(self, package_id: str) -> packager_pb2.MediaPackage:
        async with self._database.reading() as session:
            row = await storage.get_package(session, package_id)
        if row is None:
            raise errors.PackageNotFound(package_id)
        return convert.package_message(row)


class PackagerInternal(packager_pb2_grpc.PackagerInternalServiceServicer):
    """Gives other services the data for playback."""

    def __init__(self, database: db.Database) -> None:
        self._database = database

    async def GetPlayablePackage(
        self, request: packager_pb2.GetPlayablePackageRequest, rpc: Rpc
    ) -> packager_pb2.GetPlayablePackageResponse:
        """Returns the newest ready package of a title or an episode."""
        async with self._database.reading() as session:
            row = await storage.get_playable_package(session, request.title_id, request.episode_id or None)
        if row is None:
            raise errors.NothingPlayable(request.title_id, request.episode_id)
        return packager_pb2.GetPlayablePackageResponse(package=convert.package_message(row))

    async def ListContentKeys(
        self, request: packager_pb2.ListContentKeysRequest, rpc: Rpc
    ) -> packager_pb2.ListContentKeysResponse:
        """Returns a page of a package's content keys."""
        filters = ["keys", request.package_id]
        cursor = paging.cursor(request.page_token, of=filters, kinds=(bytes.fromhex,))
        size = paging.size(request.page_size, default=_KEYS_SIZE, most=_LARGEST_KEYS)
        async with self._database.reading() as session:
            if await storage.get_package(session, request.package_id) is None:
                raise errors.PackageNotFound(request.package_id)
            after = cursor[0] if cursor else b""
            keys = await storage.list_keys(session, request.package_id, after=after, limit=size + 1)
        following = keys[size - 1].key_id.hex() if len(keys) > size else None
        return packager_pb2.ListContentKeysResponse(
            keys=[packager_pb2.ContentKey(key_id=each.key_id, key=each.key) for each in keys[:size]],
            next_page_token=paging.token([following], of=filters) if following else "",
        )
