"""A packager with its real PostgreSQL, Redis, server, jobs and tools."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grpc import aio
from marquee.event.v1 import event_internal_pb2
from marquee.packager.v1 import (
    channel_encoder_admin_service_pb2_grpc,
    packager_admin_service_pb2,
    packager_admin_service_pb2_grpc,
    packager_internal_pb2_grpc,
    packager_pb2,
)
from redis import asyncio as redis_async
from sqlalchemy import select

from services.kit import db, events, ids, jobs, testing, watchable_subjects
from services.kit import redis as kit_redis
from services.packager import config, handlers, worker

EDITOR = testing.bearing(testing.a_token(roles=("viewer", "editor")))
VIEWER = testing.bearing(testing.a_token())
SERVICE = testing.as_service("playback")


@dataclass
class Packager:
    """A packager whose jobs run only within `working`."""

    database: db.Database
    redis: redis_async.Redis
    job_runner: worker.JobRunner
    workers: jobs.Worker
    channel: aio.Channel
    admin: Any
    encoders: Any
    internal: Any
    store: Path
    sources: Path
    url: str

    async def create(self, source_uri: str, **fields: Any) -> packager_pb2.MediaAsset:
        """Creates an asset, of a new title if none is given."""
        fields.setdefault("subject", watchable_subjects.title(ids.new()))
        fields.setdefault("request_id", ids.new())
        fields.setdefault("profile", packager_pb2.PACKAGING_PROFILE_FULL)
        fields.setdefault("encryption_scheme", packager_pb2.ENCRYPTION_SCHEME_CBCS)
        request = packager_admin_service_pb2.CreateAssetRequest(source_uri=source_uri, **fields)
        response: packager_admin_service_pb2.CreateAssetResponse = await self.admin.CreateAsset(
            request, metadata=EDITOR
        )
        return response.asset

    async def get(self, asset_id: str) -> packager_pb2.MediaAsset:
        """Returns an asset."""
        request = packager_admin_service_pb2.GetAssetRequest(asset_id=asset_id)
        response: packager_admin_service_pb2.GetAssetResponse = await self.admin.GetAsset(request, metadata=EDITOR)
        return response.asset

    async def watch(self, asset_id: str) -> list[packager_pb2.MediaAsset]:
        """Returns all states of an asset until its end."""
        return [asset async for asset in self.changes(asset_id)]

    async def changes(self, asset_id: str) -> AsyncIterator[packager_pb2.MediaAsset]:
        """Yields an asset with each change until its end."""
        request = packager_admin_service_pb2.WatchAssetRequest(asset_id=asset_id)
        async for response in self.admin.WatchAsset(request, metadata=EDITOR):
            yield response.asset

    @contextlib.contextmanager
    def after_each_step(self, after: Callable[[str], Awaitable[None]]) -> Iterator[None]:
        """Awaits `after` with each step that a job reports, before the job continues."""
        report = self.job_runner._report_progress

        async def report_and_wait(asset_id: str, step: str, progress: float) -> None:
            await report(asset_id, step, progress)
            await after(step)

        self.job_runner._report_progress = report_and_wait
        try:
            yield
        finally:
            self.job_runner._report_progress = report

    @contextlib.asynccontextmanager
    async def blocked_at(self, step: str) -> AsyncIterator[None]:
        """Waits until a job reports a step, and blocks the job until the end of the block."""
        reached, released = asyncio.Event(), asyncio.Event()

        async def block_job(reported: str) -> None:
            if reported == step:
                reached.set()
                await released.wait()

        with self.after_each_step(block_job):
            async with asyncio.timeout(testing.PATIENCE):
                await reached.wait()
            try:
                yield
            finally:
                released.set()

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Runs jobs until the end of the block."""
        task = asyncio.create_task(self.workers.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def list_events(self) -> list[event_internal_pb2.Event]:
        """Returns the events in the outbox."""
        async with self.database.reading() as session:
            rows = await session.execute(select(events._outbox.c.event))
        return [event_internal_pb2.Event.FromString(row.event) for row in rows]

    def list_remaining_files(self, asset_id: str) -> list[Path]:
        """Returns the files of an asset in the media store."""
        return [path for path in self.store.rglob("*") if asset_id in str(path)]


@contextlib.asynccontextmanager
async def open_harness(url: str, redis_url: str, folder: Path) -> AsyncIterator[Packager]:
    """Yields a packager on a migrated database, with a media store and a sources directory below `folder`."""
    store, sources = folder / "media", folder / "sources"
    store.mkdir()
    sources.mkdir()
    time = testing.a_clock()
    database = db.Database(url, "packager")
    redis = kit_redis.connect(redis_url)
    outbox = events.Outbox("packager", database, redis, time)
    job_runner = worker.JobRunner(database, outbox, time, store, sources, demo_allowed=True, full_store_pause=0.1)
    workers = jobs.Worker(url, "packager", {handlers.JOB: job_runner.run}, concurrency=2)
    admission = handlers.Admission(sources, demo_allowed=True, feed_schemes=config.FEED_SCHEMES)
    admin = handlers.PackagerAdmin(database, time, admission)
    async with contextlib.AsyncExitStack() as stack:
        for close in (database.close, redis.aclose):
            stack.push_async_callback(close)
        channel = await stack.enter_async_context(
            testing.channel_to(
                (packager_admin_service_pb2_grpc.add_PackagerAdminServiceServicer_to_server, admin),
                (
                    channel_encoder_admin_service_pb2_grpc.add_ChannelEncoderAdminServiceServicer_to_server,
                    handlers.ChannelEncoderAdmin(database, time, admission),
                ),
                (
                    packager_internal_pb2_grpc.add_PackagerInternalServiceServicer_to_server,
                    handlers.PackagerInternal(database),
                ),
            )
        )
        yield Packager(
            database,
            redis,
            job_runner,
            workers,
            channel,
            packager_admin_service_pb2_grpc.PackagerAdminServiceStub(channel),
            channel_encoder_admin_service_pb2_grpc.ChannelEncoderAdminServiceStub(channel),
            packager_internal_pb2_grpc.PackagerInternalServiceStub(channel),
            store,
            sources,
            url,
        )
