"""Manifests and keys, which a playback token opens."""

from __future__ import annotations

from collections.abc import Sequence

from google.api import httpbody_pb2
from marquee.playback.v1 import playback_service_pb2

from services.playback import domain, errors
from services.playback.handlers import base
from services.playback.media import licenses

_HLS, _DASH = "application/vnd.apple.mpegurl", "application/dash+xml"
_JSON, _BYTES, _KEY_SET = "application/json", "application/octet-stream", "application/jwk-set+json"


class Media(base.Base):
    """Serves players."""

    async def GetHlsPlaylist(
        self, request: playback_service_pb2.GetHlsPlaylistRequest, rpc: base.Rpc
    ) -> httpbody_pb2.HttpBody:
        """Returns a playlist of a live session."""
        session = await self._live_session(request.session_id, request.token)
        if session.place:
            playlist = await self._channel_manifests.hls(session, request.playlist, request.from_cell, request.token)
        else:
            playlist = await self._store.hls(session, request.playlist, request.token)
        if playlist is None:
            raise errors.PlaylistNotFound(request.playlist)
        return await _private_body(rpc, _HLS, playlist)

    async def GetDashManifest(
        self, request: playback_service_pb2.GetDashManifestRequest, rpc: base.Rpc
    ) -> httpbody_pb2.HttpBody:
        """Returns the manifest of a live session."""
        session = await self._live_session(request.session_id, request.token)
        if session.place:
            manifest = await self._channel_manifests.dash(session, request.from_cell, request.token)
        else:
            manifest = await self._store.dash(session, request.token)
        if manifest is None:
            raise errors.PlaylistNotFound("manifest.mpd")
        return await _private_body(rpc, _DASH, manifest)

    async def GetLicense(self, request: playback_service_pb2.GetLicenseRequest, rpc: base.Rpc) -> httpbody_pb2.HttpBody:
        """Returns a Clear Key license."""
        session = await self._entitled_session(request.session_id, request.token)
        key_ids = licenses.parse_request(request.body.data)
        keys = await self._load_keys(session, key_ids)
        return await _private_body(rpc, _JSON, licenses.build_license(key_ids, keys))

    async def GetContentKey(
        self, request: playback_service_pb2.GetContentKeyRequest, rpc: base.Rpc
    ) -> httpbody_pb2.HttpBody:
        """Returns one key."""
        session = await self._entitled_session(request.session_id, request.token)
        key_id = bytes.fromhex(request.key_id)
        key = (await self._load_keys(session, [key_id])).get(key_id)
        if key is None:
            raise errors.KeyNotFound(request.key_id)
        return await _private_body(rpc, _BYTES, key)

    async def GetPlaybackJwks(
        self, request: playback_service_pb2.GetPlaybackJwksRequest, rpc: base.Rpc
    ) -> httpbody_pb2.HttpBody:
        """Returns the keys that verify playback tokens."""
        return httpbody_pb2.HttpBody(content_type=_KEY_SET, data=self._keys.jwks())

    async def _load_keys(self, session: domain.Session, key_ids: Sequence[bytes]) -> dict[bytes, bytes]:
        """Returns the keys of a session, of a channel only those of the assets that its viewer may see."""
        if not session.place:
            return await self._clients.load_content_keys(session.asset_id)
        asset_ids = await self._channel_manifests.list_keyed_assets(session)
        requested = {key_id: asset_ids[key_id.hex()] for key_id in key_ids if key_id.hex() in asset_ids}
        keys = {
            key_id: (await self._clients.load_content_keys(asset_id, [key_id])).get(key_id)
            for key_id, asset_id in requested.items()
        }
        return {key_id: key for key_id, key in keys.items() if key is not None}

    async def _entitled_session(self, session_id: str, token: str) -> domain.Session:
        """Returns the live session of a token if its viewer may still watch. Raises NotEntitled too."""
        session = await self._live_session(session_id, token)
        decision = await self._clients.check_access(session)
        if not decision.allowed:
            raise errors.NotEntitled(decision)
        return session


async def _private_body(rpc: base.Rpc, content_type: str, data: bytes) -> httpbody_pb2.HttpBody:
    """Returns a body that belongs to one session: no cache may keep it."""
    await rpc.send_initial_metadata((("cache-control", "no-store"),))
    return httpbody_pb2.HttpBody(content_type=content_type, data=data)
