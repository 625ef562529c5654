"""HLS playlists and DASH manifests of media assets, with the addresses of a session.

A file of the media store is read once as a template. Its addresses of segments lead to the media files, and those of
playlists, keys and licenses to playback, each with a placeholder for the session's id and for its token. A template
leaves out the renditions that the device does not play.
"""

import asyncio
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cachetools
from lxml import etree

from services.playback import domain
from services.playback.media import codec_support, tokens

#: What the packager writes in place of the address of a key; the key's id follows.
KEY_URI = "urn:marquee:key:"
THUMBNAILS = "thumbnails/index.vtt"
MASTER, DASH = "hls/master.m3u8", "dash/manifest.mpd"

_SESSION, _TOKEN = "{session_id}", "{token}"
_SESSION_PATH = f"/api/v1/playback/sessions/{_SESSION}"
_QUERY = f"?token={_TOKEN}"
#: An address in a playlist: a line of its own, or the attribute of a tag (RFC 8216, sections 4.1 and 4.2).
_ADDRESS = re.compile(r'(?m)^(?!#)\S.*$|(?<=[:,]URI=")[^"]*(?=")')
_ASSET_ID = re.compile(r"[0-9a-f-]{36}")
_PLAYLIST = re.compile(r"[A-Za-z0-9_-]+\.m3u8")
#: A rendition in a master playlist: the tag with its codecs, and the address in the next line (section 4.3.4.2).
_VARIANT = re.compile(r'(?m)^#EXT-X-STREAM-INF:(?:[^\n]*,)?CODECS="([^"]*)"[^\n]*\n[^\n]*\n?')

#: The tag of a key of samples: the part that stays, and the id of the key.
_KEY = re.compile(rf'(?m)^(#EXT-X-KEY:METHOD=SAMPLE-AES(?:-CTR)?,URI="{KEY_URI}([0-9a-f]+)").*$')

MPD = "urn:mpeg:dash:schema:mpd:2011"
_DASHIF = "https://dashif.org/CPS"
_COMMON_ENCRYPTION = "urn:mpeg:dash:mp4protection:2011"
_CLEAR_KEY = "urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e"

#: Assets never change once they are ready.
_MAX_TEMPLATES, _MAX_ASSETS = 1_000, 10_000


@dataclass(frozen=True, slots=True)
class Asset:
    """What the media store holds of an asset."""

    #: Whether there are thumbnails for seeking.
    has_thumbnails: bool
    #: The codecs of each rendition; empty if its playlists do not state them.
    codecs: tuple[tuple[str, ...], ...]

    def plays_on(self, codecs: Sequence[str]) -> bool:
        """Returns whether a device with these codecs, all if there are none, plays at least one rendition."""
        return not self.codecs or any(codec_support.plays(codecs, rendition) for rendition in self.codecs)


class Unreadable(Exception):
    """A file of the media store is not what the packager writes."""


class MediaStore:
    """Returns the manifests of assets.

    Args:
        folder: the media store, with a directory for each asset.
        public_url: the address of the edge, as viewers type it.
    """

    def __init__(self, folder: Path, public_url: str) -> None:
        self._folder = folder
        self._public_url = public_url
        self._templates: cachetools.LRUCache[tuple[str, str, tuple[str, ...], bool], str] = cachetools.LRUCache(
            _MAX_TEMPLATES
        )
        self._assets: cachetools.LRUCache[str, Asset] = cachetools.LRUCache(_MAX_ASSETS)

    async def describe(self, asset_id: str) -> Asset:
        """Returns what the store holds of an asset."""
        asset = self._assets.get(asset_id)
        if asset is None:
            asset = await asyncio.to_thread(self._describe, asset_id)
            if asset.codecs:  # Otherwise the store may not have all files yet.
                self._assets[asset_id] = asset
        return asset

    async def read(self, asset_id: str, name: str) -> str | None:
        """Returns a text file of an asset, None if it has none of that name."""
        path = self._path(asset_id, name)
        try:
            return await asyncio.to_thread(path.read_text)
        except FileNotFoundError:
            return None

    async def hls(self, session: domain.Session, playlist: str, token: str) -> bytes | None:
        """Returns an HLS playlist of a session, None if its asset has none of that name."""
        return await self._filled(session, f"hls/{playlist}", token) if _PLAYLIST.fullmatch(playlist) else None

    async def dash(self, session: domain.Session, token: str) -> bytes | None:
        """Returns the DASH manifest of a session, None if its asset has none."""
        return await self._filled(session, DASH, token)

    def _describe(self, asset_id: str) -> Asset:
        has_thumbnails = self._path(asset_id, THUMBNAILS).is_file()
        try:
            master = self._path(asset_id, MASTER).read_text()
        except FileNotFoundError:
            return Asset(has_thumbnails, ())
        return Asset(has_thumbnails, tuple(tuple(each.split(",")) for each in _VARIANT.findall(master)))

    async def _filled(self, session: domain.Session, name: str, token: str) -> bytes | None:
        key = (session.asset_id, name, session.codecs, session.uses_licenses)
        template = self._templates.get(key)
        if template is None:
            text = await self.read(session.asset_id, name)
            if text is None:
                return None
            template = self._templates[key] = (
                dash_template(text, session.asset_id, session.codecs, self._public_url)
                if name == DASH
                else hls_template(text, session.asset_id, session.codecs, uses_licenses=session.uses_licenses)
            )
        return template.replace(_SESSION, session.session_id).replace(_TOKEN, token).encode()

    def _path(self, asset_id: str, name: str) -> Path:
        if not _ASSET_ID.fullmatch(asset_id):
            raise Unreadable(f"{asset_id!r} is not an asset")
        return self._folder / asset_id / name


def hls_template(playlist: str, asset_id: str, codecs: Sequence[str] = (), *, uses_licenses: bool = False) -> str:
    """Returns a playlist of the asset's `hls` directory with the renditions for some codecs and its addresses replaced.

    Every other tag stays as the packager wrote it, except that keys name their ids for players that use licenses.
    """
    if uses_licenses:
        playlist = _KEY.sub(rf'\1,KEYID=0x\2,KEYFORMAT="{domain.CLEAR_KEY}"', playlist)
    played = _VARIANT.sub(
        lambda variant: variant.group() if codec_support.plays(codecs, variant.group(1).split(",")) else "", playlist
    )
    return _ADDRESS.sub(lambda address: _hls_address(address.group(), asset_id), played)


def _hls_address(uri: str, asset_id: str) -> str:
    if uri.startswith(KEY_URI):
        return f"{_SESSION_PATH}/keys/{uri.removeprefix(KEY_URI)}{_QUERY}"
    if _PLAYLIST.fullmatch(uri):
        return f"{_SESSION_PATH}/hls/{uri}{_QUERY}"
    path = posixpath.normpath(posixpath.join("hls", uri))
    return f"{tokens.path_prefix(asset_id)}{_inside(path)}{_QUERY}"


def dash_template(manifest: str, asset_id: str, codecs: Sequence[str], public_url: str) -> str:
    """Returns the manifest with the renditions for some codecs, its addresses replaced, and the license address."""
    root = addressed_manifest(manifest, asset_id, codecs, f"{public_url}{_SESSION_PATH}/license{_QUERY}", _QUERY)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8").decode()


def addressed_manifest(
    manifest: str, asset_id: str, codecs: Sequence[str], license_url: str, query: str
) -> etree._Element:
    """Returns a parsed DASH manifest with the renditions for some codecs and the addresses of a session.

    Args:
        manifest: the file of the asset.
        asset_id: the asset.
        codecs: those that the device states; empty for all.
        license_url: where a player gets the keys.
        query: what follows the address of each segment.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(manifest.encode(), parser)
    except etree.XMLSyntaxError as broken:
        raise Unreadable(f"the DASH manifest of {asset_id} is not XML") from broken
    for base in root.findall(f"{{{MPD}}}BaseURL"):
        root.remove(base)
    base = etree.Element(f"{{{MPD}}}BaseURL")
    base.text = tokens.path_prefix(asset_id)
    root.insert(0, base)
    _remove_unplayable(root, codecs)
    for template in root.iter(f"{{{MPD}}}SegmentTemplate"):
        for name in {"initialization", "media"} & set(template.keys()):
            template.set(name, _inside(str(template.get(name))) + query)
    for protection in list(root.iter(f"{{{MPD}}}ContentProtection")):
        if protection.get("schemeIdUri") == _COMMON_ENCRYPTION:
            protection.addnext(_clear_key(license_url))
    return root


def _remove_unplayable(root: etree._Element, codecs: Sequence[str]) -> None:
    """Removes the representations that a device does not play, and the adaptation sets that are left empty."""
    for period in root.iter(f"{{{MPD}}}Period"):
        for adaptation_set in period.findall(f"{{{MPD}}}AdaptationSet"):
            for representation in adaptation_set.findall(f"{{{MPD}}}Representation"):
                stated = representation.get("codecs") or adaptation_set.get("codecs") or ""
                if not codec_support.plays(codecs, stated.split(",")):
                    adaptation_set.remove(representation)
            if adaptation_set.find(f"{{{MPD}}}Representation") is None:
                period.remove(adaptation_set)


def _clear_key(license_url: str) -> etree._Element:
    protection = etree.Element(
        f"{{{MPD}}}ContentProtection",
        {"schemeIdUri": _CLEAR_KEY, "value": "ClearKey1.0"},
        nsmap={"dashif": _DASHIF},
    )
    address = etree.SubElement(protection, f"{{{_DASHIF}}}Laurl", {"Lic_type": "EME-1.0"})
    address.text = license_url
    return protection


def _inside(path: str) -> str:
    """Returns a path within the asset. Raises Unreadable for any other."""
    if path.startswith(("/", "..")) or ":" in path or "/../" in path:
        raise Unreadable(f"{path!r} leads out of the asset")
    return path
