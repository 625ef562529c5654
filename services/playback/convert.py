"""Converts messages of other services to values, and values to messages."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from marquee.catalog.v1 import catalog_pb2
from marquee.entitlement.v1 import entitlement_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.packager.v1 import packager_pb2
from marquee.playback.v1 import playback_pb2, playback_service_pb2
from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_pb2

from services.kit import status, timestamps, watchable_subjects
from services.playback import domain, storage
from services.playback.media import manifests, tokens

_ENDED = {
    storage.EndCause.STOPPED: playback_pb2.END_REASON_STOPPED,
    storage.EndCause.LAPSED: playback_pb2.END_REASON_LAPSED,
    storage.EndCause.NOT_ENTITLED: playback_pb2.END_REASON_NOT_ENTITLED,
}
_MANIFESTS = {
    playback_pb2.MANIFEST_PROTOCOL_HLS: "hls/master.m3u8",
    playback_pb2.MANIFEST_PROTOCOL_DASH: "dash/manifest.mpd",
}


def title(message: catalog_pb2.Title, episodes: Iterable[catalog_pb2.Episode]) -> domain.Title:
    """Returns what playback needs of a title and its episodes."""
    return domain.Title(
        title_id=message.title_id,
        is_series=message.type == catalog_pb2.TITLE_TYPE_SERIES,
        episodes=tuple(map(episode, episodes)),
    )


def episode(message: catalog_pb2.Episode) -> domain.Episode:
    """Returns what playback needs of an episode."""
    return domain.Episode(
        episode_id=message.episode_id,
        season_number=message.season_number,
        episode_number=message.episode_number,
        display_name=message.display_name,
        images=tuple(domain.Image(image.kind, image.uri, image.width, image.height) for image in message.images),
    )


def bookmark(message: viewing_pb2.Bookmark) -> domain.Bookmark:
    """Returns the bookmark of a message."""
    return domain.Bookmark(
        subject=watchable_subjects.key(message.subject),
        position=timestamps.to_timedelta(message.position),
        watched=message.watched,
        update_time=timestamps.to_datetime(message.update_time),
    )


def device(message: playback_pb2.Device) -> domain.Device:
    """Returns the device of a message."""
    return domain.Device(message.device_id, message.display_name)


def protocols(
    capabilities: playback_pb2.DeviceCapabilities,
    scheme: packager_pb2.EncryptionScheme.ValueType = packager_pb2.ENCRYPTION_SCHEME_UNSPECIFIED,
) -> tuple[int, ...]:
    """Returns the protocols in which a device plays media with a scheme; all if it does not state any.

    DASH has no form for segments that are encrypted as a whole.
    """
    is_whole = scheme == packager_pb2.ENCRYPTION_SCHEME_AES_128
    possible = (playback_pb2.MANIFEST_PROTOCOL_HLS,) if is_whole else tuple(_MANIFESTS)
    return tuple(each for each in possible if not capabilities.protocols or each in capabilities.protocols)


def key_systems(capabilities: playback_pb2.DeviceCapabilities) -> frozenset[str]:
    """Returns the key systems that a device supports; all if it does not state any."""
    supported = frozenset({domain.CLEAR_KEY, domain.IDENTITY})
    return supported & set(capabilities.key_systems) if capabilities.key_systems else supported


def position(
    request: playback_service_pb2.HeartbeatRequest | playback_service_pb2.StopSessionRequest,
) -> timedelta | None:
    """Returns the position in a request, None if it has none. Raises RequestInvalid for a time on a channel."""
    if request.HasField("live_time"):
        raise status.violations([("live_time", "the session plays media on demand")])
    return timestamps.optional_timedelta(request, "position")


def live_time(
    request: playback_service_pb2.HeartbeatRequest | playback_service_pb2.StopSessionRequest,
) -> datetime | None:
    """Returns the time on a channel in a request, None if it has none. Raises RequestInvalid for a position."""
    if request.HasField("position"):
        raise status.violations([("position", "the session plays a channel")])
    return timestamps.optional_datetime(request, "live_time")


def session_message(session: domain.Session, token: str, public_url: str, at: datetime) -> playback_pb2.Session:
    """Returns a session with its addresses, which carry `token`; of a channel without what depends on the time."""
    renewed = renewed_message(session, token, public_url, at)
    message = playback_pb2.Session(
        session_id=session.session_id,
        subject=watchable_subjects.from_key(*session.subject),
        manifests=renewed.manifests,
        key_systems=renewed.key_systems,
        thumbnails_url=renewed.thumbnails_url,
        heartbeat_interval=timestamps.from_timedelta(domain.HEARTBEAT_INTERVAL),
        expire_time=renewed.expire_time,
        next=_next_up(session.next_episode),
    )
    if session.place is None:
        duration = timestamps.from_timedelta(session.duration)
        message.kind = playback_pb2.SESSION_KIND_ON_DEMAND
        message.resume_position.CopyFrom(timestamps.from_timedelta(session.resume_position))
        message.duration.CopyFrom(duration)
        message.seek_window.start_position.CopyFrom(timestamps.from_timedelta(timedelta()))
        message.seek_window.end_position.CopyFrom(duration)
    return message


def renewed_message(session: domain.Session, token: str, public_url: str, at: datetime) -> playback_pb2.Renewed:
    """Returns the addresses of a session, which carry `token`."""
    query = f"?token={token}"
    held = f"&from_cell={session.place.from_cell}" if session.place and session.place.from_cell else ""
    address = f"{public_url}/api/v1/playback/sessions/{session.session_id}"
    thumbnails_url = f"{public_url}{tokens.path_prefix(session.asset_id)}{manifests.THUMBNAILS}{query}"
    return playback_pb2.Renewed(
        manifests=[
            playback_pb2.Manifest(
                protocol=playback_pb2.ManifestProtocol.ValueType(protocol),
                url=f"{address}/{_MANIFESTS[playback_pb2.ManifestProtocol.ValueType(protocol)]}{query}{held}",
            )
            for protocol in session.protocols
        ],
        key_systems=[
            playback_pb2.KeySystem(system=domain.CLEAR_KEY, license_url=f"{address}/license{query}"),
            *([] if session.uses_licenses else [playback_pb2.KeySystem(system=domain.IDENTITY)]),
        ],
        thumbnails_url=thumbnails_url if session.has_thumbnails else "",
        expire_time=timestamps.from_datetime(tokens.expire_time(session, at)),
    )


def ended_instruction(row: storage.SessionRow, at: datetime) -> playback_pb2.Instruction:
    """Returns the instruction for the player of a session that has ended."""
    if row.end_cause == storage.EndCause.REPLACED:
        taken_over = playback_pb2.TakenOver(device_display_name=row.replaced_by_device or "")
        return playback_pb2.Instruction(taken_over=taken_over)
    # The slot is freed before the log is written, and a lease ends before the log is.
    unlogged = storage.EndCause.LAPSED if row.lease_expire_time <= at else storage.EndCause.STOPPED
    cause = storage.EndCause(row.end_cause) if row.end_cause else unlogged
    return playback_pb2.Instruction(ended=playback_pb2.Ended(reason=_ENDED[cause]))


def too_many_streams(
    decision: entitlement_pb2.AccessDecision,
    live: Sequence[domain.Session],
    display_names: Mapping[domain.SubjectKey, str],
) -> entitlement_pb2.AccessDecision:
    """Returns the decision on a subject that may be watched, but not in one more stream.

    Args:
        decision: the decision of entitlement.
        live: the sessions that take all slots.
        display_names: the names of the titles and channels that they play, as far as the caller may know of them.
    """
    limit = decision.max_streams
    streams = "one stream" if limit == 1 else f"{limit} streams"
    return entitlement_pb2.AccessDecision(
        subject=decision.subject,
        reasons=[
            entitlement_pb2.AccessReason(
                code=entitlement_pb2.ACCESS_REASON_CODE_TOO_MANY_STREAMS,
                message=f"Your subscription allows {streams} at a time.",
            )
        ],
        options=[
            entitlement_pb2.AccessOption(
                stop_stream=entitlement_pb2.StopStreamOption(
                    session_id=session.session_id,
                    device_display_name=session.device.display_name,
                    display_name=display_names.get(session.shown_subject, ""),
                )
            )
            for session in live
        ],
        decide_time=decision.decide_time,
        max_streams=limit,
    )


def progressed_event(row: storage.SessionRow, *, stopped: bool) -> event_internal_pb2.PlaybackProgressed:
    """Returns the event that reports the position of a viewer."""
    parent = watchable_subjects.title(row.parent_title_id) if row.parent_title_id else None
    if row.channel_id and row.subject_kind == "programme_id":
        parent = watchable_subjects.channel(row.channel_id)
    return event_internal_pb2.PlaybackProgressed(
        session_id=row.session_id,
        account_id=row.account_id,
        profile_id=row.profile_id,
        subject=watchable_subjects.from_key(row.subject_kind, row.subject_id),
        parent=parent,
        position=timestamps.from_timedelta(row.position),
        duration=timestamps.from_timedelta(row.duration),
        state=playback_pb2.PlayerState.ValueType(row.player_state),
        stopped=stopped,
    )


def _next_up(episode: domain.Episode | None) -> playback_pb2.NextUp | None:
    if episode is None:
        return None
    return playback_pb2.NextUp(
        subject=watchable_subjects.episode(episode.episode_id),
        display_name=episode.display_name,
        season_number=episode.season_number,
        episode_number=episode.episode_number,
        images=[
            type_pb2.Image(
                kind=type_pb2.ImageKind.ValueType(image.kind), uri=image.uri, width=image.width, height=image.height
            )
            for image in episode.images
        ],
    )
