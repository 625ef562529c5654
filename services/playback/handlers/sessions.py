"""The life of sessions."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

from marquee.entitlement.v1 import entitlement_pb2
from marquee.playback.v1 import playback_pb2, playback_service_pb2
from marquee.type.v1 import type_pb2

from services.kit import context, ids, logs, outages, pipeline, status, timestamps, watchable_subjects
from services.kit import errors as kit_errors
from services.playback import convert, domain, errors, storage
from services.playback.handlers import base
from services.playback.media import tokens
from services.playback.sessions import stream_slots

_T = TypeVar("_T")

#: The kinds of subjects that play on a channel.
_ON_CHANNEL = frozenset({"channel_id", "programme_id"})

_log = logs.logger()


class Sessions(base.Base):
    """Starts, keeps and stops sessions."""

    async def StartSession(
        self, request: playback_service_pb2.StartSessionRequest, rpc: base.Rpc
    ) -> playback_service_pb2.StartSessionResponse:
        """Starts a session where the profile stopped."""
        caller = context.caller()
        if not caller.profile_id:  # A service that calls for itself.
            raise pipeline.ProfileRequired("Select a profile to call this.")
        is_on_channel = request.subject.WhichOneof("id") in _ON_CHANNEL
        session, decision = await (self._plan_on_channel(request) if is_on_channel else self._plan_on_demand(request))
        slot_request = stream_slots.slot_request(request, caller.profile_id)
        slot = await self._slots.take(session, decision.max_streams, slot_request)
        if isinstance(slot, stream_slots.Full):
            names = await self._clients.list_display_names({session.shown_subject for session in slot.sessions})
            raise errors.TooManyStreams(convert.too_many_streams(decision, slot.sessions, names))
        await self._complete_start(slot, request.replace_session_id)
        return playback_service_pb2.StartSessionResponse(session=await self._message(slot.session))

    async def Heartbeat(
        self, request: playback_service_pb2.HeartbeatRequest, rpc: base.Rpc
    ) -> playback_service_pb2.HeartbeatResponse:
        """Extends the lease of a session and publishes its position."""
        session_id, now = request.session_id, self._clock.now()
        account_id = base.owner(session_id)
        session = await self._slots.renew(account_id, session_id)
        if session is None:
            return _instruct(await self._ended_instruction(session_id, account_id))
        progress = await self._progress(session, request)
        instructions = []
        if tokens.is_renewal_reported(session, now):
            if await self._is_refused(session):
                return _instruct(await self._end_refused(session, progress))
            token = tokens.issue(self._keys, session, now)
            renewed = convert.renewed_message(session, token, self._public_url, now)
            instructions.append(playback_pb2.Instruction(renewed=renewed))
        async with self._database.transaction(serialize_by=account_id) as tx:
            seen_time = await self._shared_clock.now(tx)
            lease_expire_time = seen_time + domain.LEASE
            updated = await storage.update_progress(
                tx,
                session_id,
                progress=progress,
                player_state=request.state,
                at=seen_time,
                lease_expire_time=lease_expire_time,
            )
            if updated:
                progressed = convert.progressed_event(updated, stopped=False)
                await self._outbox.add(tx, occur_time=seen_time, playback_progressed=progressed)
        response = playback_service_pb2.HeartbeatResponse(
            lease_expire_time=timestamps.from_datetime(lease_expire_time), instructions=instructions
        )
        if session.place:
            live_time = convert.live_time(request)
            shown = await _unless_down(session, self._channels.describe_time(session, live_time))
            for field in ("programme", "seek_window", "next"):
                if shown and shown.HasField(field):
                    getattr(response, field).CopyFrom(getattr(shown, field))
        return response

    async def SeekSession(
        self, request: playback_service_pb2.SeekSessionRequest, rpc: base.Rpc
    ) -> playback_service_pb2.SeekSessionResponse:
        """Moves a session on a channel to another time."""
        account_id = base.owner(request.session_id)
        session = await self._slots.renew(account_id, request.session_id)
        if session is not None and session.place is None:
            raise status.violations([("session_id", "the session plays media on demand")])
        live_time = timestamps.optional_datetime(request, "live_time")
        moved = await self._channels.seek(session, live_time) if session else None
        if moved is None:
            await self._ended_instruction(request.session_id, account_id)
            raise errors.SessionEnded(request.session_id)
        return playback_service_pb2.SeekSessionResponse(session=await self._message(moved))

    async def StopSession(
        self, request: playback_service_pb2.StopSessionRequest, rpc: base.Rpc
    ) -> playback_service_pb2.StopSessionResponse:
        """Ends a session of the calling account, on whichever device it plays, and frees its slot."""
        session_id = request.session_id
        account_id = base.owner(session_id)
        session = await self._slots.get(account_id, session_id)
        progress = await self._progress(session, request) if session else None
        await self._slots.free(account_id, session_id)
        async with self._database.transaction(serialize_by=account_id) as tx:
            ended = await self._end(tx, session_id, account_id, storage.EndCause.STOPPED, progress=progress)
            if not ended and await storage.get_session(tx, session_id, account_id) is None:
                raise errors.SessionNotFound(session_id)
        return playback_service_pb2.StopSessionResponse()

    async def _message(self, session: domain.Session) -> playback_pb2.Session:
        """Returns a session with its addresses."""
        now = self._clock.now()
        message = convert.session_message(session, tokens.issue(self._keys, session, now), self._public_url, now)
        if session.place:
            message.MergeFrom(await self._channels.describe(session))
        return message

    async def _progress(
        self,
        session: domain.Session,
        request: playback_service_pb2.HeartbeatRequest | playback_service_pb2.StopSessionRequest,
    ) -> domain.Progress | None:
        """Returns where the viewer is, None if it is not known. Raises RequestInvalid for a wrong kind of place."""
        if session.place is None:
            position = convert.position(request)
            return None if position is None else domain.Progress(position)
        live_time = convert.live_time(request)
        return await _unless_down(session, self._channels.keep_place(session, live_time)) if live_time else None

    async def _plan_on_channel(
        self, request: playback_service_pb2.StartSessionRequest
    ) -> tuple[domain.Session, entitlement_pb2.AccessDecision]:
        """Returns the session on a channel to start. Raises what refuses it."""
        loaded = await self._clients.load_channel_context(request.subject)
        if not loaded.decision.allowed:
            raise errors.refusal(loaded.decision)
        place = await self._channels.choose_place(request.subject, loaded)
        session = self._new_session(request, request.subject, place=place)
        session = await self._channels.require_playable(session, request.subject, request.device.capabilities)
        return session, loaded.decision

    async def _plan_on_demand(
        self, request: playback_service_pb2.StartSessionRequest
    ) -> tuple[domain.Session, entitlement_pb2.AccessDecision]:
        """Returns the session on a title or an episode to start. Raises what refuses it."""
        watchable_subjects.require(request.subject, "title_id", "episode_id")
        capabilities = request.device.capabilities
        schemes = capabilities.encryption_schemes
        loaded = await self._clients.load_context(request.subject, schemes)
        if not loaded.decision.allowed:
            raise errors.refusal(loaded.decision)
        subject, title, asset = request.subject, loaded.title, loaded.asset
        if title is None:
            raise watchable_subjects.not_found(subject)
        episode = domain.choose_episode(title, subject.episode_id, loaded.bookmarks)
        if episode is None and subject.episode_id:
            raise watchable_subjects.not_found(subject)
        if episode is not None and not subject.episode_id:
            subject = watchable_subjects.episode(episode.episode_id)
            asset = await self._clients.load_asset(subject, schemes)
        if asset is None:
            raise errors.NotPlayableYet(subject)
        stored = await self._store.describe(asset.asset_id)
        protocols = convert.protocols(capabilities, asset.encryption_scheme)
        plays_scheme = not schemes or asset.encryption_scheme in schemes
        plays = bool(protocols and convert.key_systems(capabilities)) and plays_scheme
        if not plays or not stored.plays_on(capabilities.codecs):
            raise errors.DeviceNotSupported(subject)
        key, duration = watchable_subjects.key(subject), timestamps.to_timedelta(asset.duration)
        session = self._new_session(
            request,
            subject,
            protocols=protocols,
            parent_title_id=title.title_id if episode else "",
            asset_id=asset.asset_id,
            duration=duration,
            resume_position=domain.resume_position(loaded.bookmarks, key, duration),
            has_thumbnails=stored.has_thumbnails,
            next_episode=domain.next_episode(title.episodes, episode.episode_id) if episode else None,
        )
        return session, loaded.decision

    def _new_session(
        self, request: playback_service_pb2.StartSessionRequest, subject: type_pb2.Subject, **fields: Any
    ) -> domain.Session:
        """Returns a session of the caller that begins now, with the fields that depend on what it plays."""
        caller = context.caller()
        values = {
            "parent_title_id": "",
            "asset_id": "",
            "duration": timedelta(),
            "resume_position": timedelta(),
            "protocols": convert.protocols(request.device.capabilities),
            **fields,
        }
        return domain.Session(
            session_id=ids.new(),
            account_id=caller.account_id,
            profile_id=caller.profile_id,
            subject=watchable_subjects.key(subject),
            device=convert.device(request.device),
            codecs=tuple(request.device.capabilities.codecs),
            uses_licenses=domain.IDENTITY not in convert.key_systems(request.device.capabilities),
            start_time=self._clock.now(),
            maturity_ceiling=caller.maturity_ceiling,
            country_code=caller.country_code,
            **values,
        )

    async def _complete_start(self, slot: stream_slots.Taken, replaced_session_id: str) -> None:
        """Writes a session that has its slot, and the end of the one that it replaced; then extends its lease.

        A repeated call writes too, since the first one may have failed here. A new session that cannot be written gives
        its slot back. Raises SessionEnded if another session took the slot meanwhile.
        """
        session = slot.session
        try:
            async with self._database.transaction(serialize_by=session.account_id) as tx:
                await storage.add_session(tx, session, await self._shared_clock.now(tx), domain.LEASE)
                if replaced_session_id:
                    await self._end(
                        tx,
                        replaced_session_id,
                        session.account_id,
                        storage.EndCause.REPLACED,
                        replaced_by_device=session.device.display_name,
                    )
            renewed = await self._slots.renew(session.account_id, session.session_id)
        except BaseException:
            if not slot.repeated:
                await self._slots.free(session.account_id, session.session_id)
            raise
        if renewed is None:
            raise errors.SessionEnded(session.session_id)

    async def _is_refused(self, session: domain.Session) -> bool:
        """Returns whether the viewer may not watch any more; False while entitlement is down."""
        try:
            return not (await self._clients.check_access(session)).allowed
        except kit_errors.Error as failure:
            _log.warning("access unknown", session_id=session.session_id, cause=str(failure))
            return False

    async def _end_refused(self, session: domain.Session, progress: domain.Progress | None) -> playback_pb2.Instruction:
        await self._slots.free(session.account_id, session.session_id)
        async with self._database.transaction(serialize_by=session.account_id) as tx:
            cause = storage.EndCause.NOT_ENTITLED
            await self._end(tx, session.session_id, session.account_id, cause, progress=progress)
        return await self._ended_instruction(session.session_id, session.account_id)


async def _unless_down(session: domain.Session, described: Awaitable[_T]) -> _T | None:
    """Returns what epg knows of a channel, None while it does not answer: the session goes on without."""
    try:
        return await described
    except kit_errors.Error as failure:
        if not outages.is_outage(failure):
            raise
        _log.warning("time of channel unknown", session_id=session.session_id, cause=str(failure))
        return None


def _instruct(instruction: playback_pb2.Instruction) -> playback_service_pb2.HeartbeatResponse:
    return playback_service_pb2.HeartbeatResponse(instructions=[instruction])
