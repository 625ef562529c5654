"""The tracks of packaged assets, with the times of their segments, read once from their manifests."""

import asyncio
import math
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import cachetools
from lxml import etree

from services.playback.linear import cells
from services.playback.media import manifests

#: What stands for the parts of a DASH period that depend on the session or the run; the last three are followed by the
#: index of the track.
LICENSE, QUERY, START_NUMBER, TIME_OFFSET, TIMELINE = "@license", "@query", "@number", "@offset", "@timeline"
_PLACEHOLDER = re.compile(f"({LICENSE}|{QUERY}|{START_NUMBER}|{TIME_OFFSET}|{TIMELINE})([0-9]*)@")
_BETWEEN_TAGS = re.compile(r">\s+<")
_DECLARATION = re.compile(r' xmlns(?::\w+)?="[^"]*"')
#: The method of HLS that encrypts whole segments.
WHOLE_SEGMENTS = "AES-128"
#: A last segment that is shorter by up to this, in seconds, still fills its cell.
_SHORTER = 0.05
#: How far from its cell a segment may begin, in seconds: more than a frame at the slowest rate.
_SHIFTED = 0.2
_MAX_TABLES = 2_000

_MEDIA = re.compile(r"((video|audio|text)/([A-Za-z0-9_-]+)/)\$Number%0(\d+)d\$(\.\w+)")
_VARIANT = re.compile(r"(?m)^#EXT-X-STREAM-INF:([^\n]+)\n(\S+)$")
_RENDITION = re.compile(r"(?m)^#EXT-X-MEDIA:([^\n]+)$")
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,"]+)')
_KEY = re.compile(r"(?m)^#EXT-X-KEY:([^\n]+)$")


class Kind(StrEnum):
    """The kind of a track, as paths and playlists name it."""

    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Encryption:
    """How the segments of an asset are encrypted."""

    #: In 32 hexadecimal digits.
    key_id: str
    #: `METHOD` of EXT-X-KEY in HLS.
    method: str
    #: `IV` of EXT-X-KEY; empty if there is none.
    initialization_vector: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """A rendition of the picture, a sound track, or captions."""

    kind: Kind
    #: Such as `720p` or `eng`; unique among the tracks of the kind.
    label: str
    #: The directory of the segments in the asset.
    directory: str
    #: The path of the initialization segment; empty if there is none.
    init: str
    #: How many digits the number of a segment has at least in its file name, and the number of the first one.
    digits: int
    first_number: int
    suffix: str
    timescale: int
    #: When each segment starts, in units of the timescale, and when the last one ends.
    times: Sequence[int]
    #: The attributes of its tag in the master playlist, as they are written there.
    attributes: Mapping[str, str]

    @property
    def segment_count(self) -> int:
        """How many segments the track has."""
        return len(self.times) - 1

    @property
    def playlist(self) -> str:
        """The name of its playlist."""
        return f"{self.kind}-{self.label}.m3u8"

    def segment_offset(self, segment: int) -> float:
        """Returns how much later than its cell a segment begins, in seconds."""
        return self.times[segment] / self.timescale - segment * cells.CELL_SECONDS


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a DASH period: text, and the placeholder that follows it, which may be about a track."""

    text: str
    placeholder: str
    track: Track | None


@dataclass(frozen=True, slots=True)
class TrackTable:
    """The tracks of an asset that a device plays."""

    asset_id: str
    #: How many cells its picture fills.
    segment_count: int
    #: In the order of its manifest.
    tracks: tuple[Track, ...]
    #: None if the segments are not encrypted.
    encryption: Encryption | None
    #: The elements of its DASH period, each in parts.
    period: tuple[tuple[Part, ...], ...] = ()

    @property
    def is_encrypted_whole(self) -> bool:
        """Whether whole segments are encrypted, which players of HLS alone decrypt."""
        return self.encryption is not None and self.encryption.method == WHOLE_SEGMENTS

    def of(self, kind: Kind) -> list[Track]:
        """Returns the tracks of a kind."""
        return [track for track in self.tracks if track.kind is kind]


class TrackTables:
    """Returns the track tables of assets, which never change.

    Args:
        store: the media store.
    """

    def __init__(self, store: manifests.MediaStore) -> None:
        self._store = store
        self._tables: cachetools.LRUCache[tuple[str, tuple[str, ...]], TrackTable] = cachetools.LRUCache(_MAX_TABLES)

    async def get(self, asset_id: str, codecs: tuple[str, ...] = ()) -> TrackTable | None:
        """Returns the tracks that a device with some codecs plays, all if none are stated.

        None if the asset is not in the store. Raises Unreadable if its files are not what the packager writes.
        """
        table = self._tables.get((asset_id, codecs))
        if table is None:
            table = await self._load(asset_id, codecs)
            if table is not None:
                self._tables[asset_id, codecs] = table
        return table

    async def _load(self, asset_id: str, codecs: tuple[str, ...]) -> TrackTable | None:
        master = await self._store.read(asset_id, manifests.MASTER)
        manifest = await self._store.read(asset_id, manifests.DASH)
        first = _VARIANT.search(master or "")
        playlist = await self._store.read(asset_id, f"hls/{first[2]}") if first else ""
        if master is None or manifest is None or playlist is None:
            return None
        return await asyncio.to_thread(read_table, asset_id, master, playlist, manifest, codecs)


def read_table(asset_id: str, master: str, playlist: str, manifest: str, codecs: Sequence[str] = ()) -> TrackTable:
    """Returns the tracks of an asset. Raises Unreadable if its files are not what the packager writes.

    Args:
        asset_id: the asset.
        master: its master playlist.
        playlist: one of its playlists of a rendition.
        manifest: its DASH manifest.
        codecs: those that the device states; all tracks if there are none.
    """
    attributes = _playlist_attributes(master)
    root = manifests.addressed_manifest(manifest, asset_id, codecs, f"{LICENSE}@", f"{QUERY}@")
    encryption = _encryption(root, playlist)
    tracks: list[Track] = []
    for template in root.iter(f"{{{manifests.MPD}}}SegmentTemplate"):
        track = _track(template, attributes)
        template.set("startNumber", f"{START_NUMBER}{len(tracks)}@")
        template.set("presentationTimeOffset", f"{TIME_OFFSET}{len(tracks)}@")
        for timeline in list(template):
            template.remove(timeline)
        etree.SubElement(template, f"{{{manifests.MPD}}}SegmentTimeline").text = f"{TIMELINE}{len(tracks)}@"
        tracks.append(track)
    return TrackTable(asset_id, _whole_segments(tracks), tuple(tracks), encryption, tuple(_period(root, tracks)))


def _playlist_attributes(master: str) -> dict[str, dict[str, str]]:
    """Returns the attributes of each rendition of a master playlist by the name of its playlist."""
    by_name = {name: dict(_ATTRIBUTE.findall(line)) for line, name in _VARIANT.findall(master)}
    renditions = (dict(_ATTRIBUTE.findall(line)) for line in _RENDITION.findall(master))
    return by_name | {each["URI"].strip('"'): each for each in renditions if "URI" in each}


def _track(template: etree._Element, attributes: Mapping[str, Mapping[str, str]]) -> Track:
    pattern = _MEDIA.fullmatch(str(template.get("media")).removesuffix(f"{QUERY}@"))
    if pattern is None:
        raise manifests.Unreadable(f"{template.get('media')!r} does not number segments")
    directory, kind, label, digits, suffix = pattern.groups()
    return Track(
        kind=Kind(kind),
        label=label,
        directory=directory,
        init=template.get("initialization", "").removesuffix(f"{QUERY}@"),
        digits=int(digits),
        first_number=int(template.get("startNumber", "1")),
        suffix=suffix,
        timescale=int(template.get("timescale", "1")),
        times=_times(template),
        attributes=attributes.get(f"{kind}-{label}.m3u8", {}),
    )


def _times(template: etree._Element) -> Sequence[int]:
    """Returns when the segments of a timeline start, and when the last one ends."""
    times = array("q", [0])
    for entry in template.iter(f"{{{manifests.MPD}}}S"):
        times[-1] = int(entry.get("t", times[-1]))
        for _ in range(int(entry.get("r", "0")) + 1):
            times.append(times[-1] + int(entry.get("d", "0")))
    return times


def _whole_segments(tracks: Sequence[Track]) -> int:
    """Returns how many cells are filled by every rendition of the picture."""
    counts = []
    for track in tracks:
        if track.kind is Kind.VIDEO:
            whole = 0
            while whole < track.segment_count and _fills_cell(track, whole):
                whole += 1
            counts.append(whole)
    return min(counts, default=0)


def _fills_cell(track: Track, segment: int) -> bool:
    end = track.times[segment + 1] / track.timescale
    is_long_enough = end >= (segment + 1) * cells.CELL_SECONDS - _SHORTER
    return is_long_enough and math.fabs(track.segment_offset(segment)) <= _SHIFTED


def _encryption(root: etree._Element, playlist: str) -> Encryption | None:
    key = _KEY.search(playlist)
    stated = dict(_ATTRIBUTE.findall(key[1])) if key else {}
    for protection in root.iter(f"{{{manifests.MPD}}}ContentProtection"):
        key_id = protection.get("{urn:mpeg:cenc:2013}default_KID")
        if key_id:
            # Shaka Packager writes no tag for `cenc`, which HLS players know by this method.
            method = stated.get("METHOD") or "SAMPLE-AES-CTR"
            return Encryption(key_id.replace("-", "").lower(), method, stated.get("IV", ""))
    return None


def _period(root: etree._Element, tracks: Sequence[Track]) -> Iterator[tuple[Part, ...]]:
    """Returns the elements of the only period, each split at its placeholders."""
    period, base = root.find(f"{{{manifests.MPD}}}Period"), root.find(f"{{{manifests.MPD}}}BaseURL")
    if period is None or base is None:
        raise manifests.Unreadable("a DASH manifest has no period")
    period.insert(0, base)
    for element in period:
        # The manifest of a channel declares the namespaces.
        text = _DECLARATION.sub("", etree.tostring(element, encoding="unicode", with_tail=False))
        text = _BETWEEN_TAGS.sub("><", text)
        parts = _PLACEHOLDER.split(text)
        pieces = []
        for index in range(0, len(parts) - 1, 3):
            text, placeholder, number = parts[index : index + 3]
            pieces.append(Part(text, placeholder, tracks[int(number)] if number else None))
        yield (*pieces, Part(parts[-1], "", None))
