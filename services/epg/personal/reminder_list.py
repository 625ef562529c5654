"""Reminders as their profile may see them."""

from collections.abc import Iterable
from datetime import datetime

from marquee.epg.v1 import epg_pb2

from services.epg import convert
from services.epg.domain import reminders
from services.epg.guide import channel_index, guide_cache
from services.kit import visibility


def messages(
    listed: Iterable[reminders.Reminder],
    index: channel_index.ChannelIndex,
    viewer: visibility.Viewer,
    audience: guide_cache.Audience,
    at: datetime,
) -> list[epg_pb2.Reminder]:
    """Returns the messages of reminders, without those of channels that the viewer may not see."""
    return [
        convert.reminder_message(reminder, channel, *audience)
        for reminder in listed
        if (channel := index.get_visible(reminder.channel_id, viewer, at))
    ]
