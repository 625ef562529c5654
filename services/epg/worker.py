"""Fetches the sources of guides on their schedule, each by one replica."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from typing import BinaryIO, cast

from marquee.epg.v1 import epg_admin_service_pb2

from services.epg import convert, errors, storage
from services.epg.domain import guide_sources
from services.epg.imports import guide_importer, source_fetcher
from services.kit import clock, db, logs, periodic_task, timestamps
from services.kit import errors as kit_errors

_PERIOD_SECONDS = 30.0
_MAX_REFRESH_SECONDS = 280.0
#: After this time a replica that has claimed a source counts as dead.
_CLAIM = timedelta(minutes=10)

_log = logs.logger()


class SourceRefresher:
    """Fetches sources and imports their files.

    Args:
        database: the database of epg.
        fetcher: fetches files.
        importer: imports files.
        note_changes: is given the channels that an import changed.
        time: the clock.
    """

    def __init__(
        self,
        database: db.Database,
        fetcher: source_fetcher.SourceFetcher,
        importer: guide_importer.GuideImporter,
        note_changes: Callable[[Sequence[str]], Awaitable[None]],
        time: clock.Clock,
    ) -> None:
        self._database = database
        self._fetcher = fetcher
        self._importer = importer
        self._note_changes = note_changes
        self._time = time

    async def run(self) -> None:
        """Fetches what is due until it is cancelled."""
        await periodic_task.run("source refresh", self.refresh_due, period=_PERIOD_SECONDS)

    async def refresh_due(self) -> None:
        """Fetches all sources that are due, one after another."""
        while True:
            now = self._time.now()
            async with self._database.transaction() as tx:
                source = await storage.sources.claim_due(tx, now, now + _CLAIM)
            if source is None:
                return
            await self._refresh(source, allow_shrinking=False)

    async def refresh(self, name: str, *, allow_shrinking: bool) -> guide_sources.GuideSource:
        """Fetches a source now; returns it with what came of that. Raises SourceNotFound or SourceRefreshing."""
        now = self._time.now()
        async with self._database.transaction() as tx:
            source = await storage.sources.claim(tx, name, now, now + _CLAIM)
            if source is None and await storage.sources.lock_source(tx, name) is None:
                raise errors.SourceNotFound(name)
        if source is None:
            raise errors.SourceRefreshing(name)
        return await self._refresh(source, allow_shrinking=allow_shrinking)

    async def _refresh(self, source: guide_sources.GuideSource, *, allow_shrinking: bool) -> guide_sources.GuideSource:
        outcome = epg_admin_service_pb2.GuideRefresh()
        if source.last_refresh:
            # What is known of the guide of the last import stays after a failure.
            former = convert.guide_refresh(source.last_refresh)
            outcome.result.CopyFrom(former.result)
            for name in ("success_time", "guide_end_time"):
                if former.HasField(name):
                    getattr(outcome, name).CopyFrom(getattr(former, name))
        outcome.start_time.CopyFrom(timestamps.from_datetime(self._time.now()))
        try:
            async with asyncio.timeout(_MAX_REFRESH_SECONDS):
                validators = await self._import(source, outcome, allow_shrinking=allow_shrinking)
            source = replace(source, validators=asdict(validators))
        except (asyncio.CancelledError, kit_errors.Unavailable, kit_errors.DeadlineExceeded):
            async with self._database.transaction() as tx:
                await storage.sources.release(tx, source)
            raise
        except kit_errors.Error as refused:
            outcome.error_reason, outcome.error_message = refused.reason, refused.message
        except Exception as fault:  # noqa: BLE001 - a fault with one source must not keep the others from being fetched.
            _log.exception("source refresh failed", source=source.source)
            outcome.error_reason = kit_errors.Internal.reason
            outcome.error_message = f"A fault of epg, described in its log: {type(fault).__name__}."
        now = self._time.now()
        outcome.end_time.CopyFrom(timestamps.from_datetime(now))
        failed = bool(outcome.error_reason)
        if failed:
            outcome.state = epg_admin_service_pb2.REFRESH_STATE_FAILED
            _log.warning("source not refreshed", source=source.source, reason=outcome.error_reason)
        else:
            outcome.success_time.CopyFrom(outcome.end_time)
        source = replace(
            source,
            last_refresh=convert.guide_refresh_fields(outcome),
            next_refresh_time=source.plan_refresh(now, failed=failed),
        )
        async with self._database.transaction() as tx:
            await storage.sources.finish(tx, source)
        return source

    async def _import(
        self,
        source: guide_sources.GuideSource,
        outcome: epg_admin_service_pb2.GuideRefresh,
        *,
        allow_shrinking: bool,
    ) -> source_fetcher.Validators:
        """Imports the file of a source; returns its validators. Raises what fetching and importing raise."""
        known = source_fetcher.Validators(**source.validators)
        options = convert.import_options(source.options)
        options.allow_shrinking |= allow_shrinking
        outcome.state = epg_admin_service_pb2.REFRESH_STATE_UNCHANGED
        with tempfile.TemporaryFile() as temporary:
            file = cast("BinaryIO", temporary)
            validators = await self._fetcher.fetch(source.uri, known, file)
            if validators is not None:
                report = await self._importer.run(file, options)
                outcome.result.CopyFrom(convert.refresh_result(guide_importer.message(report)))
                outcome.ClearField("guide_end_time")
                if report.guide_end_time:
                    outcome.guide_end_time.CopyFrom(timestamps.from_datetime(report.guide_end_time))
                if report.committed:
                    outcome.state = epg_admin_service_pb2.REFRESH_STATE_IMPORTED
                    await self._note_changes(report.changed_channel_ids)
        guide_end = timestamps.optional_datetime(outcome, "guide_end_time")
        states_programmes = options.format == epg_admin_service_pb2.IMPORT_FORMAT_XMLTV
        if states_programmes and guide_sources.is_stale(guide_end, self._time.now()):
            outcome.state = epg_admin_service_pb2.REFRESH_STATE_STALE
        return validators or known
