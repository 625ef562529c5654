"""Writes XMLTV, in the order of elements that its DTD states."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from google.protobuf import timestamp_pb2
from marquee.epg.v1 import epg_pb2
from marquee.type.v1 import type_pb2

from services.epg.exports import picture_addresses

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n<tv generator-info-name="Marquee">\n'
TAIL = "</tv>\n"
#: What XML cannot hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_channel(channel: epg_pb2.Channel, base_url: str) -> str:
    """Returns the element of a channel."""
    names = [channel.display_name, *([str(channel.number)] if channel.number else [])]
    children = [_element("display-name", name) for name in names] + list(_icons(channel.images, base_url))
    return f"<channel id={_quote(channel.channel_id)}>{''.join(children)}</channel>\n"


def write_programme(programme: epg_pb2.Programme, channel_name: str, base_url: str) -> str:
    """Returns the element of a programme; one without a name has that of its channel."""
    rating = programme.maturity_rating
    children = [
        _element("title", programme.display_name or channel_name),
        *_optional("sub-title", programme.episode_display_name),
        *_optional("desc", programme.synopsis),
        *(_element("category", genre_id) for genre_id in programme.genre_ids),
        *_icons(programme.images, base_url),
        *_episode(programme),
        *(["<new/>"] if programme.first_run else []),
    ]
    if programme.HasField("maturity_rating"):
        system = f" system={_quote(rating.system)}" if rating.system else ""
        children.append(f"<rating{system}>{_element('value', rating.label or str(rating.age))}</rating>")
    start, stop = _time(programme.start_time), _time(programme.end_time)
    channel_id = _quote(programme.channel_id)
    return f'<programme start="{start}" stop="{stop}" channel={channel_id}>{"".join(children)}</programme>\n'


def _episode(programme: epg_pb2.Programme) -> Iterator[str]:
    """Yields the numbers, which XMLTV counts from zero."""
    season, episode = programme.season_number, programme.episode_number
    if season or episode:
        numbers = f"{season - 1 if season else ''}.{episode - 1 if episode else ''}."
        yield f'<episode-num system="xmltv_ns">{numbers}</episode-num>'


def _icons(images: Iterable[type_pb2.Image], base_url: str) -> Iterator[str]:
    for image in images:
        if address := picture_addresses.get_absolute(image.uri, base_url):
            size = f' width="{image.width}" height="{image.height}"' if image.width and image.height else ""
            yield f"<icon src={_quote(address)}{size}/>"


def _optional(name: str, text: str) -> list[str]:
    return [_element(name, text)] if text else []


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(_FORBIDDEN.sub('', text))}</{name}>"


def _quote(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("", text))


def _time(time: timestamp_pb2.Timestamp) -> str:
    return datetime.fromtimestamp(time.seconds, UTC).strftime("%Y%m%d%H%M%S +0000")
