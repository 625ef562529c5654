"""Imports a file of a guide: receives it, reads it, and writes what differs, in one transaction."""

import asyncio
import functools
import zoneinfo
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, TypeAlias

import orjson
from marquee.epg.v1 import epg_admin_service_pb2
from marquee.event.v1 import event_internal_pb2

from services.epg import convert, errors, storage
from services.epg.domain import channel_import, channel_matching, channels, schedule_repair, schedules
from services.epg.domain.source_records import Problem, ProblemKind, SourceChannel, SourceGuide
from services.epg.guide import schedule_writer
from services.epg.imports import m3u, xmltv
from services.kit import clock, db, events, ids

MAX_FILE_BYTES = 512 * 1024 * 1024
#: How many channels are compared with their stored schedules at a time.
_CHANNEL_BATCH = 100
_EVENT_BATCH = 1_000
#: The report lists so many channels, and proposes channels for so many of them.
_MAX_LISTED, _MAX_PROPOSED = 1_000, 200
#: Below this number of programmes a schedule may shrink: a few that are cancelled are no fault of the source.
_SHRINKING_FROM = 20
#: The least part of the scheduled programmes that an import must leave.
_LEAST_REMAINING = 2 / 3

_READERS: Mapping[int, Callable[[BinaryIO], SourceGuide]] = {
    epg_admin_service_pb2.IMPORT_FORMAT_XMLTV: xmltv.read,
    epg_admin_service_pb2.IMPORT_FORMAT_M3U: m3u.read,
}
#: The programmes of each window of time that a file covers.
_Windows: TypeAlias = Sequence[Sequence[schedules.Scheduled]]
#: Operators look at the channels without a match first.
_LISTED_FIRST = [
    channel_matching.MatchKind.UNSPECIFIED,
    channel_matching.MatchKind.CREATED,
    channel_matching.MatchKind.NAME,
    channel_matching.MatchKind.STATED,
    channel_matching.MatchKind.SOURCE,
]


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did, or would do."""

    guide: SourceGuide
    plan: channel_import.ChannelPlan
    #: By the id of the channel.
    schedules: Mapping[str, schedules.MergedSchedule]
    #: The ids of the channels with similar names by the id in the source.
    proposals: Mapping[str, Sequence[str]]
    committed: bool

    @property
    def changed_channel_ids(self) -> list[str]:
        """The channels that were created or completed, or whose schedules were changed."""
        changed = [channel.channel_id for channel in self.plan.changed]
        return changed + [id_ for id_, merged in self.schedules.items() if not merged.changes.is_empty]

    @property
    def guide_end_time(self) -> datetime | None:
        """When the last programme of the file ends; None if no programme was taken."""
        return max((merged.end_time for merged in self.schedules.values()), default=None)


def require_time_zones(options: epg_admin_service_pb2.ImportOptions) -> None:
    """Raises TimeZoneUnknown."""
    stated = filter(None, (options.time_zone, *options.channel_time_zones.values()))
    if unknown := next((zone for zone in stated if zone not in zoneinfo.available_timezones()), None):
        raise errors.TimeZoneUnknown(unknown)


async def receive(
    requests: AsyncIterator[epg_admin_service_pb2.ImportGuideRequest], file: BinaryIO
) -> epg_admin_service_pb2.ImportOptions:
    """Writes the chunks of a stream to `file`; returns the options. Raises ImportOutOfOrder or ImportUnreadable."""
    options: epg_admin_service_pb2.ImportOptions | None = None
    async for request in requests:
        if (request.WhichOneof("part") == "options") != (options is None):
            raise errors.ImportOutOfOrder
        if options is None:
            options = request.options
        elif file.tell() + len(request.chunk) > MAX_FILE_BYTES:
            raise errors.ImportUnreadable(0, f"it is longer than {MAX_FILE_BYTES} bytes")
        else:
            file.write(request.chunk)
    if options is None:
        raise errors.ImportOutOfOrder
    return options


class GuideImporter:
    """Imports files.

    Args:
        database: the database of epg.
        outbox: publishes which channels changed.
        writer: writes schedules.
        time: the clock.
    """

    def __init__(
        self, database: db.Database, outbox: events.Outbox, writer: schedule_writer.ScheduleWriter, time: clock.Clock
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._writer = writer
        self._time = time

    async def run(self, file: BinaryIO, options: epg_admin_service_pb2.ImportOptions) -> Report:
        """Imports a file. Raises ImportUnreadable, ImportShrinksGuide, TimeZoneUnknown or ChannelNotFound."""
        require_time_zones(options)
        # Reading and comparing use the processor; in a thread they do not delay other calls.
        guide = await asyncio.to_thread(_READERS[options.format], file)
        if not guide.channels and not guide.programmes:
            raise errors.ImportUnreadable(1, "it states no channel")
        # As SaveChannel does, so that no two channels get one number.
        async with self._database.transaction(serialize_by="channels") as tx:
            existing = await storage.channels.list_channels(tx)
            earlier = await storage.sources.list_source_channels(tx, options.source)
            plan = await asyncio.to_thread(_plan_channels, guide, existing, earlier, options)
            await storage.channels.lock_channels(tx, [match.channel_id for match in plan.matches if match.channel_id])
            merged = await self._merge(tx, guide, plan, existing, options)
            if not options.allow_shrinking:
                _require_no_shrinking(merged.values(), options.least_remaining_share or _LEAST_REMAINING)
            unmatched = [match.source for match in plan.matches if not match.channel_id][:_MAX_PROPOSED]
            proposals = await asyncio.to_thread(channel_matching.propose, unmatched, existing) if unmatched else {}
            names = {match.source.source_channel_id: match.channel_id for match in plan.matches if match.channel_id}
            renamed = {name: channel_id for name, channel_id in names.items() if earlier.get(name) != channel_id}
            report = Report(guide, plan, merged, proposals, committed=False)
            if options.dry_run or not (renamed or report.changed_channel_ids):
                return report
            await self._write(tx, report, options.source, renamed)
        return Report(guide, plan, merged, proposals, committed=True)

    async def _merge(
        self,
        tx: db.WriteSession,
        guide: SourceGuide,
        plan: channel_import.ChannelPlan,
        existing: Sequence[channels.Channel],
        options: epg_admin_service_pb2.ImportOptions,
    ) -> dict[str, schedules.MergedSchedule]:
        """Returns what is written to the schedule of each channel that the file covers."""
        now = self._time.now()
        zones = {channel.channel_id: channel.time_zone for channel in existing}
        merged: dict[str, schedules.MergedSchedule] = {}
        matches = [match for match in plan.matches if match.source.source_channel_id in guide.programmes]
        matches = [match for match in matches if match.channel_id]
        for begin in range(0, len(matches), _CHANNEL_BATCH):
            batch = matches[begin : begin + _CHANNEL_BATCH]
            covered = await asyncio.to_thread(_repair, guide, batch, zones, options, now)
            spans = [
                (id_, windows[0][0].start_time - schedules.EDGE, windows[-1][-1].end_time + schedules.EDGE)
                for id_, windows in covered.items()
            ]
            stored = await storage.programmes.list_in_windows(tx, spans) if spans else {}
            merged |= await asyncio.to_thread(_merge_windows, stored, covered, now)
        return merged

    async def _write(self, tx: db.WriteSession, report: Report, source: str, renamed: Mapping[str, str]) -> None:
        await storage.channels.save_channels(tx, report.plan.changed)
        await storage.sources.save_source_channels(tx, source, renamed)
        await self._writer.write(tx, report.schedules)
        changed = [channel.channel_id for channel in report.plan.changed]
        for begin in range(0, len(changed), _EVENT_BATCH):
            batch = changed[begin : begin + _EVENT_BATCH]
            await self._outbox.add(tx, channels_changed=event_internal_pb2.ChannelsChanged(channel_ids=batch))


def _plan_channels(
    guide: SourceGuide,
    existing: Sequence[channels.Channel],
    earlier: Mapping[str, str],
    options: epg_admin_service_pb2.ImportOptions,
) -> channel_import.ChannelPlan:
    """Returns what is done to channels. Raises ChannelNotFound if the editor states one that does not exist."""
    known = {channel.channel_id for channel in existing}
    for channel_id in options.channel_ids.values():
        if ids.parse(channel_id) not in known:
            raise errors.ChannelNotFound(channel_id)
    for channel_id, programmes in guide.programmes.items():
        if channel_id not in guide.channels:
            guide.channels[channel_id] = SourceChannel(programmes[0].line, channel_id, (channel_id,))
            guide.problems.add(Problem(ProblemKind.CHANNEL_UNDECLARED, programmes[0].line, channel_id))
    if options.format == epg_admin_service_pb2.IMPORT_FORMAT_XMLTV:
        for channel_id, source in guide.channels.items():
            if channel_id not in guide.programmes:
                guide.problems.add(Problem(ProblemKind.CHANNEL_EMPTY, source.line, channel_id))
    stated = {source_id: ids.parse(channel_id) for source_id, channel_id in options.channel_ids.items()}
    matches = channel_matching.match(guide.channels.values(), existing, stated, earlier)

    def new_channel(source: SourceChannel) -> channels.Channel:
        return channel_import.create(source, ids.new(), options.time_zone)

    return channel_import.plan(matches, existing, guide.problems, new_channel if options.create_channels else None)


def _repair(
    guide: SourceGuide,
    matches: Iterable[channel_matching.Match],
    zones: Mapping[str, str],
    options: epg_admin_service_pb2.ImportOptions,
    now: datetime,
) -> dict[str, _Windows]:
    """Returns the windows that a file covers, by channel. Programmes that are returned are dropped from the guide."""
    covered: dict[str, _Windows] = {}
    for match in matches:
        stated = guide.programmes.pop(match.source.source_channel_id)
        own_zone = options.channel_time_zones.get(match.source.source_channel_id)
        zone = zoneinfo.ZoneInfo(own_zone or options.time_zone or zones.get(match.channel_id) or "UTC")
        add_problem = functools.partial(_add_problem, guide, match.source.source_channel_id)
        repaired = schedule_repair.repair(
            stated, zone, now, add_problem, ignore_offsets=bool(own_zone) or options.ignore_offsets
        )
        if repaired:
            covered[match.channel_id] = [
                [schedules.Scheduled(each.start, each.end, orjson.loads(each.source.details)) for each in window]
                for window in schedule_repair.split_windows(repaired)
            ]
    return covered


def _add_problem(guide: SourceGuide, source_channel_id: str, kind: ProblemKind, line: int) -> None:
    guide.problems.add(Problem(kind, line, source_channel_id))


def _merge_windows(
    stored: Mapping[str, Sequence[schedules.Programme]], covered: Mapping[str, _Windows], now: datetime
) -> dict[str, schedules.MergedSchedule]:
    return {
        channel_id: schedules.merge_windows(stored.get(channel_id, ()), windows, ids.new, now)
        for channel_id, windows in covered.items()
    }


def _require_no_shrinking(merged: Collection[schedules.MergedSchedule], least_share: float) -> None:
    """Raises ImportShrinksGuide."""
    stored = sum(each.stored_upcoming_count for each in merged)
    stated = sum(each.stated_upcoming_count for each in merged)
    if stored >= _SHRINKING_FROM and stated < least_share * stored:
        raise errors.ImportShrinksGuide(stored, stated)


def message(report: Report) -> epg_admin_service_pb2.ImportGuideResponse:
    """Returns the message of a report."""
    matches = sorted(report.plan.matches, key=lambda match: _LISTED_FIRST.index(match.kind))
    problems = report.guide.problems
    totals = [convert.changes_message(merged.changes) for merged in report.schedules.values()]
    return epg_admin_service_pb2.ImportGuideResponse(
        channels=[_channel_message(match, report) for match in matches[:_MAX_LISTED]],
        channel_count=len(matches),
        unmatched_count=sum(not match.channel_id for match in matches),
        programme_count=report.guide.programme_count,
        changes=epg_admin_service_pb2.ScheduleChanges(
            created_count=sum(each.created_count for each in totals),
            updated_count=sum(each.updated_count for each in totals),
            deleted_count=sum(each.deleted_count for each in totals),
            unchanged_count=sum(each.unchanged_count for each in totals),
        ),
        problems=[
            epg_admin_service_pb2.ImportProblems(
                kind=kind.name,
                message=kind.value,
                count=problems.counts[kind],
                examples=[
                    epg_admin_service_pb2.ImportProblem(line=each.line, source_channel_id=each.source_channel_id)
                    for each in problems.examples[kind]
                ],
            )
            for kind in ProblemKind
            if problems.counts[kind]
        ],
        committed=report.committed,
    )


def _channel_message(match: channel_matching.Match, report: Report) -> epg_admin_service_pb2.ImportedChannel:
    created = match.kind is channel_matching.MatchKind.CREATED
    return epg_admin_service_pb2.ImportedChannel(
        source_channel_id=match.source.source_channel_id,
        display_name=match.source.display_names[0],
        # The id of a channel that was not written means nothing.
        channel_id="" if created and not report.committed else match.channel_id,
        match=epg_admin_service_pb2.ChannelMatch.Value(f"CHANNEL_MATCH_{match.kind.name}"),
        proposed_channel_ids=report.proposals.get(match.source.source_channel_id, ()),
    )
