"""HLS playlists and DASH manifests of media assets, with the addresses of a session.

A file of the media store is read once as a template. Its addresses of segments lead to the media files, and those of
playlists, keys and licenses to playback, each with a placeholder for the session's id and for its token.
"""

import asyncio
import functools
import posixpath
import re
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from services.playback import tokens

#: What the packager writes in place of the address of a key; the key's id follows.
KEY_URI = "urn:marquee:key:"
THUMBNAILS = "thumbnails/index.vtt"

_SESSION, _TOKEN = "{session_id}", "{token}"
_SESSION_PATH = f"/api/v1/playback/sessions/{_SESSION}"
_QUERY = f"?token={_TOKEN}"
#: An address in a playlist: a line of its own, or the attribute of a tag (RFC 8216, sections 4.1 and 4.2).
_ADDRESS = re.compile(r'(?m)^(?!#)\S.*$|(?<=[:,]URI=")[^"]*(?=")')
_ASSET_ID = re.compile(r"[0-9a-f-]{36}")
_PLAYLIST = re.compile(r"[A-Za-z0-9_-]+\.m3u8")

_MPD = "urn:mpeg:dash:schema:mpd:2011"
_DASHIF = "https://dashif.org/CPS"
_COMMON_ENCRYPTION = "urn:mpeg:dash:mp4protection:2011"
_CLEAR_KEY = "urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e"

_MAX_TEMPLATES = 1000


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
        self._templates: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def hls(self, asset_id: str, playlist: str, session_id: str, token: str) -> bytes | None:
        """Returns an HLS playlist for a session, None if the asset has none of that name."""
        if not _PLAYLIST.fullmatch(playlist):
            return None
        return await self._filled(asset_id, f"hls/{playlist}", hls_template, session_id, token)

    async def dash(self, asset_id: str, session_id: str, token: str) -> bytes | None:
        """Returns the DASH manifest for a session, None if the asset has none."""
        template = functools.partial(dash_template, public_url=self._public_url)
        return await self._filled(asset_id, "dash/manifest.mpd", template, session_id, token)

    async def has_thumbnails(self, asset_id: str) -> bool:
        """Returns whether there are thumbnails for seeking."""
        return await asyncio.to_thread(self._path(asset_id, THUMBNAILS).is_file)

    async def _filled(
        self, asset_id: str, name: str, template: Callable[[str, str], str], session_id: str, token: str
    ) -> bytes | None:
        key = (asset_id, name)
        if key not in self._templates:
            try:
                read = await asyncio.to_thread(self._path(asset_id, name).read_text)
            except FileNotFoundError:
                return None
            self._templates[key] = template(read, asset_id)
            if len(self._templates) > _MAX_TEMPLATES:
                self._templates.popitem(last=False)
        return self._templates[key].replace(_SESSION, session_id).replace(_TOKEN, token).encode()

    def _path(self, asset_id: str, name: str) -> Path:
        if not _ASSET_ID.fullmatch(asset_id):
            raise Unreadable(f"{asset_id!r} is not an asset")
        return self._folder / asset_id / name


def hls_template(playlist: str, asset_id: str) -> str:
    """Returns a playlist of the asset's `hls` directory with its addresses replaced.

    Only the addresses are replaced, so that every tag stays as the packager wrote it.
    """
    return _ADDRESS.sub(lambda found: _hls_address(found.group(), asset_id), playlist)


def _hls_address(uri: str, asset_id: str) -> str:
    if uri.startswith(KEY_URI):
        return f"{_SESSION_PATH}/keys/{uri.removeprefix(KEY_URI)}{_QUERY}"
    if _PLAYLIST.fullmatch(uri):
        return f"{_SESSION_PATH}/hls/{uri}{_QUERY}"
    path = posixpath.normpath(posixpath.join("hls", uri))
    return f"{tokens.path_prefix(asset_id)}{_inside(path)}{_QUERY}"


def dash_template(manifest: str, asset_id: str, public_url: str) -> str:
    """Returns the manifest with its addresses replaced, and with the license address for encrypted media."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(manifest.encode(), parser)
    except etree.XMLSyntaxError as broken:
        raise Unreadable(f"the DASH manifest of {asset_id} is not XML") from broken
    for base in root.findall(f"{{{_MPD}}}BaseURL"):
        root.remove(base)
    base = etree.Element(f"{{{_MPD}}}BaseURL")
    base.text = tokens.path_prefix(asset_id)
    root.insert(0, base)
    for template in root.iter(f"{{{_MPD}}}SegmentTemplate"):
        for name in {"initialization", "media"} & set(template.keys()):
            template.set(name, _inside(str(template.get(name))) + _QUERY)
    for protection in list(root.iter(f"{{{_MPD}}}ContentProtection")):
        if protection.get("schemeIdUri") == _COMMON_ENCRYPTION:
            protection.addnext(_clear_key(f"{public_url}{_SESSION_PATH}/license{_QUERY}"))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8").decode()


def _clear_key(license_url: str) -> etree._Element:
    protection = etree.Element(
        f"{{{_MPD}}}ContentProtection",
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
