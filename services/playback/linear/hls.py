"""HLS playlists of channels (RFC 8216bis).

The media sequence number of a segment is its cell, and its discontinuity sequence number that of its run, so that every
replica writes the same playlist at the same time.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from services.playback import domain
from services.playback.linear import addresses, cells, runs, track_tables

MASTER = "master.m3u8"
#: Segments last a cell, give or take a frame; a target is what their durations are rounded to.
_TARGET_DURATION = cells.CELL_SECONDS
#: Without it, players expect the beginning of the list to leave, and jump away from it.
_HELD = "#EXT-X-PLAYLIST-TYPE:EVENT\n"
#: A cell without media. Players do not load its address; FFmpeg reads no list with an address of an unknown extension.
_GAP = f"#EXT-X-GAP\n#EXTINF:{cells.CELL_SECONDS:.5f},\ngap.m4s\n"
#: A cell without captions, which end with their last cue: a file that holds a comment.
_NO_CAPTIONS = f"#EXTINF:{cells.CELL_SECONDS:.5f},\ndata:text/vtt,WEBVTT%0A%0ANOTE%20none.vtt\n"
_SOUND_GROUP, _TEXT_GROUP = "audio", "text"


def master_playlist(tables: Sequence[track_tables.TrackTable], links: addresses.Addresses) -> str:
    """Returns the master playlist of a window.

    It lists the renditions, sound tracks and captions that all assets of the window have. A player keeps the list while
    the channel goes on: `media_playlist` replaces tracks that later assets do not have.

    Args:
        tables: the tracks of the assets of the window; at least one.
        links: the addresses of the session.
    """
    videos, sounds, texts = (_shared(tables, kind) for kind in track_tables.Kind)
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS"]
    lines += [_rendition(each[0], "AUDIO", _SOUND_GROUP, links) for each in sounds]
    lines += [_rendition(each[0], "SUBTITLES", _TEXT_GROUP, links) for each in texts]
    for tracks in videos:
        lines += [_variant(tracks, has_sound=bool(sounds), has_text=bool(texts)), links.playlist(tracks[0].playlist)]
    return "\n".join(lines) + "\n"


def media_playlist(
    name: str,
    window: Sequence[runs.Run],
    tables: Mapping[str, track_tables.TrackTable],
    links: addresses.Addresses,
    *,
    slides: bool,
) -> str | None:
    """Returns the playlist of a track for a window, None if there is no playlist of this name.

    The list never states its end, so that a session goes on with the next programme. In an asset without the track, the
    nearest lower rendition or the first sound track replaces it. Cells without media are gaps, which are not listed as
    long as nothing follows them: Shaka Player would stop there. Cells without captions have empty ones.

    Args:
        name: such as `video-720p.m3u8`.
        window: the runs to list, in a row; at least one.
        tables: the tracks of their assets; assets that are missing here are gaps.
        links: the addresses of the session.
        slides: whether the window slides with time; otherwise its beginning stays, which players have to know.
    """
    kind, _, label = name.removesuffix(".m3u8").partition("-")
    if kind not in set(track_tables.Kind) or not label:
        return None
    tracks = {asset_id: _replacement(table, track_tables.Kind(kind), label) for asset_id, table in tables.items()}
    if not any(tracks.values()):
        return None
    head = (
        "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        f"#EXT-X-TARGETDURATION:{_TARGET_DURATION}\n"
        f"{'' if slides else _HELD}"
        f"#EXT-X-MEDIA-SEQUENCE:{window[0].first_cell}\n"
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{window[0].number}\n"
    )
    parts = [head]
    number, listed = window[0].number, 0
    has_tags = False
    key: track_tables.Encryption | None = None
    for run in window:
        if run.number != number:
            parts.append("#EXT-X-DISCONTINUITY\n")
            number, has_tags = run.number, False
        track = tracks.get(run.asset_id)
        count = max(min(run.cell_count, track.segment_count - run.first_segment), 0) if track else 0
        if track and count:
            encryption = _encryption(run, tables[run.asset_id])
            # A key stays in effect until another one is named. Shaka Player counts each time that it is named as a key,
            # and the key system of Chromium takes some hundreds.
            has_key = encryption == key and (has_tags or not _is_whole(encryption))
            parts.extend(_segments(run, count, track, encryption, links, has_tags=has_tags, has_key=has_key))
            has_tags, listed, key = True, len(parts), encryption
        parts.extend(_gaps(run, count, _NO_CAPTIONS if kind == track_tables.Kind.TEXT else _GAP))
        if kind == track_tables.Kind.TEXT:
            listed = len(parts)
    return "".join(parts[: listed or None])


def _encryption(run: runs.Run, table: track_tables.TrackTable) -> track_tables.Encryption | None:
    return replace(table.encryption, key_id=run.key_id) if table.encryption and run.key_id else table.encryption


def _is_whole(encryption: track_tables.Encryption | None) -> bool:
    return encryption is not None and encryption.method == track_tables.WHOLE_SEGMENTS


def _segments(
    run: runs.Run,
    count: int,
    track: track_tables.Track,
    encryption: track_tables.Encryption | None,
    links: addresses.Addresses,
    *,
    has_tags: bool,
    has_key: bool,
) -> Iterator[str]:
    """Returns the first segments of a run, with its tags unless they are stated already."""
    if not has_tags:
        yield _program_date_time(run.first_cell, track.segment_offset(run.first_segment))
        yield from _initialization(run.asset_id, track, encryption, links)
    if encryption and track.init and not has_key:
        yield _key(encryption, links)
    before, after = links.segment(run.asset_id, f"{track.directory}\n{track.suffix}").split("\n")
    times, timescale, digits, number = track.times, track.timescale, track.digits, track.first_number
    for segment in range(run.first_segment, run.first_segment + count):
        seconds = (times[segment + 1] - times[segment]) / timescale
        yield f"#EXTINF:{seconds:.5f},\n{before}{segment + number:0{digits}d}{after}\n"


def _initialization(
    asset_id: str,
    track: track_tables.Track,
    encryption: track_tables.Encryption | None,
    links: addresses.Addresses,
) -> Iterator[str]:
    """Returns the tags of the initialization segment, none for captions."""
    if not track.init:
        return
    # The initialization segment is in the clear, but the last key applies to it where whole segments are encrypted.
    if encryption is None or _is_whole(encryption):
        yield "#EXT-X-KEY:METHOD=NONE\n"
    yield f'#EXT-X-MAP:URI="{links.segment(asset_id, track.init)}"\n'


def _key(encryption: track_tables.Encryption, links: addresses.Addresses) -> str:
    stated = {"METHOD": encryption.method, "URI": f'"{links.key(encryption.key_id)}"'}
    if not _is_whole(encryption) and links.key_format == domain.CLEAR_KEY:
        stated["KEYID"] = f"0x{encryption.key_id}"
    elif encryption.initialization_vector:
        stated["IV"] = encryption.initialization_vector
    has_license = "KEYID" in stated
    stated["KEYFORMAT"] = f'"{domain.CLEAR_KEY if has_license else domain.IDENTITY}"'
    return _tag("EXT-X-KEY", stated) + "\n"


def _gaps(run: runs.Run, listed: int, cell: str) -> Iterator[str]:
    """Returns the cells of a run behind the listed ones."""
    if listed == 0:
        yield _program_date_time(run.first_cell, 0.0)
    yield from itertools.repeat(cell, run.cell_count - listed)


def _program_date_time(cell: int, offset: float) -> str:
    at = cells.cell_start(cell) + timedelta(milliseconds=round(1000 * offset))
    return f"#EXT-X-PROGRAM-DATE-TIME:{at.isoformat(timespec='milliseconds').replace('+00:00', 'Z')}\n"


def _replacement(table: track_tables.TrackTable, kind: track_tables.Kind, label: str) -> track_tables.Track | None:
    """Returns the track of a name, or the one that replaces it, None if there is none."""
    tracks = table.of(kind)
    exact = next((track for track in tracks if track.label == label), None)
    if exact or not tracks or kind is track_tables.Kind.TEXT:
        return exact
    if kind is track_tables.Kind.AUDIO:
        return tracks[0]
    lower = [track for track in tracks if _lines(track.label) <= _lines(label)]
    return max(lower, key=lambda track: _lines(track.label)) if lower else min(tracks, key=lambda t: _lines(t.label))


def _lines(label: str) -> int:
    digits = label.removesuffix("p")
    return int(digits) if digits.isdecimal() else 0


def _shared(tables: Sequence[track_tables.TrackTable], kind: track_tables.Kind) -> list[list[track_tables.Track]]:
    """Returns the tracks that all assets have, by name; if there are none, the first of the picture and the sound."""
    of_assets = [table.of(kind) for table in tables]
    common = set.intersection(*({track.label for track in tracks} for tracks in of_assets))
    listed = [track.label for track in of_assets[0] if track.label in common]
    if not listed and kind is not track_tables.Kind.TEXT:
        listed = [track.label for tracks in of_assets for track in tracks][:1]
    replacements = [[_replacement(table, kind, label) for table in tables] for label in listed]
    return [[track for track in tracks if track] for tracks in replacements]


def _rendition(track: track_tables.Track, kind: str, group: str, links: addresses.Addresses) -> str:
    own = {name: value for name, value in track.attributes.items() if name not in {"TYPE", "URI", "GROUP-ID"}}
    stated = {"TYPE": kind, "URI": f'"{links.playlist(track.playlist)}"', "GROUP-ID": f'"{group}"', **own}
    return _tag("EXT-X-MEDIA", stated)


def _variant(tracks: Sequence[track_tables.Track], *, has_sound: bool, has_text: bool) -> str:
    """Returns the tag of a rendition, which states the most that one of the assets needs."""
    stated = {
        name: str(max(int(track.attributes.get(name, "0")) for track in tracks))
        for name in ("BANDWIDTH", "AVERAGE-BANDWIDTH")
    }
    stated["CODECS"] = f'"{_codecs(tracks)}"'
    stated["RESOLUTION"] = max((track.attributes.get("RESOLUTION", "0x0") for track in tracks), key=_pixels)
    stated["FRAME-RATE"] = max((track.attributes.get("FRAME-RATE", "0") for track in tracks), key=float)
    if has_sound:
        stated["AUDIO"] = f'"{_SOUND_GROUP}"'
    if has_text:
        stated["SUBTITLES"] = f'"{_TEXT_GROUP}"'
    return _tag("EXT-X-STREAM-INF", stated | {"CLOSED-CAPTIONS": "NONE"})


def _codecs(tracks: Sequence[track_tables.Track]) -> str:
    """Returns the codecs of all assets; of several profiles and levels of one codec, the highest."""
    highest: dict[str, str] = {}
    for track in tracks:
        for codec in track.attributes.get("CODECS", "").strip('"').split(","):
            name = codec.partition(".")[0]
            highest[name] = max(codec, highest.get(name, ""))
    return ",".join(highest.values())


def _pixels(resolution: str) -> int:
    width, _, height = resolution.partition("x")
    return int(width) * int(height)


def _tag(name: str, attributes: Mapping[str, str]) -> str:
    return f"#{name}:" + ",".join(f"{key}={value}" for key, value in attributes.items())
