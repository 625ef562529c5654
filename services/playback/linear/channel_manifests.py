"""The manifests of sessions on channels, and the keys that they name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import cachetools

from services.kit import signing
from services.kit.clock import Clock
from services.playback import domain
from services.playback.linear import addresses, channel_windows, dash, hls, track_tables
from services.playback.media import tokens

_MAX_TOKENS = 50_000


class ChannelManifests:
    """Writes manifests.

    Args:
        windows: the windows of channels.
        keys: signs playback tokens.
        public_url: the address of the edge, as viewers type it.
        time: the clock.
    """

    def __init__(
        self, windows: channel_windows.ChannelWindows, keys: signing.SigningKeys, public_url: str, time: Clock
    ) -> None:
        self._windows = windows
        self._keys = keys
        self._public_url = public_url
        self._clock = time
        #: Tokens of segments by session, asset and expiry: signing is most of the work of a manifest.
        self._tokens: cachetools.LRUCache[tuple[str, str, datetime], str] = cachetools.LRUCache(_MAX_TOKENS)

    async def hls(self, session: domain.Session, playlist: str, from_cell: int, token: str) -> bytes | None:
        """Returns an HLS playlist, None if there is none of that name or nothing to list."""
        window = await self._window(session, from_cell)
        if window is None:
            return None
        links = self._addresses(session, window.tables.values(), from_cell, token)
        if playlist == hls.MASTER:
            return hls.master_playlist(_listed(window) or list(window.tables.values()), links).encode()
        text = hls.media_playlist(playlist, window.runs, window.tables, links, slides=window.slides)
        return None if text is None else text.encode()

    async def dash(self, session: domain.Session, from_cell: int, token: str) -> bytes | None:
        """Returns the DASH manifest, None if there is nothing to list, or if DASH has no form for it."""
        window = await self._window(session, from_cell)
        # DASH has no form for gaps alone.
        if window is None or window.is_empty or any(table.is_encrypted_whole for table in window.tables.values()):
            return None
        links = self._addresses(session, window.tables.values(), from_cell, token)
        return dash.manifest(window.runs, window.tables, links, self._clock.now(), slides=window.slides).encode()

    async def list_keyed_assets(self, session: domain.Session) -> dict[str, str]:
        """Returns the assets that the viewer of a session may decrypt, by their key ids in hexadecimal digits."""
        return {
            run.key_id or table.encryption.key_id: run.asset_id
            for window in await self._windows.keyed(session)
            for run in window.runs
            if (table := window.tables.get(run.asset_id)) and table.encryption
        }

    async def _window(self, session: domain.Session, from_cell: int) -> channel_windows.Window | None:
        window = await (self._windows.held(session, from_cell) if from_cell else self._windows.live(session))
        return window if window and window.runs and window.tables else None

    def _addresses(
        self, session: domain.Session, tables: Iterable[track_tables.TrackTable], from_cell: int, token: str
    ) -> addresses.Addresses:
        path, query = f"/api/v1/playback/sessions/{session.session_id}", f"?token={token}"
        return addresses.Addresses(
            session_path=path,
            license_url=f"{self._public_url}{path}/license{query}",
            playlist_query=f"{query}&from_cell={from_cell}" if from_cell else query,
            key_query=query,
            key_format=domain.CLEAR_KEY if session.uses_licenses else domain.IDENTITY,
            media_queries={table.asset_id: f"?token={self._token(session, table.asset_id)}" for table in tables},
        )

    def _token(self, session: domain.Session, asset_id: str) -> str:
        now = self._clock.now()
        key = (session.session_id, asset_id, tokens.expire_time(session, now))
        token = self._tokens.get(key)
        if token is None:
            token = self._tokens[key] = tokens.issue(self._keys, session, now, asset_id)
        return token


def _listed(window: channel_windows.Window) -> list[track_tables.TrackTable]:
    """Returns the tables of the assets of a window, each once, in the order in which they are shown."""
    asset_ids = dict.fromkeys(run.asset_id for run in window.runs if run.asset_id in window.tables)
    return [window.tables[asset_id] for asset_id in asset_ids]
