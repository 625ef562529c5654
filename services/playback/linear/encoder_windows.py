"""The runs of encoders, in the form in which playlists are written."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.playback.linear import cells, encoded_runs, runs, track_tables

#: How the encoders name the segment of a cell.
_SUFFIX = ".m4s"


def table(encoded: encoded_runs.EncodedRun) -> track_tables.TrackTable:
    """Returns the tracks of a run, whose first segment is that of its first cell.

    The keys are those of `parts`; a segment without a stated initialization vector has its cell number.
    """
    sound = next((track.codec for track in encoded.tracks if not track.is_video), "")
    tracks = tuple(_track(each, encoded, sound) for each in encoded.tracks)
    encryption = track_tables.Encryption("", track_tables.WHOLE_SEGMENTS) if encoded.key_periods else None
    return track_tables.TrackTable(encoded.run_id, encoded.cell_count, tracks, encryption)


def parts(encoded: Sequence[encoded_runs.EncodedRun]) -> list[runs.Run]:
    """Returns runs for playlists: one for each key of each run, and gaps for cells that were not recorded."""
    window: list[runs.Run] = []
    for each in encoded:
        if window and window[-1].end_cell < each.first_cell:
            end = window[-1].end_cell
            window.append(runs.Run("", end, each.first_cell - end, 0, "", window[-1].number))
        window.extend(_parts(each))
    return window


def without(window: Sequence[runs.Run], spans: Sequence[tuple[int, int]]) -> list[runs.Run]:
    """Returns runs with gaps in place of their cells in some spans, each a first cell and the cell behind the last."""
    for first, end in spans:
        window = [piece for run in window for piece in _cut(run, first, end)]
    return list(window)


def _cut(run: runs.Run, first: int, end: int) -> Iterator[runs.Run]:
    """Yields the parts of a run before, within and after a span."""
    edges = sorted(
        {run.first_cell, run.end_cell, *(cell for cell in (first, end) if run.first_cell < cell < run.end_cell)}
    )
    for start, stop in itertools.pairwise(edges):
        segment = run.first_segment + start - run.first_cell
        piece = replace(run, first_cell=start, cell_count=stop - start, first_segment=segment)
        is_hidden = first <= start < end
        yield replace(piece, asset_id="", first_segment=0, key_id="") if is_hidden else piece


def _parts(encoded: encoded_runs.EncodedRun) -> Iterator[runs.Run]:
    periods = encoded.key_periods or (encoded_runs.KeyPeriod(b"", encoded.first_cell, encoded.cell_count),)
    for period in periods:
        first = max(period.first_cell, encoded.first_cell)
        end = min(period.first_cell + period.cell_count, encoded.end_cell)
        if first < end:
            segment = first - encoded.first_cell
            yield runs.Run(
                encoded.run_id, first, end - first, segment, "", encoded.number, segment, period.key_id.hex()
            )


def _track(stated: encoded_runs.EncodedTrack, encoded: encoded_runs.EncodedRun, sound: str) -> track_tables.Track:
    is_video = stated.is_video
    label = f"{min(stated.width, stated.height)}p" if is_video else stated.directory.rpartition("/")[2]
    return track_tables.Track(
        kind=track_tables.Kind.VIDEO if is_video else track_tables.Kind.AUDIO,
        label=label,
        directory=f"{stated.directory}/",
        init=f"{stated.directory}/init.mp4",
        digits=1,
        first_number=encoded.first_cell,
        suffix=_SUFFIX,
        timescale=1,
        times=range(0, (encoded.cell_count + 1) * cells.CELL_SECONDS, cells.CELL_SECONDS),
        attributes=_video_attributes(stated, sound) if is_video else _SOUND_ATTRIBUTES,
    )


_SOUND_ATTRIBUTES = {"NAME": '"Sound"', "DEFAULT": "YES", "AUTOSELECT": "YES"}


def _video_attributes(track: encoded_runs.EncodedTrack, sound: str) -> dict[str, str]:
    return {
        "BANDWIDTH": str(track.bitrate),
        "AVERAGE-BANDWIDTH": str(track.bitrate),
        "CODECS": f'"{",".join(filter(None, (track.codec, sound)))}"',
        "RESOLUTION": f"{track.width}x{track.height}",
        "FRAME-RATE": f"{track.frame_rate:.3f}",
    }
