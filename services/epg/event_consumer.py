"""Consumes the events of playback and identity."""

from marquee.event.v1 import event_internal_pb2
from marquee.playback.v1 import playback_pb2

from services.epg import storage
from services.kit import db, timestamps, watchable_subjects

#: The areas whose events are consumed.
AREAS = ("playback", "identity")


async def consume(tx: db.WriteSession, event: event_internal_pb2.Event) -> None:
    """Stores which channels profiles watch; deletes what is kept of a deleted profile."""
    match event.WhichOneof("payload"):
        case "playback_progressed":
            await _save_report(tx, event)
        case "profile_changed" if event.profile_changed.deleted:
            await storage.profiles.remove(tx, event.profile_changed.profile.profile_id)


async def _save_report(tx: db.WriteSession, event: event_internal_pb2.Event) -> None:
    progressed = event.playback_progressed
    kind, subject_id = watchable_subjects.key(progressed.subject)
    if progressed.state == playback_pb2.PLAYER_STATE_PAUSED:
        return
    channel_id = subject_id if kind == "channel_id" else ""
    if kind == "programme_id" and (found := await storage.programmes.get_programme(tx, subject_id)):
        channel_id = found[0]
    if channel_id:
        at = timestamps.to_datetime(event.occur_time)
        await storage.watched_channels.add_report(tx, progressed.profile_id, channel_id, at)
