"""DASH manifests of channels (ISO/IEC 23009-1): dynamic ones, with a period for each run.

The id and the start of a period follow from the cell in which its run began, so that they never change.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, pairwise
from xml.sax import saxutils

from services.playback.linear import addresses, cells, runs, track_tables

#: How often players load the manifest again, and how far behind the live edge they play, in seconds.
_UPDATE_SECONDS = cells.CELL_SECONDS
_DELAY_SECONDS = 3 * cells.CELL_SECONDS
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:cenc="urn:mpeg:cenc:2013" xmlns:dashif="https://dashif.org/CPS"'
    ' xsi:schemaLocation="urn:mpeg:dash:schema:mpd:2011 DASH-MPD.xsd"'
    ' profiles="urn:mpeg:dash:profile:isoff-live:2011" type="dynamic"'
    ' availabilityStartTime="1970-01-01T00:00:00Z"'
)


def manifest(
    window: Sequence[runs.Run],
    tables: Mapping[str, track_tables.TrackTable],
    links: addresses.Addresses,
    now: datetime,
    *,
    slides: bool,
) -> str:
    """Returns the manifest of a window.

    Args:
        window: the runs to list, in a row; at least one.
        tables: the tracks of their assets; assets that are missing here are left out.
        links: the addresses of the session.
        now: the time, by which players set their clocks.
        slides: whether the window slides with time; otherwise its beginning stays available.
    """
    first, end = window[0].first_cell, window[-1].end_cell
    depth = f' timeShiftBufferDepth="PT{(end - first) * cells.CELL_SECONDS}S"' if slides else ""
    head = (
        f'{_HEAD} publishTime="{_instant(cells.cell_start(end))}" minimumUpdatePeriod="PT{_UPDATE_SECONDS}S"'
        f' minBufferTime="PT{cells.CELL_SECONDS}S" maxSegmentDuration="PT{cells.CELL_SECONDS + 1}S"'
        f' suggestedPresentationDelay="PT{_DELAY_SECONDS}S"{depth}>\n'
    )
    parts = [head]
    license_url = saxutils.escape(links.license_url)
    for index, run in enumerate(window):
        table = tables.get(run.asset_id)
        if table is None:
            continue
        is_before_gap = index + 1 < len(window) and window[index + 1].asset_id not in tables
        parts.extend(_period(run, table, license_url, links, is_closed=is_before_gap))
    parts.append(f'<UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="{_instant(now)}"/>\n</MPD>\n')
    return "".join(parts)


def _period(
    run: runs.Run, table: track_tables.TrackTable, license_url: str, links: addresses.Addresses, *, is_closed: bool
) -> Iterator[str]:
    """Returns the period of a run; closed if nothing follows it, so that it does not last until the next period."""
    seconds = run.began_cell * cells.CELL_SECONDS
    duration = f' duration="PT{(run.end_cell - run.began_cell) * cells.CELL_SECONDS}S"' if is_closed else ""
    yield f'<Period id="{run.began_cell}" start="PT{seconds}S"{duration}>'
    query = saxutils.escape(links.media_queries[run.asset_id])
    began_segment = run.first_segment - run.cells_before
    for element in table.period:
        if any(part.track and part.track.segment_count <= run.first_segment for part in element):
            # Captions end with their last cue, before the picture does.
            continue
        for part in element:
            yield part.text
            if part.placeholder == track_tables.QUERY:
                yield query
            elif part.placeholder == track_tables.LICENSE:
                yield license_url
            elif part.track and part.placeholder == track_tables.START_NUMBER:
                yield str(part.track.first_number + run.first_segment)
            elif part.track and part.placeholder == track_tables.TIME_OFFSET:
                yield str(began_segment * cells.CELL_SECONDS * part.track.timescale)
            elif part.track:
                yield from _timeline(part.track, run)
    yield "</Period>\n"


def _timeline(track: track_tables.Track, run: runs.Run) -> Iterator[str]:
    """Returns the entries of a timeline for the segments of a run."""
    end = min(run.first_segment + run.cell_count, track.segment_count)
    times = track.times[run.first_segment : end + 1]
    durations = [after - before for before, after in pairwise(times)]
    start = f' t="{times[0]}"'
    for duration, repeated in groupby(durations):
        count = sum(1 for _ in repeated)
        repeats = f' r="{count - 1}"' if count > 1 else ""
        yield f'<S{start} d="{duration}"{repeats}/>'
        start = ""


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
