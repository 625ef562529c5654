"""Messages of peers to values, and values to messages."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from marquee.catalog.v1 import catalog_pb2
from marquee.entitlement.v1 import entitlement_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.playback.v1 import playback_pb2
from marquee.viewing.v1 import viewing_pb2

from services.playback import domain, manifests, storage, tokens


def title(message: catalog_pb2.Title) -> domain.Title:
    """Answers what playing needs of a title."""
    return domain.Title(
        title_id=message.title_id,
        title=message.title,
        episodes=tuple(
            domain.Episode(episode.episode_id, season.season_number, episode.episode_number, episode.title)
            for season in sorted(message.seasons, key=lambda season: season.season_number)
            for episode in sorted(season.episodes, key=lambda episode: episode.episode_number)
        ),
        is_series=message.type == catalog_pb2.TITLE_TYPE_SERIES,
    )


def bookmark(message: viewing_pb2.Bookmark) -> domain.Bookmark:
    """Answers how far a profile is."""
    return domain.Bookmark(
        episode_id=message.episode_id,
        position=span(message.position),
        watched=message.watched,
        update_time=message.update_time.ToDatetime(tzinfo=UTC),
    )


def device(message: playback_pb2.Device) -> domain.Device:
    """Answers what plays."""
    return domain.Device(message.device_id, message.display_name)


def session_message(session: domain.Session, token: str, public_url: str) -> playback_pb2.Session:
    """Answers a session with its addresses, which carry `token`."""
    query = f"?token={token}"
    address = f"{public_url}/api/v1/playback/sessions/{session.session_id}"
    files = f"{public_url}{tokens.path_prefix(session.package_id)}"
    return playback_pb2.Session(
        session_id=session.session_id,
        title_id=session.title_id,
        episode_id=session.episode_id,
        hls_url=f"{address}/hls/master.m3u8{query}",
        dash_url=f"{address}/dash/manifest.mpd{query}",
        license_url=f"{address}/license{query}",
        resume_position=duration(session.resume_position),
        duration=duration(session.duration),
        thumbnails_url=f"{files}{manifests.THUMBNAILS}{query}" if session.has_thumbnails else "",
        heartbeat_interval=duration(domain.HEARTBEAT_INTERVAL),
        expire_time=timestamp(tokens.expire_time(session)),
        next_episode=_next_episode(session.next_episode),
    )


def too_many_streams(
    decision: entitlement_pb2.AccessDecision, live: Sequence[domain.Session]
) -> entitlement_pb2.AccessDecision:
    """Answers the decision on a title that may be watched, but not on one more screen."""
    limit = decision.max_streams
    screens = "one screen" if limit == 1 else f"{limit} screens"
    refused = entitlement_pb2.AccessDecision(
        reasons=[
            entitlement_pb2.AccessReason(
                code=entitlement_pb2.ACCESS_REASON_CODE_TOO_MANY_STREAMS,
                message=f"Your subscription plays on {screens} at a time.",
            )
        ],
        options=[
            entitlement_pb2.AccessOption(
                stop_stream=entitlement_pb2.StopStreamOption(
                    session_id=session.session_id,
                    device_name=session.device.display_name,
                    title=session.title,
                )
            )
            for session in live
        ],
    )
    refused.title_id, refused.max_streams = decision.title_id, limit
    refused.decide_time.CopyFrom(decision.decide_time)
    return refused


def progressed(session: storage.Logged, *, stopped: bool) -> event_internal_pb2.PlaybackProgressed:
    """Answers the event that tells where a viewer is."""
    return event_internal_pb2.PlaybackProgressed(
        session_id=session.session_id,
        account_id=session.account_id,
        profile_id=session.profile_id,
        title_id=session.title_id,
        episode_id=session.episode_id,
        position=duration(session.position),
        duration=duration(session.duration),
        state=playback_pb2.PlayerState.ValueType(session.player_state),
        stopped=stopped,
    )


def duration(value: timedelta) -> Duration:
    """Answers the message of a length."""
    message = Duration()
    message.FromTimedelta(value)
    return message


def span(message: Duration) -> timedelta:
    """Answers the length that a message tells."""
    return message.ToTimedelta()


def timestamp(value: datetime) -> Timestamp:
    """Answers the message of a time."""
    message = Timestamp()
    message.FromDatetime(value)
    return message


def _next_episode(episode: domain.Episode | None) -> playback_pb2.NextEpisode | None:
    if episode is None:
        return None
    return playback_pb2.NextEpisode(
        episode_id=episode.episode_id,
        season_number=episode.season_number,
        episode_number=episode.episode_number,
        title=episode.title,
    )
