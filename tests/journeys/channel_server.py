"""A channel on a small HTTP server: packaged films, shown one after the other since the server started and before."""

import base64
import contextlib
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from clients.generate import __main__ as generate
from services.playback import domain
from services.playback.linear import addresses, cells, dash, hls, runs, track_tables

_LIVE_CELLS = 30
_PLAYERS = generate.WEB / "node_modules"
_FILES = {
    "/player.html": Path(__file__).parent / "channel_player.html",
    "/shaka.js": _PLAYERS / "shaka-player" / "dist" / "shaka-player.compiled.js",
    "/hls.js": _PLAYERS / "hls.js" / "dist" / "hls.js",
}
_TYPES = {".html": "text/html", ".js": "text/javascript", ".m3u8": "application/vnd.apple.mpegurl", ".vtt": "text/vtt"}


@dataclass(frozen=True)
class Channel:
    """What the channel shows."""

    media: Path
    tables: Mapping[str, track_tables.TrackTable]
    #: The keys by their ids, in hexadecimal digits.
    keys: Mapping[str, bytes]
    items: Sequence[runs.AiredItem]

    def shown_at(self, seconds: float) -> tuple[str, float]:
        """Returns the asset and the position in it, in seconds, at a time since the epoch."""
        cell = int(seconds // cells.CELL_SECONDS)
        (run,) = runs.runs_in(self.items, cell, cell + 1)
        return run.asset_id, seconds - (cell - run.first_segment) * cells.CELL_SECONDS


@contextlib.contextmanager
def running(channel: Channel) -> Iterator[str]:
    """Serves a channel and the players; yields the address."""

    class Handler(_Handler):
        shown = channel

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    shown: Channel
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Keeps the output of tests clean."""

    def handle(self) -> None:
        """Handles the requests of a connection, which a player closes when it does not need it any more."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        """Serves a file of a player, a playlist, a manifest, a segment or a key."""
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        self._send(
            self._content(address.path, query), _TYPES.get(Path(address.path).suffix, "application/octet-stream")
        )

    def do_POST(self) -> None:
        """Serves a Clear Key license."""
        wanted = json.loads(self.rfile.read(int(self.headers["content-length"])))["kids"]
        keys = [
            {"kty": "oct", "kid": kid, "k": _base64url(self.shown.keys[base64.urlsafe_b64decode(kid + "==").hex()])}
            for kid in wanted
        ]
        self._send(json.dumps({"keys": keys, "type": "temporary"}).encode(), "application/json")

    def _content(self, path: str, query: Mapping[str, str]) -> bytes | None:
        if path in _FILES:
            return _FILES[path].read_bytes()
        if path.startswith("/media/"):
            file = self.shown.media / path.removeprefix("/media/")
            return file.read_bytes() if file.is_file() else None
        if path.startswith("/s/keys/"):
            return self.shown.keys.get(path.removeprefix("/s/keys/"))
        if path == "/s/dash/manifest.mpd":
            window, links, slides = self._window(query)
            return dash.manifest(window, self.shown.tables, links, datetime.now(UTC), slides=slides).encode()
        if path == "/s/hls/master.m3u8":
            return hls.master_playlist(list(self.shown.tables.values()), self._window(query)[1]).encode()
        window, links, slides = self._window(query)
        playlist = hls.media_playlist(path.removeprefix("/s/hls/"), window, self.shown.tables, links, slides=slides)
        return playlist.encode() + b"#EXT-X-ENDLIST\n" * ("to" in query) if playlist else None

    def _window(self, query: Mapping[str, str]) -> tuple[list[runs.Run], addresses.Addresses, bool]:
        edge = int(time.time() // cells.CELL_SECONDS)
        first, end = int(query.get("from", edge - _LIVE_CELLS)), min(int(query.get("to", edge)), edge)
        port = self.server.server_address[1]
        links = addresses.Addresses(
            session_path="/s",
            license_url=f"http://127.0.0.1:{port}/s/license",
            playlist_query="?" + "&".join(f"{name}={value}" for name, value in query.items()),
            key_query="",
            media_queries=dict.fromkeys(self.shown.tables, ""),
            key_format=domain.CLEAR_KEY if "license" in query else domain.IDENTITY,
        )
        return runs.runs_in(self.shown.items, first, end), links, "from" not in query

    def _send(self, content: bytes | None, content_type: str) -> None:
        self.send_response(200 if content is not None else 404)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(content or b"")))
        self.send_header("cache-control", "no-store")
        self.end_headers()
        self.wfile.write(content or b"")


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
