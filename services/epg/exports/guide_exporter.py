"""Exports the channels that a caller may see, and their programmes, in parts."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta

from marquee.epg.v1 import epg_pb2

from services.epg import convert
from services.epg.domain import channels
from services.epg.exports import m3u_writer, xmltv_writer
from services.epg.guide import guide_cache

AHEAD = timedelta(days=14)
#: How many channels are loaded at a time.
_CHANNEL_BATCH = 20
_PART_CHARACTERS = 64 * 1024


async def write_xmltv(
    listed: Sequence[channels.Channel],
    guide: guide_cache.GuideCache,
    audience: guide_cache.Audience,
    now: datetime,
    base_url: str,
) -> AsyncIterator[str]:
    """Yields the parts of the guide."""
    yield xmltv_writer.HEAD
    for part in _join(xmltv_writer.write_channel(convert.channel_message(each), base_url) for each in listed):
        yield part
    back = max((channel.catch_up_window for channel in listed), default=timedelta(0))
    for begin in range(0, len(listed), _CHANNEL_BATCH):
        batch = listed[begin : begin + _CHANNEL_BATCH]
        encoded = await guide.get_programmes(batch, now - back, now + AHEAD, audience)
        for channel, programmes in zip(batch, encoded, strict=True):
            schedule = epg_pb2.ChannelSchedule.FromString(programmes)
            elements = (
                xmltv_writer.write_programme(each, channel.display_name, base_url) for each in schedule.programmes
            )
            for part in _join(elements):
                yield part
    yield xmltv_writer.TAIL


def write_m3u(listed: Sequence[channels.Channel], stream_url: str, base_url: str) -> Iterator[str]:
    """Yields the parts of the playlist."""
    yield m3u_writer.write_head(base_url)
    yield from _join(m3u_writer.write_channel(convert.channel_message(each), stream_url, base_url) for each in listed)


def _join(texts: Iterator[str]) -> Iterator[str]:
    """Yields the texts in parts of at least `_PART_CHARACTERS`, except for the last one."""
    pending: list[str] = []
    size = 0
    for text in texts:
        pending.append(text)
        size += len(text)
        if size >= _PART_CHARACTERS:
            yield "".join(pending)
            pending, size = [], 0
    if pending:
        yield "".join(pending)
