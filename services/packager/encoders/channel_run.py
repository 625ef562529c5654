"""One run of the encoder of a channel: from its start until something fails."""

import asyncio
import contextlib
import os
import re
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from io import FileIO
from typing import Any, NoReturn

from services.kit import ids
from services.kit.clock import Clock
from services.packager.domain import cells, encoded_tracks, fragments, media, playlist_position, source_uris
from services.packager.encoders import commands, run_recorder, segment_store, source_locator, source_reader
from services.packager.tools import store_capacity, subprocess_runner

_POLL_SECONDS = 0.2
_SPEED = re.compile(r"speed=\s*([\d.]+)x")
#: The pauses before sources are tried again if none of them can be read.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
#: A run needs this much room for the segments that are not published yet.
_ROOM_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What an encoder encodes: a list of sources, or a feed."""

    channel_id: str
    playlist: Sequence[str]
    feed: source_uris.FeedSource | None
    profile: media.Profile


@dataclass(frozen=True, slots=True)
class Limits:
    """When a run that goes on counts as failed, and how often it shows that it goes on, in seconds."""

    #: The time without a new segment.
    silence: float = 20.0
    #: How much later than at its end a cell may be complete.
    lag: float = 12.0
    #: The time between two signs that the workspace is in use, also while a feed is waited for.
    keep_alive: float = 60.0


class RunFailed(Exception):
    """The run ended; the message says why, for operators."""


class ChannelRun:
    """Encodes a channel.

    Args:
        settings: what is encoded.
        segments: the files of encoders.
        locator: finds the files of sources.
        recorder: records what the run does.
        clock: the clock.
        limits: when the run counts as failed.
    """

    def __init__(
        self,
        settings: Settings,
        segments: segment_store.SegmentStore,
        locator: source_locator.SourceLocator,
        recorder: run_recorder.RunRecorder,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._settings = settings
        self._segments = segments
        self._locator = locator
        self._recorder = recorder
        self._clock = clock
        self._limits = limits
        self.run_id = ids.new()
        #: How many cells it has written.
        self.cell_count = 0
        self._first_cell = 0
        self._began = asyncio.Event()
        #: The items that began, with their position in the run in seconds, until they are recorded.
        self._begun: list[tuple[float, str, playlist_position.Position]] = []
        self._speed = 0.0

    async def run(self, last_end_cell: int, position: playlist_position.Position) -> NoReturn:
        """Encodes from a position of the playlist until something fails.

        Raises RunFailed, `store_capacity.StoreFull` or `run_recorder.LeaseLost`.

        Args:
            last_end_cell: the cell after the last one of the channel.
            position: where the playlist begins.
        """
        try:
            await asyncio.to_thread(self._segments.workspace(self.run_id).mkdir, parents=True)
            await self._encode(last_end_cell, position)
        except (RunFailed, fragments.Unusable, OSError) as failed:
            if await asyncio.to_thread(store_capacity.is_full, self._segments.store, failed):
                raise store_capacity.StoreFull(_ROOM_BYTES) from failed
            raise RunFailed(str(failed)) from failed
        finally:
            await asyncio.to_thread(self._segments.remove_workspace, self.run_id)
        raise RunFailed("The encoder ended.")

    async def _encode(self, last_end_cell: int, position: playlist_position.Position) -> None:
        def begin() -> None:
            self._first_cell = cells.first_cell_of_run(self._clock.seconds(), last_end_cell)
            self._began.set()

        encoding = commands.encode(self._settings.profile, paced=self._settings.feed is None)
        workspace = self._segments.workspace(self.run_id)
        stream, sink = (FileIO(end, mode) for end, mode in zip(os.pipe(), "rw", strict=True))
        with contextlib.closing(stream), contextlib.closing(sink):
            reader = source_reader.SourceReader(sink.fileno(), begin)
            try:
                async with subprocess_runner.running(
                    encoding, directory=workspace, stdin=stream.fileno(), niceness=source_reader.NICENESS
                ) as encoder:
                    # The encoder must be the only reader, so that its end breaks the pipe.
                    stream.close()
                    await _first_failure(
                        self._watch(encoder), self._publish(), self._read(reader, position), self._keep_workspace()
                    )
            finally:
                await reader.close()

    async def _watch(self, encoder: asyncio.subprocess.Process) -> None:
        """Follows the speed of the encoder. Raises RunFailed when it ends."""

        def follow(line: str) -> None:
            if speed := _SPEED.match(line):
                self._speed = float(speed.group(1))

        _, complaints = await asyncio.gather(
            subprocess_runner.read_lines(encoder.stdout, follow), subprocess_runner.read_tail(encoder.stderr)
        )
        status = await encoder.wait()
        reason = subprocess_runner.summarize(complaints) or subprocess_runner.describe_status(status)
        raise RunFailed(f"The encoder failed: {reason}")

    async def _keep_workspace(self) -> None:
        while True:
            await asyncio.to_thread(self._segments.touch_workspace, self.run_id)
            await asyncio.sleep(self._limits.keep_alive)

    async def _read(self, reader: source_reader.SourceReader, position: playlist_position.Position) -> None:
        try:
            if self._settings.feed is not None:
                await self._read_feed(reader, self._settings.feed)
            else:
                await self._read_playlist(reader, position)
        except source_reader.EncoderGone:
            # The reason is the encoder's, and `_watch` is about to raise it.
            await asyncio.Event().wait()

    async def _read_feed(self, reader: source_reader.SourceReader, feed: source_uris.FeedSource) -> None:
        self._begun.append((0.0, feed.uri, playlist_position.Position()))
        try:
            await reader.read(commands.read_feed(feed, self._settings.profile))
        except source_reader.SourceFailed as failed:
            raise RunFailed(f"The feed failed: {failed}") from failed
        raise RunFailed("The feed ended.")

    async def _read_playlist(self, reader: source_reader.SourceReader, position: playlist_position.Position) -> None:
        """Reads the sources in turn, for ever. One that cannot be read to its end is followed by the next one."""
        uris = self._settings.playlist
        timeline = 0.0
        empty = 0
        while True:
            uri = uris[position.index]
            begun = (timeline, uri, position)
            self._begun.append(begun)
            seconds, reason = await self._read_file(reader, *begun)
            if reason:
                await self._recorder.add_failure(f"{uri}: {reason}", restarts=False)
            if seconds:
                empty = 0
            else:
                self._begun = [item for item in self._begun if item is not begun]
                empty += 1
            timeline += seconds
            position = position.next_item(len(uris))
            if empty >= len(uris):
                await asyncio.sleep(min(_FIRST_PAUSE * 2 ** min(empty - len(uris), 10), _LONGEST_PAUSE))

    async def _read_file(
        self, reader: source_reader.SourceReader, timeline: float, uri: str, position: playlist_position.Position
    ) -> tuple[float, str]:
        """Returns how many seconds of a source were read, and why that is not all of it; empty if it is."""
        try:
            path = await self._locator.locate(uri, self._settings.profile)
            has_sound = await source_reader.has_sound(path)
            seconds = await reader.read(
                commands.read_file(
                    path,
                    self._settings.profile,
                    has_sound=has_sound,
                    start_seconds=position.seconds,
                    timeline_seconds=timeline,
                )
            )
        except source_reader.SourceFailed as failed:
            return failed.seconds, str(failed)
        except (source_uris.SourceRefused, subprocess_runner.ToolFailed) as failed:
            return 0.0, str(failed)
        # A playlist may resume behind the end of an item.
        return seconds, "" if seconds or position.seconds else "The source has no picture."

    async def _publish(self) -> None:
        """Publishes the cells that the encoder completes. Raises RunFailed if it is too slow."""
        await self._began.wait()
        tracks: tuple[encoded_tracks.EncodedTrack, ...] = ()
        last_time = time.monotonic()
        while True:
            if not await self._is_complete(self.cell_count):
                if time.monotonic() - last_time > self._limits.silence:
                    raise RunFailed(f"The encoder has completed no segment for {self._limits.silence:.0f} s.")
                await asyncio.sleep(_POLL_SECONDS)
                continue
            tracks = tracks or await asyncio.to_thread(self._segments.publish_init, self.run_id, self._settings.profile)
            await self._publish_cell(tracks)
            last_time = time.monotonic()
            lag = self._clock.seconds() - (self._first_cell + self.cell_count) * cells.CELL_SECONDS
            if lag > self._limits.lag and not await self._is_complete(self.cell_count):
                raise RunFailed(f"The encoder has fallen {lag:.0f} s behind the clock.")

    async def _publish_cell(self, tracks: tuple[encoded_tracks.EncodedTrack, ...]) -> None:
        number, cell = self.cell_count, self._first_cell + self.cell_count
        key = await self._recorder.get_key(cell)
        await asyncio.to_thread(self._segments.publish_cell, self.run_id, tracks, number, cell, key)
        end = (number + 1) * cells.CELL_SECONDS
        begun = [item for item in self._begun if item[0] < end]
        items = [
            run_recorder.BegunItem(cells.time_at(self._first_cell, timeline), uri, position)
            for timeline, uri, position in begun
        ]
        await self._recorder.add_cell(self.run_id, tracks, cell, items, self._speed)
        self._begun = [item for item in self._begun if item not in begun]
        self.cell_count += 1

    async def _is_complete(self, number: int) -> bool:
        return await asyncio.to_thread(self._segments.is_complete, self.run_id, self._settings.profile, number)


async def _first_failure(*parts: Coroutine[Any, Any, None]) -> None:
    """Runs parts that never end until one of them fails; cancels the others and raises the failure."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        failed = [task for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in failed:
        task.result()
