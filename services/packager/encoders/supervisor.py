"""Runs the encoders that this replica owns, and starts them again when they fail."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import RowMapping

from services.kit import db, errors, ids, logs, periodic_task
from services.kit.clock import Clock
from services.packager import storage
from services.packager.domain import cells, media, playlist_position, source_uris
from services.packager.encoders import channel_run, run_recorder, segment_store, source_locator
from services.packager.tools import store_capacity

_PERIOD_SECONDS = 1.0
_LEASE = timedelta(seconds=15)
#: How many encoders a replica takes at once, so that replicas share them.
_CLAIMED_AT_ONCE = 2
#: After so many cells, a failure is the first in a row.
_STEADY_CELLS = 15
#: How long it takes until the first picture is encoded.
_STARTING_SECONDS = 1.0
#: The clock may be this many seconds behind the last cell of a channel, such as after a small correction.
_EARLY_SECONDS = 60.0

_log = logs.logger()


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long an encoder pauses, in seconds."""

    #: After a failure: the first pause, doubled with each failure in a row up to the longest.
    first: float = 0.5
    longest: float = 10.0
    #: Between two looks at a full store, or at a clock that was set back.
    waiting: float = 5.0


_LIMITS, _PAUSES = channel_run.Limits(), Pauses()


@dataclass(slots=True)
class _Running:
    generation: int
    task: asyncio.Task[None] = field(repr=False)


class EncoderSupervisor:
    """Runs encoders. Each has one owner among the replicas; one whose owner is gone is taken over.

    Args:
        database: the database of packager.
        clock: the clock by which cells are counted.
        shared_clock: the clock by which replicas judge each other's leases.
        segments: the files of encoders.
        locator: finds the files of sources.
        feed_schemes: the schemes of feeds that may be read.
        key_minutes: how long a content key is used.
        limits: when a run counts as failed.
        pauses: how long encoders pause.
    """

    def __init__(
        self,
        database: db.Database,
        clock: Clock,
        shared_clock: db.SharedClock,
        segments: segment_store.SegmentStore,
        locator: source_locator.SourceLocator,
        *,
        feed_schemes: tuple[str, ...],
        key_minutes: float,
        limits: channel_run.Limits = _LIMITS,
        pauses: Pauses = _PAUSES,
    ) -> None:
        self._database = database
        self._clock = clock
        self._shared_clock = shared_clock
        self._segments = segments
        self._locator = locator
        self._feed_schemes = feed_schemes
        self._key_minutes = key_minutes
        self._limits = limits
        self._pauses = pauses
        self._owner = ids.new()
        self._running: dict[str, _Running] = {}

    async def run(self) -> None:
        """Runs encoders until it is cancelled; then it stops them, and other replicas can take them over."""
        try:
            await periodic_task.run("encoder supervisor", self._follow, period=_PERIOD_SECONDS)
        finally:
            channel_ids = list(self._running)
            for channel_id in channel_ids:
                await self._stop(channel_id)
            with contextlib.suppress(errors.Error):
                async with self._database.transaction() as tx:
                    for channel_id in channel_ids:
                        await storage.channel_encoders.release_encoder(tx, channel_id, self._owner)

    async def _follow(self) -> None:
        """Starts and stops encoders as operators want it."""
        async with self._database.transaction() as tx:
            now = await self._shared_clock.now(tx)
            await storage.channel_encoders.claim_encoders(tx, self._owner, now, now + _LEASE, _CLAIMED_AT_ONCE)
            rows = await storage.channel_encoders.renew_leases(tx, self._owner, now + _LEASE)
            for row in rows:
                if not row["enabled"]:
                    await storage.channel_encoders.release_encoder(tx, row["channel_id"], self._owner)
        owned = {row["channel_id"]: row for row in rows if row["enabled"]}
        for channel_id, running in list(self._running.items()):
            generation = owned[channel_id]["generation"] if channel_id in owned else None
            if generation != running.generation or running.task.done():
                await self._stop(channel_id)
        for channel_id in owned.keys() - self._running.keys():
            row = owned[channel_id]
            task = asyncio.create_task(self._run_encoder(row))
            self._running[channel_id] = _Running(row["generation"], task)

    async def _stop(self, channel_id: str) -> None:
        task = self._running.pop(channel_id).task
        task.cancel()
        await asyncio.wait({task})

    async def _run_encoder(self, row: RowMapping) -> None:
        """Runs an encoder until it is cancelled or the lease is lost."""
        recorder = run_recorder.RunRecorder(
            self._database, self._clock, row["channel_id"], self._owner, row["generation"], self._key_minutes
        )

        async def run() -> None:
            with contextlib.suppress(run_recorder.LeaseLost):
                try:
                    feed = source_uris.resolve_feed(row["feed_uri"], self._feed_schemes) if row["feed_uri"] else None
                except source_uris.SourceRefused as refused:
                    # The platform allowed the scheme when an operator started the encoder.
                    await recorder.add_failure(str(refused), restarts=False)
                    raise
                profile = media.Profile(row["profile"])
                settings = channel_run.Settings(row["channel_id"], row["source_uris"], feed, profile)
                await self._run_again_and_again(settings, recorder)

        await periodic_task.until_success("channel encoder", run, retry_faults=True)

    async def _run_again_and_again(self, settings: channel_run.Settings, recorder: run_recorder.RunRecorder) -> None:
        pause = self._pauses.first
        while True:
            end_cell, last_item = await recorder.begin()
            await self._wait_for_clock(recorder, end_cell)
            first_cell = cells.first_cell_of_run(self._clock.seconds() + _STARTING_SECONDS, end_cell)
            position = playlist_position.resume(settings.playlist, last_item, cells.start_of(first_cell))
            run = channel_run.ChannelRun(settings, self._segments, self._locator, recorder, self._clock, self._limits)
            context = {"channel_id": settings.channel_id, "run_id": run.run_id}
            _log.info("encoder starts", **context)
            try:
                await run.run(end_cell, position)
            except store_capacity.StoreFull as full:
                _log.warning("encoder waits", **context, reason=str(full))
                required = f"{full.required / 1e6:.0f} MB"
                await recorder.set_state(
                    "waiting", f"The media store is full. The encoder continues when {required} are free."
                )
                await store_capacity.wait_for_room(self._segments.store, full.required, self._pauses.waiting)
                await recorder.set_state("starting")
            except channel_run.RunFailed as failed:
                _log.warning("encoder failed", **context, cells=run.cell_count, reason=str(failed))
                await recorder.add_failure(str(failed), restarts=True)
                pause = self._pauses.first if run.cell_count >= _STEADY_CELLS else pause
                await asyncio.sleep(pause)
                pause = min(2 * pause, self._pauses.longest)

    async def _wait_for_clock(self, recorder: run_recorder.RunRecorder, end_cell: int) -> None:
        """Waits while the clock is much earlier than the last cell: no cell may be written twice."""
        is_waiting = False
        while (early := (cells.start_of(end_cell) - self._clock.now()).total_seconds()) > _EARLY_SECONDS:
            if not is_waiting:
                is_waiting = True
                reason = f"The clock is {early:.0f} s earlier than the end of what the channel has shown."
                await recorder.set_state("waiting", reason)
            await asyncio.sleep(self._pauses.waiting)
        if is_waiting:
            await recorder.set_state("starting")
