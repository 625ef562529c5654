"""Sessions on channels: where they start, where they seek to, and what their viewers get to know."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from marquee.epg.v1 import epg_pb2
from marquee.packager.v1 import packager_pb2
from marquee.playback.v1 import playback_pb2
from marquee.type.v1 import type_pb2

from services.kit import context, localization, timestamps, watchable_subjects
from services.kit.clock import Clock
from services.playback import convert, domain, errors
from services.playback.linear import cells, channel_seeks, channel_windows, timelines, track_tables
from services.playback.sessions import service_clients, stream_slots

#: How far before the present a player may say that it is.
_MOST_BEHIND = timedelta(days=60)
#: The encryption schemes of packager by the methods of HLS.
_SCHEMES = {
    "SAMPLE-AES": packager_pb2.ENCRYPTION_SCHEME_CBCS,
    "SAMPLE-AES-CTR": packager_pb2.ENCRYPTION_SCHEME_CENC,
    track_tables.WHOLE_SEGMENTS: packager_pb2.ENCRYPTION_SCHEME_AES_128,
}


class ChannelSessions:
    """Decides on sessions on channels.

    Args:
        windows: the windows of channels.
        loader: the timelines of channels.
        slots: the stream slots, which hold where sessions are.
        time: the clock.
    """

    def __init__(
        self,
        windows: channel_windows.ChannelWindows,
        loader: timelines.Timelines,
        slots: stream_slots.StreamSlots,
        time: Clock,
    ) -> None:
        self._windows = windows
        self._timelines = loader
        self._slots = slots
        self._clock = time

    async def choose_place(
        self, subject: type_pb2.Subject, loaded: service_clients.ChannelContext
    ) -> domain.ChannelPlace:
        """Returns where a new session starts.

        Raises NotFound, ProgrammeNotStarted or CatchUpNotAvailable.
        """
        now = self._clock.now()
        if not subject.programme_id:
            # This raises NotFound for a channel that does not exist any more.
            await self._timelines.load(subject.channel_id, now)
            return channel_seeks.live_place(subject.channel_id, now)
        if loaded.programme is None:
            raise watchable_subjects.not_found(subject)
        return await self._place_of(loaded.programme, loaded, now)

    async def require_playable(
        self, session: domain.Session, subject: type_pb2.Subject, capabilities: playback_pb2.DeviceCapabilities
    ) -> domain.Session:
        """Returns a session with the protocols in which its channel can be played.

        Raises NotPlayableYet if the channel has nothing to show, or DeviceNotSupported if the device plays none.
        """
        place = session.place
        window = await self._windows.held(session, place.from_cell) if place and place.from_cell else None
        window = window or await self._windows.live(session)
        if window.is_empty:
            raise errors.NotPlayableYet(subject)
        if any(table.is_encrypted_whole for table in window.tables.values()):
            protocols = convert.protocols(capabilities, packager_pb2.ENCRYPTION_SCHEME_AES_128)
            session = replace(session, protocols=protocols)
        is_playable = bool(session.protocols and convert.key_systems(capabilities))
        if not is_playable or not any(_plays(table, capabilities) for table in window.tables.values()):
            raise errors.DeviceNotSupported(subject)
        return session

    async def seek(self, session: domain.Session, at: datetime | None) -> domain.Session | None:
        """Moves a session to a time, or to the live edge; returns None if it has ended. Raises TimeNotAvailable."""
        now, channel_id = self._clock.now(), _channel_id(session)
        sought = now if at is None else _clipped(at, now)
        timeline = await self._timelines.load(channel_id, sought)
        earliest_cell = await self._timelines.earliest_cell(channel_id, now)
        place = channel_seeks.place_at(timeline, None if at is None else sought, earliest_cell, now)
        if place is None:
            raise errors.TimeNotAvailable(session.session_id, cells.cell_start(earliest_cell), now)
        return await self._slots.move(session, place)

    async def keep_place(self, session: domain.Session, at: datetime | None) -> domain.Progress:
        """Returns where the viewer is, and lets a held window reach further for one who comes near its end."""
        now, place = self._clock.now(), session.place
        at = min(_clipped(at, now), now) if at else self._start_time(session, now)
        timeline = await self._timelines.load(_channel_id(session), at)
        cell = cells.cell_at(at)
        if place and channel_seeks.is_near_end(place, cell):
            reach_cell = channel_seeks.extended_reach(timeline, place, cell)
            if reach_cell > place.reach_cell:
                # If it was moved meanwhile, the next heartbeat decides again.
                await self._slots.move(session, replace(place, reach_cell=reach_cell), unless_moved=True)
        return _progress(timeline, at)

    async def describe(self, session: domain.Session) -> playback_pb2.Session:
        """Returns the fields of a session that depend on where it is."""
        now, place = self._clock.now(), session.place
        at = self._start_time(session, now)
        message = await self.describe_time(session, at)
        message.channel_id = _channel_id(session)
        message.live_time.CopyFrom(timestamps.from_datetime(at))
        message.kind = playback_pb2.SESSION_KIND_LIVE
        if place and place.from_cell:
            end = timestamps.to_datetime(message.programme.end_time)
            has_ended = message.HasField("programme") and end <= now
            message.kind = playback_pb2.SESSION_KIND_CATCH_UP if has_ended else playback_pb2.SESSION_KIND_START_OVER
        return message

    async def describe_time(self, session: domain.Session, at: datetime | None) -> playback_pb2.Session:
        """Returns what a viewer at a time gets to know: the programme, the next one, and the times to seek to."""
        now = self._clock.now()
        at = min(_clipped(at, now), now) if at else self._start_time(session, now)
        timeline = await self._timelines.load(_channel_id(session), at)
        cell = cells.cell_at(at)
        programme, following = timeline.at(cell), timeline.following(cell)
        earliest_cell = await self._timelines.earliest_cell(timeline.channel.channel_id, now)
        caller = context.caller()
        message = playback_pb2.Session(
            seek_window=playback_pb2.SeekWindow(
                start_time=timestamps.from_datetime(cells.cell_start(earliest_cell)),
                end_time=timestamps.from_datetime(cells.cell_start(cells.cell_at(now))),
            )
        )
        if programme:
            is_shown = (programme.maturity_age or 0) <= session.maturity_ceiling
            names = dict(programme.display_names) if is_shown else {}
            message.programme.CopyFrom(
                playback_pb2.AiredProgramme(
                    programme_id=programme.programme_id if is_shown else "",
                    display_name=localization.choose(names, caller.language_code),
                    start_time=timestamps.from_datetime(cells.cell_start(programme.first_cell)),
                    end_time=timestamps.from_datetime(cells.cell_start(programme.end_cell)),
                )
            )
        if following and (following.maturity_age or 0) <= session.maturity_ceiling:
            message.next.CopyFrom(
                playback_pb2.NextUp(
                    subject=watchable_subjects.programme(following.programme_id),
                    display_name=localization.choose(dict(following.display_names), caller.language_code),
                    start_time=timestamps.from_datetime(following.start_time),
                )
            )
        return message

    async def _place_of(
        self, message: epg_pb2.Programme, loaded: service_clients.ChannelContext, now: datetime
    ) -> domain.ChannelPlace:
        start, end = timestamps.to_datetime(message.start_time), timestamps.to_datetime(message.end_time)
        if start > now:
            raise errors.ProgrammeNotStarted(message.programme_id, start)
        timeline = await self._timelines.load(message.channel_id, start)
        programme, channel = timeline.of(message.programme_id), timeline.channel
        if programme:  # As the channel showed it.
            start, end = cells.cell_start(programme.first_cell), cells.cell_start(programme.end_cell)
        earliest_cell = await self._timelines.earliest_cell(message.channel_id, now)
        if end > now:
            if not channel.start_over:
                return channel_seeks.live_place(message.channel_id, now)
            return channel_seeks.held_place(timeline, start, earliest_cell)
        last_time = timestamps.to_datetime(message.end_time) + channel.catch_up_window
        if not channel.catch_up_window or last_time <= now:
            raise errors.CatchUpNotAvailable(message.programme_id, last_time if channel.catch_up_window else None)
        key = "programme_id", message.programme_id
        position = domain.resume_position(loaded.bookmarks, key, end - start)
        return channel_seeks.held_place(timeline, start + position, earliest_cell)

    def _start_time(self, session: domain.Session, now: datetime) -> datetime:
        seconds = session.place.start_seconds if session.place else 0
        return datetime.fromtimestamp(seconds, now.tzinfo) if seconds else now


def _channel_id(session: domain.Session) -> str:
    return session.place.channel_id if session.place else ""


def _clipped(at: datetime, now: datetime) -> datetime:
    """Returns a time that a player states, or the nearest one that the platform can know of."""
    return min(max(at, now - _MOST_BEHIND), now + _MOST_BEHIND)


def _progress(timeline: timelines.Timeline, at: datetime) -> domain.Progress:
    """Returns where a viewer is in the programme, with the channel as the subject in a gap of the schedule."""
    programme = timeline.at(cells.cell_at(at))
    if programme is None:
        return domain.Progress(timedelta(), ("channel_id", timeline.channel.channel_id), timedelta())
    position = max(at - cells.cell_start(programme.first_cell), timedelta())
    return domain.Progress(position, ("programme_id", programme.programme_id), programme.duration)


def _plays(table: track_tables.TrackTable, capabilities: playback_pb2.DeviceCapabilities) -> bool:
    """Returns whether a device plays the picture of an asset and decrypts it."""
    schemes = capabilities.encryption_schemes
    decrypts = not schemes or not table.encryption or _SCHEMES.get(table.encryption.method) in schemes
    return decrypts and bool(table.of(track_tables.Kind.VIDEO))
