"""What the encoders of channels have written, as the packager knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from marquee.packager.v1 import packager_internal_pb2, packager_internal_pb2_grpc

from services.kit import cache, client, clock

#: A new cell comes every four seconds; all viewers of a channel request the same window meanwhile.
_RUNS_KEPT = timedelta(seconds=1)
_MAX_WINDOWS = 1_000


@dataclass(frozen=True, slots=True)
class EncodedTrack:
    """One video rendition or one sound track of a run."""

    is_video: bool
    #: The directory below that of the run, with `init.mp4` and a segment for each cell, named `<cell>.m4s`.
    directory: str
    codec: str
    bitrate: int
    width: int
    height: int
    frame_rate: float


@dataclass(frozen=True, slots=True)
class KeyPeriod:
    """Cells whose whole segments one key decrypts with AES-128; the initialization vector is the number of the cell."""

    key_id: bytes
    first_cell: int
    cell_count: int


@dataclass(frozen=True, slots=True)
class EncodedRun:
    """Cells in a row that an encoder wrote without a break."""

    #: The directory in the media store. The content keys of the run are listed under it too.
    run_id: str
    #: The discontinuity sequence number: how many runs of the channel began before this one.
    number: int
    first_cell: int
    cell_count: int
    tracks: tuple[EncodedTrack, ...]
    key_periods: tuple[KeyPeriod, ...]

    @property
    def end_cell(self) -> int:
        """The first cell behind the run."""
        return self.first_cell + self.cell_count


class EncodedRuns:
    """Returns the runs of encoders.

    Args:
        mesh: finds the packager.
        time: the clock, by which cached responses expire.
    """

    def __init__(self, mesh: client.Mesh, time: clock.Clock) -> None:
        self._packager = packager_internal_pb2_grpc.PackagerInternalServiceStub(mesh.channel("packager"))
        self._windows: cache.ExpiringCache[tuple[str, int, int], Sequence[EncodedRun]] = cache.ExpiringCache(
            time, most_values=_MAX_WINDOWS, lifetime=_RUNS_KEPT
        )

    async def get(self, channel_id: str, first_cell: int, end_cell: int) -> Sequence[EncodedRun]:
        """Returns the runs with cells of a window, cut at its edges, in their order; none without an encoder.

        Cells between two runs were not recorded. Cells after the last one are not complete yet.
        """
        key = (channel_id, first_cell, end_cell)
        cached = self._windows.get(key)
        return cached if cached is not None else self._windows.put(key, await self._load(*key))

    async def _load(self, channel_id: str, first_cell: int, end_cell: int) -> Sequence[EncodedRun]:
        runs: list[EncodedRun] = []
        page_token = ""
        while True:
            request = packager_internal_pb2.ListEncoderRunsRequest(
                channel_id=channel_id, first_cell=first_cell, end_cell=end_cell, page_token=page_token
            )
            page = await self._packager.ListEncoderRuns(request)
            runs += [_run(message, first_cell, end_cell) for message in page.runs]
            page_token = page.next_page_token
            if not page_token:
                return tuple(runs)


def _run(message: packager_internal_pb2.EncoderRun, first_cell: int, end_cell: int) -> EncodedRun:
    first = max(first_cell, message.first_cell)
    return EncodedRun(
        run_id=message.run_id,
        number=message.sequence,
        first_cell=first,
        cell_count=min(end_cell, message.first_cell + message.cell_count) - first,
        tracks=tuple(
            EncodedTrack(
                is_video=track.kind == packager_internal_pb2.TRACK_KIND_VIDEO,
                directory=track.directory,
                codec=track.codec,
                bitrate=track.bitrate,
                width=track.width,
                height=track.height,
                frame_rate=track.frame_rate,
            )
            for track in message.tracks
        ),
        key_periods=tuple(
            KeyPeriod(period.key_id, period.first_cell, period.cell_count) for period in message.key_periods
        ),
    )
