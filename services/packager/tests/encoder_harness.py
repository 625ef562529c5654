"""Encoders of channels that run in tests, with real FFmpeg processes."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import psutil
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from marquee.packager.v1 import channel_encoder_admin_service_pb2 as contract
from marquee.packager.v1 import channel_encoder_pb2, packager_internal_pb2, packager_pb2

from services.kit import clock, db, ids, process, testing
from services.packager import config
from services.packager.encoders import channel_run, segment_store, source_locator, supervisor
from services.packager.tests import harness

RUNNING = channel_encoder_pb2.ENCODER_STATE_RUNNING
WAITING = channel_encoder_pb2.ENCODER_STATE_WAITING
LAST_CELL = 2**40

Value = TypeVar("Value")


class SteppingClock(clock.Clock):
    """The clock of the machine, which a test can set."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        """Returns the time that is set."""
        return datetime.now(UTC) + self.offset

    def seconds(self) -> float:
        """Returns the time that is set in seconds since 1970."""
        return self.now().timestamp()


@dataclass
class Encoders:
    """The encoders of a packager, for one channel."""

    packager: harness.Packager
    clock: SteppingClock = field(default_factory=SteppingClock)
    shared_clock: db.SharedClock = field(default_factory=db.SharedClock)
    channel_id: str = field(default_factory=ids.new)
    feed_schemes: tuple[str, ...] = config.FEED_SCHEMES

    @property
    def segments(self) -> segment_store.SegmentStore:
        """The files of encoders."""
        return segment_store.SegmentStore(self.packager.store)

    def supervisor(self, **limits: float) -> supervisor.EncoderSupervisor:
        """Returns the supervisor of a replica."""
        segments = self.segments
        return supervisor.EncoderSupervisor(
            self.packager.database,
            self.clock,
            self.shared_clock,
            segments,
            source_locator.SourceLocator(segments, self.packager.sources, demo_allowed=True),
            feed_schemes=self.feed_schemes,
            key_minutes=8 / 60,
            limits=channel_run.Limits(**limits),
            pauses=supervisor.Pauses(first=0.05, longest=0.2, waiting=0.1),
        )

    @contextlib.asynccontextmanager
    async def running(self, **limits: float) -> AsyncIterator[None]:
        """Runs a replica during the block."""
        async with process.background(self.supervisor(**limits).run()) as watch:
            watching = asyncio.ensure_future(watch())
            yield
            watching.cancel()

    async def start(self, *sources: str, **fields: Any) -> None:
        """Starts the encoder of the channel."""
        fields.setdefault("profile", packager_pb2.PACKAGING_PROFILE_QUICK)
        if sources:
            fields["playlist"] = channel_encoder_pb2.SourcePlaylist(source_uris=sources)
        request = contract.StartChannelEncoderRequest(channel_id=self.channel_id, **fields)
        await self.packager.encoders.StartChannelEncoder(request, metadata=harness.EDITOR)

    async def stop(self) -> None:
        """Stops the encoder of the channel."""
        request = contract.StopChannelEncoderRequest(channel_id=self.channel_id)
        await self.packager.encoders.StopChannelEncoder(request, metadata=harness.EDITOR)

    async def get(self) -> channel_encoder_pb2.ChannelEncoder:
        """Returns the encoder of the channel."""
        request = contract.GetChannelEncoderRequest(channel_id=self.channel_id)
        return (await self.packager.encoders.GetChannelEncoder(request, metadata=harness.EDITOR)).encoder

    async def list_runs(self) -> list[packager_internal_pb2.EncoderRun]:
        """Returns all runs of the channel."""
        request = packager_internal_pb2.ListEncoderRunsRequest(
            channel_id=self.channel_id, end_cell=LAST_CELL, page_size=200
        )
        return list((await self.packager.internal.ListEncoderRuns(request, metadata=harness.SERVICE)).runs)

    async def list_items(self) -> list[channel_encoder_pb2.AsRunItem]:
        """Returns the as-run log of the channel, oldest first."""
        request = contract.ListAsRunItemsRequest(channel_id=self.channel_id, page_size=200)
        return list((await self.packager.encoders.ListAsRunItems(request, metadata=harness.EDITOR)).items)[::-1]

    async def list_keys(self, run_id: str) -> dict[bytes, bytes]:
        """Returns the keys of a run."""
        request = packager_internal_pb2.ListContentKeysRequest(asset_id=run_id)
        response = await self.packager.internal.ListContentKeys(request, metadata=harness.SERVICE)
        return {key.key_id: key.key for key in response.keys}

    async def wait_for_cells(self, count: int, *, run: int = 0) -> list[packager_internal_pb2.EncoderRun]:
        """Waits until a run has so many cells, and returns all runs."""

        async def has_cells() -> list[packager_internal_pb2.EncoderRun]:
            runs = await self.list_runs()
            return runs if len(runs) > run and runs[run].cell_count >= count else []

        return await until(has_cells)

    async def wait_for_state(self, state: int) -> channel_encoder_pb2.ChannelEncoder:
        """Waits until the encoder is in a state, and returns it."""

        async def is_in_state() -> channel_encoder_pb2.ChannelEncoder | None:
            encoder = await self.get()
            return encoder if encoder.state == state else None

        return await until(is_in_state)

    def tracks(self, run: packager_internal_pb2.EncoderRun) -> Iterator[Path]:
        """Yields the directories of the tracks of a run."""
        return (self.packager.store / run.run_id / track.directory for track in run.tracks)

    async def decrypt(self, run: packager_internal_pb2.EncoderRun, output: Path) -> list[Path]:
        """Decrypts the listed cells of a run to one file for each track."""
        keys = await self.list_keys(run.run_id)
        key_of = {
            cell: keys[period.key_id]
            for period in run.key_periods
            for cell in range(period.first_cell, period.first_cell + period.cell_count)
        }
        files = []
        for directory in self.tracks(run):
            parts = [(directory / "init.mp4").read_bytes()]
            for cell in range(run.first_cell, run.first_cell + run.cell_count):
                parts.append(decrypt((directory / f"{cell}.m4s").read_bytes(), key_of[cell], cell))
            file = output / f"{run.run_id}-{directory.name}.mp4"
            file.write_bytes(b"".join(parts))
            files.append(file)
        return files


def decrypt(segment: bytes, key: bytes, cell: int) -> bytes:
    """Decrypts a segment. Raises ValueError if it is not whole."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(cell.to_bytes(16, "big"))).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    return unpadder.update(decryptor.update(segment) + decryptor.finalize()) + unpadder.finalize()


def processes(word: str) -> list[psutil.Process]:
    """Returns the FFmpeg processes of this test whose command has a word: `hls` encodes, `nut` alone reads."""
    found = []
    for each in psutil.Process(os.getpid()).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            command = each.cmdline()
            if each.status() != psutil.STATUS_ZOMBIE and command and "ffmpeg" in command[0] and word in command:
                found.append(each)
    return found


def encoders() -> list[psutil.Process]:
    """Returns the processes that encode."""
    return processes("hls")


def readers() -> list[psutil.Process]:
    """Returns the processes that read a source."""
    return processes("rawvideo")


async def wait_for(find: Callable[[], list[psutil.Process]]) -> psutil.Process:
    """Waits for the only process of a kind, and returns it."""

    async def is_one() -> list[psutil.Process]:
        found = await asyncio.to_thread(find)
        return found if len(found) == 1 else []

    return (await until(is_one))[0]


async def until(condition: Callable[[], Awaitable[Value | None]]) -> Value:
    """Waits until a condition returns a value that counts as true, and returns it."""
    async with asyncio.timeout(testing.PATIENCE):
        while True:
            value = await condition()
            if value:
                return value
            await asyncio.sleep(0.05)
