"""What the servicers of playback share."""

from __future__ import annotations

from typing import Any, TypeAlias

import grpc
from marquee.playback.v1 import playback_pb2

from services.kit import context, db, events, signing
from services.kit.clock import Clock
from services.playback import convert, domain, errors, storage
from services.playback.linear import channel_manifests
from services.playback.media import manifests, tokens
from services.playback.sessions import channel_sessions, service_clients, stream_slots

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class Base:
    """The dependencies of the servicers.

    Args:
        database: the database of playback, with the log of sessions.
        outbox: where events are written.
        slots: the stream slots.
        clients: calls the other services.
        channels: decides on sessions on channels.
        channel_media: writes the manifests of channels.
        store: the media store.
        keys: signs and verifies playback tokens.
        public_url: the address of the edge, as viewers type it.
        clock: the clock.
        shared_clock: the clock by which replicas judge the log of sessions.
    """

    def __init__(
        self,
        database: db.Database,
        outbox: events.Outbox,
        slots: stream_slots.StreamSlots,
        clients: service_clients.ServiceClients,
        channels: channel_sessions.ChannelSessions,
        channel_media: channel_manifests.ChannelManifests,
        store: manifests.MediaStore,
        keys: signing.SigningKeys,
        public_url: str,
        clock: Clock,
        shared_clock: db.SharedClock,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._slots = slots
        self._clients = clients
        self._channels = channels
        self._channel_manifests = channel_media
        self._store = store
        self._keys = keys
        self._public_url = public_url
        self._clock = clock
        self._shared_clock = shared_clock

    async def _end(
        self,
        tx: db.WriteSession,
        session_id: str,
        account_id: str,
        cause: storage.EndCause,
        *,
        progress: domain.Progress | None = None,
        replaced_by_device: str | None = None,
    ) -> bool:
        """Ends a session in the log and publishes its position; returns False if there is no live one."""
        at = await self._shared_clock.now(tx)
        ended = await storage.end_session(
            tx, session_id, account_id, cause=cause, at=at, progress=progress, replaced_by_device=replaced_by_device
        )
        if ended:
            progressed = convert.progressed_event(ended, stopped=True)
            await self._outbox.add(tx, occur_time=ended.seen_time, playback_progressed=progressed)
        return ended is not None

    async def _ended_instruction(self, session_id: str, account_id: str) -> playback_pb2.Instruction:
        """Returns the instruction for the player of a session that has ended. Raises SessionNotFound."""
        async with self._database.reading() as reading:
            row = await storage.get_session(reading, session_id, account_id)
            at = await self._shared_clock.now(reading)
        if row is None:
            raise errors.SessionNotFound(session_id)
        return convert.ended_instruction(row, at)

    async def _live_session(self, session_id: str, token: str) -> domain.Session:
        """Returns the live session of a token. Raises PlaybackTokenInvalid or SessionEnded."""
        now = self._clock.now()
        claims = await tokens.verify(self._keys, token, session_id, now)
        session = await self._slots.opened_by(claims.account, session_id)
        if session is None:
            raise errors.SessionEnded(session_id)
        return session


def owner(session_id: str) -> str:
    """Returns the calling account. Raises SessionNotFound for a service that calls for itself: it has no sessions."""
    account_id = context.caller().account_id
    if not account_id:
        raise errors.SessionNotFound(session_id)
    return account_id
