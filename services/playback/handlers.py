"""The servicer of playback."""

from __future__ import annotations

from typing import Any, TypeAlias

import grpc
from google.api import httpbody_pb2
from marquee.playback.v1 import playback_pb2, playback_pb2_grpc

from services.kit import context, db, events, ids, pipeline, signing
from services.kit.clock import Clock
from services.playback import convert, domain, errors, licenses, manifests, peers, slots, storage, tokens

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

_HLS, _DASH = "application/vnd.apple.mpegurl", "application/dash+xml"
_JSON, _BYTES, _KEY_SET = "application/json", "application/octet-stream", "application/jwk-set+json"


class Playback(playback_pb2_grpc.PlaybackServiceServicer):
    """Answers players.

    Args:
        database: playback's own, with the log of sessions.
        outbox: where events are written.
        leases: the stream slots.
        others: the other services.
        store: the media store.
        keys: signs and verifies playback tokens.
        public_url: the address of the edge, as viewers type it.
        clock: tells when it is.
    """

    def __init__(
        self,
        database: db.Database,
        outbox: events.Outbox,
        leases: slots.Slots,
        others: peers.Peers,
        store: manifests.MediaStore,
        keys: signing.SigningKeys,
        public_url: str,
        clock: Clock,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._slots = leases
        self._peers = others
        self._store = store
        self._keys = keys
        self._public_url = public_url
        self._clock = clock

    async def StartSession(
        self, request: playback_pb2.StartSessionRequest, rpc: Rpc
    ) -> playback_pb2.StartSessionResponse:
        """Starts a session where the profile stopped."""
        if not context.caller().profile_id:  # A service that calls for itself watches nothing.
            raise pipeline.ProfileRequired("Select a profile to call this.")
        found = await self._peers.find(request.title_id, request.episode_id)
        if not found.decision.allowed:
            raise errors.refusal(found.decision)
        session = await self._plan(request, found)
        taken = await self._slots.take(session, found.decision.max_streams, request.request_id, session.start_time)
        if isinstance(taken, slots.Full):
            raise errors.TooManyStreams(convert.too_many_streams(found.decision, taken.sessions))
        await self._log(taken)
        token = tokens.issue(self._keys, taken.session)
        return playback_pb2.StartSessionResponse(
            session=convert.session_message(taken.session, token, self._public_url)
        )

    async def Heartbeat(self, request: playback_pb2.HeartbeatRequest, rpc: Rpc) -> playback_pb2.HeartbeatResponse:
        """Extends the lease of a session, and tells where its viewer is."""
        session_id, now = request.session_id, self._clock.now()
        account_id = _owner(session_id)
        session = await self._slots.renew(account_id, session_id, now)
        if session is None:
            raise await self._gone(session_id, account_id)
        lease_expire_time = now + domain.LEASE
        async with self._database.transaction() as tx:
            noted = await storage.note_progress(
                tx,
                session_id,
                position=min(convert.span(request.position), session.duration),
                player_state=request.state,
                at=now,
                lease_expire_time=lease_expire_time,
            )
            if noted:
                progressed = convert.progressed(noted, stopped=False)
                await self._outbox.add(tx, occur_time=now, playback_progressed=progressed)
        return playback_pb2.HeartbeatResponse(lease_expire_time=convert.timestamp(lease_expire_time))

    async def StopSession(self, request: playback_pb2.StopSessionRequest, rpc: Rpc) -> playback_pb2.StopSessionResponse:
        """Ends a session of the calling account, on whichever device it plays, and frees its slot."""
        session_id, now = request.session_id, self._clock.now()
        account_id = _owner(session_id)
        position = convert.span(request.position) if request.HasField("position") else None
        await self._slots.free(account_id, session_id)
        async with self._database.transaction() as tx:
            ended = await storage.end_session(tx, session_id, account_id, cause="stopped", at=now, position=position)
            if ended:
                progressed = convert.progressed(ended, stopped=True)
                await self._outbox.add(tx, occur_time=ended.seen_time, playback_progressed=progressed)
            elif await storage.get_session(tx, session_id, account_id) is None:
                raise errors.SessionNotFound(session_id)
        return playback_pb2.StopSessionResponse()

    async def GetHlsPlaylist(self, request: playback_pb2.GetHlsPlaylistRequest, rpc: Rpc) -> httpbody_pb2.HttpBody:
        """Answers a playlist of a live session."""
        session = await self._live(request.session_id, request.token)
        playlist = await self._store.hls(session.package_id, request.playlist, session.session_id, request.token)
        if playlist is None:
            raise errors.PlaylistNotFound(request.playlist)
        return await _private(rpc, _HLS, playlist)

    async def GetDashManifest(self, request: playback_pb2.GetDashManifestRequest, rpc: Rpc) -> httpbody_pb2.HttpBody:
        """Answers the manifest of a live session."""
        session = await self._live(request.session_id, request.token)
        manifest = await self._store.dash(session.package_id, session.session_id, request.token)
        if manifest is None:
            raise errors.PlaylistNotFound("manifest.mpd")
        return await _private(rpc, _DASH, manifest)

    async def GetLicense(self, request: playback_pb2.GetLicenseRequest, rpc: Rpc) -> httpbody_pb2.HttpBody:
        """Answers a Clear Key license."""
        session = await self._entitled(request.session_id, request.token)
        key_ids = licenses.requested(request.body.data)
        keys = await self._peers.content_keys(session.package_id)
        return await _private(rpc, _JSON, licenses.license_of(key_ids, keys))

    async def GetContentKey(self, request: playback_pb2.GetContentKeyRequest, rpc: Rpc) -> httpbody_pb2.HttpBody:
        """Answers one key."""
        session = await self._entitled(request.session_id, request.token)
        key = (await self._peers.content_keys(session.package_id)).get(bytes.fromhex(request.key_id))
        if key is None:
            raise errors.KeyNotFound(request.key_id)
        return await _private(rpc, _BYTES, key)

    async def GetPlaybackJwks(self, request: playback_pb2.GetPlaybackJwksRequest, rpc: Rpc) -> httpbody_pb2.HttpBody:
        """Answers the keys that verify playback tokens."""
        return httpbody_pb2.HttpBody(content_type=_KEY_SET, data=self._keys.jwks())

    async def _plan(self, request: playback_pb2.StartSessionRequest, found: peers.Found) -> domain.Session:
        """Answers the session that would begin. Raises NotFound or NotPlayableYet."""
        title, package, asking = found.title, found.package, context.caller()
        if title is None:
            raise errors.TitleNotFound(request.title_id)
        episode = domain.choose_episode(title, request.episode_id, found.bookmarks)
        if episode is None and request.episode_id:
            raise errors.EpisodeNotFound(title.title_id, request.episode_id)
        episode_id = episode.episode_id if episode else ""
        if episode_id != request.episode_id:
            package = await self._peers.package(title.title_id, episode_id)
        if package is None:
            raise errors.NotPlayableYet(title.title_id, episode_id)
        duration = convert.span(package.duration)
        return domain.Session(
            session_id=ids.new(),
            account_id=asking.account_id,
            profile_id=asking.profile_id,
            title_id=title.title_id,
            episode_id=episode_id,
            package_id=package.package_id,
            title=title.title,
            device=convert.device(request.device),
            duration=duration,
            resume_position=domain.resume_position(found.bookmarks, episode_id, duration),
            start_time=self._clock.now(),
            maturity_ceiling=asking.maturity_ceiling,
            country_code=asking.country_code,
            has_thumbnails=await self._store.has_thumbnails(package.package_id),
            next_episode=domain.next_episode(title, episode_id),
        )

    async def _log(self, taken: slots.Taken) -> None:
        """Writes a session that has its slot, also when it is told again: the first call may not have come this far.

        A new session that cannot be written gives its slot back.
        """
        session = taken.session
        try:
            async with self._database.transaction() as tx:
                await storage.add_session(tx, session, session.start_time + domain.LEASE)
        except BaseException:
            if not taken.repeated:
                await self._slots.free(session.account_id, session.session_id)
            raise

    async def _live(self, session_id: str, token: str) -> domain.Session:
        """Answers the live session that a token opens. Raises PlaybackTokenInvalid or SessionEnded."""
        now = self._clock.now()
        opened = await tokens.verify(self._keys, token, session_id, now)
        session = await self._slots.opened_by(opened.account, session_id, now)
        if session is None:
            raise errors.SessionEnded(session_id)
        return session

    async def _entitled(self, session_id: str, token: str) -> domain.Session:
        """Answers the live session that a token opens, if its viewer may still watch. Raises NotEntitled too."""
        session = await self._live(session_id, token)
        decision = await self._peers.decision(session)
        if not decision.allowed:
            raise errors.NotEntitled(decision)
        return session

    async def _gone(self, session_id: str, account_id: str) -> errors.SessionEnded | errors.SessionNotFound:
        async with self._database.reading() as reading:
            known = await storage.get_session(reading, session_id, account_id)
        return errors.SessionEnded(session_id) if known else errors.SessionNotFound(session_id)


def _owner(session_id: str) -> str:
    """Answers the calling account. Raises SessionNotFound for a service that calls for itself: it has no sessions."""
    account_id = context.caller().account_id
    if not account_id:
        raise errors.SessionNotFound(session_id)
    return account_id


async def _private(rpc: Rpc, content_type: str, data: bytes) -> httpbody_pb2.HttpBody:
    """Answers what belongs to one session: no cache on the way may keep it."""
    await rpc.send_initial_metadata((("cache-control", "no-store"),))
    return httpbody_pb2.HttpBody(content_type=content_type, data=data)
