"""The life of sessions."""

from __future__ import annotations

from datetime import timedelta

from marquee.playback.v1 import playback_pb2, playback_service_pb2

from services.kit import context, ids, logs, pipeline, status, timestamps, watchable_subjects
from services.kit import errors as kit_errors
from services.playback import convert, domain, errors, storage
from services.playback.handlers import base
from services.playback.media import tokens
from services.playback.sessions import service_clients, stream_slots

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
        watchable_subjects.require(request.subject, "title_id", "episode_id")
        loaded = await self._clients.load_context(request.subject)
        if not loaded.decision.allowed:
            raise errors.refusal(loaded.decision)
        session = await self._plan_session(request, loaded)
        slot_request = stream_slots.slot_request(request, caller.profile_id)
        slot = await self._slots.take(session, loaded.decision.max_streams, slot_request)
        if isinstance(slot, stream_slots.Full):
            display_names = await self._clients.list_display_names({session.title_id for session in slot.sessions})
            raise errors.TooManyStreams(convert.too_many_streams(loaded.decision, slot.sessions, display_names))
        await self._complete_start(slot, request.replace_session_id)
        token = tokens.issue(self._keys, slot.session, session.start_time)
        return playback_service_pb2.StartSessionResponse(
            session=convert.session_message(slot.session, token, self._public_url, session.start_time)
        )

    async def Heartbeat(
        self, request: playback_service_pb2.HeartbeatRequest, rpc: base.Rpc
    ) -> playback_service_pb2.HeartbeatResponse:
        """Extends the lease of a session and publishes its position."""
        session_id, now = request.session_id, self._clock.now()
        account_id, position = base.owner(session_id), convert.position(request) or timedelta()
        session = await self._slots.renew(account_id, session_id)
        if session is None:
            return _instruct(await self._ended_instruction(session_id, account_id))
        instructions = []
        if tokens.is_renewal_reported(session, now):
            if await self._is_refused(session):
                return _instruct(await self._end_refused(session, position))
            token = tokens.issue(self._keys, session, now)
            renewed = convert.renewed_message(session, token, self._public_url, now)
            instructions.append(playback_pb2.Instruction(renewed=renewed))
        async with self._database.transaction(serialize_by=account_id) as tx:
            seen_time = await self._shared_clock.now(tx)
            lease_expire_time = seen_time + domain.LEASE
            updated = await storage.update_progress(
                tx,
                session_id,
                position=min(position, session.duration),
                player_state=request.state,
                at=seen_time,
                lease_expire_time=lease_expire_time,
            )
            if updated:
                progressed = convert.progressed_event(updated, stopped=False)
                await self._outbox.add(tx, occur_time=seen_time, playback_progressed=progressed)
        return playback_service_pb2.HeartbeatResponse(
            lease_expire_time=timestamps.from_datetime(lease_expire_time), instructions=instructions
        )

    async def SeekSession(
        self, request: playback_service_pb2.SeekSessionRequest, rpc: base.Rpc
    ) -> playback_service_pb2.SeekSessionResponse:
        """Moves a session on a channel to another time."""
        account_id = base.owner(request.session_id)
        session = await self._slots.renew(account_id, request.session_id)
        if session is None:
            await self._ended_instruction(request.session_id, account_id)
            raise errors.SessionEnded(request.session_id)
        raise status.violations([("session_id", "the session plays media on demand")])

    async def StopSession(
        self, request: playback_service_pb2.StopSessionRequest, rpc: base.Rpc
    ) -> playback_service_pb2.StopSessionResponse:
        """Ends a session of the calling account, on whichever device it plays, and frees its slot."""
        session_id = request.session_id
        account_id, position = base.owner(session_id), convert.position(request)
        await self._slots.free(account_id, session_id)
        async with self._database.transaction(serialize_by=account_id) as tx:
            ended = await self._end(tx, session_id, account_id, storage.EndCause.STOPPED, position=position)
            if not ended and await storage.get_session(tx, session_id, account_id) is None:
                raise errors.SessionNotFound(session_id)
        return playback_service_pb2.StopSessionResponse()

    async def _plan_session(
        self, request: playback_service_pb2.StartSessionRequest, loaded: service_clients.PlaybackContext
    ) -> domain.Session:
        """Returns the session to start. Raises NotFound, NotPlayableYet or DeviceNotSupported."""
        subject, title, asset, caller = request.subject, loaded.title, loaded.asset, context.caller()
        if title is None:
            raise watchable_subjects.not_found(subject)
        episode = domain.choose_episode(title, subject.episode_id, loaded.bookmarks)
        if episode is None and subject.episode_id:
            raise watchable_subjects.not_found(subject)
        if episode is not None and not subject.episode_id:
            subject = watchable_subjects.episode(episode.episode_id)
            asset = await self._clients.load_asset(subject)
        if asset is None:
            raise errors.NotPlayableYet(subject)
        capabilities, stored = request.device.capabilities, await self._store.describe(asset.asset_id)
        protocols, schemes = convert.protocols(capabilities), capabilities.encryption_schemes
        plays_scheme = not schemes or asset.encryption_scheme in schemes
        if not protocols or not plays_scheme or not stored.plays_on(capabilities.codecs):
            raise errors.DeviceNotSupported(subject)
        key, duration = watchable_subjects.key(subject), timestamps.to_timedelta(asset.duration)
        return domain.Session(
            session_id=ids.new(),
            account_id=caller.account_id,
            profile_id=caller.profile_id,
            subject=key,
            parent_title_id=title.title_id if episode else "",
            asset_id=asset.asset_id,
            device=convert.device(request.device),
            protocols=protocols,
            codecs=tuple(capabilities.codecs),
            duration=duration,
            resume_position=domain.resume_position(loaded.bookmarks, key, duration),
            start_time=self._clock.now(),
            maturity_ceiling=caller.maturity_ceiling,
            country_code=caller.country_code,
            has_thumbnails=stored.has_thumbnails,
            next_episode=domain.next_episode(title.episodes, episode.episode_id) if episode else None,
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

    async def _end_refused(self, session: domain.Session, position: timedelta) -> playback_pb2.Instruction:
        await self._slots.free(session.account_id, session.session_id)
        async with self._database.transaction(serialize_by=session.account_id) as tx:
            cause = storage.EndCause.NOT_ENTITLED
            await self._end(tx, session.session_id, session.account_id, cause, position=position)
        return await self._ended_instruction(session.session_id, session.account_id)


def _instruct(instruction: playback_pb2.Instruction) -> playback_service_pb2.HeartbeatResponse:
    return playback_service_pb2.HeartbeatResponse(instructions=[instruction])
