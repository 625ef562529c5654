"""Consumes the events of viewing, identity and epg.

It stores interactions, deletes the data of deleted profiles, and notes which channels have to be loaded again.
"""

from datetime import datetime

from marquee.event.v1 import event_internal_pb2

from services.kit import db, timestamps
from services.recommendation import storage
from services.recommendation.convert import signal_messages
from services.recommendation.domain import signals

#: A weaker interest is not stored: that a page was viewed says little.
_MIN_WEIGHT = 0.25


async def on_event(session: db.WriteSession, event: event_internal_pb2.Event) -> None:
    """Stores what an event reports about a profile, or which channels it reports."""
    if event.HasField("signals_changed"):
        await _store_interactions(session, event.signals_changed, timestamps.to_datetime(event.occur_time))
    elif event.HasField("profile_changed") and event.profile_changed.deleted:
        profile_id = event.profile_changed.profile.profile_id
        await storage.signals.forget_profile(session, profile_id)
        await storage.decisions.forget_profile(session, profile_id)
    elif event.HasField("schedule_changed"):
        await storage.guide.mark_changed(session, [event.schedule_changed.channel_id])
    elif event.HasField("channels_changed"):
        await storage.guide.mark_changed(session, set(event.channels_changed.channel_ids))


async def _store_interactions(
    session: db.WriteSession, changed: event_internal_pb2.SignalsChanged, occur_time: datetime
) -> None:
    interactions, removed = [], []
    for title_signals in signal_messages.read_signals(changed.signals):
        weight, latest = signals.interest(title_signals)
        if weight < _MIN_WEIGHT:
            removed.append(title_signals.title_id)
        else:
            interactions.append(storage.signals.Interaction(title_signals.title_id, weight, latest or occur_time))
    await storage.signals.write(session, changed.profile_id, changed.revision, interactions, removed)
