"""Writes M3U with the attributes that pvr.iptvsimple of Kodi and TiviMate read."""

import re
from datetime import timedelta

from marquee.epg.v1 import epg_pb2
from marquee.type.v1 import type_pb2

from services.epg.exports import picture_addresses
from services.kit import timestamps

#: Players end a value at the next quotation mark and a name at the next line, and begin the name at a comma.
_UNSAFE = re.compile(r"[\s,]+")
_DAY = timedelta(days=1)


def write_head(base_url: str) -> str:
    """Returns the first line, which names the guide if the platform has an address."""
    if not base_url:
        return "#EXTM3U\n"
    guide = f"{base_url.rstrip('/')}/api/v1/epg/guide.xml"
    return f'#EXTM3U url-tvg="{guide}" x-tvg-url="{guide}"\n'


def write_channel(channel: epg_pb2.Channel, stream_url: str, base_url: str) -> str:
    """Returns the entry of a channel."""
    name = _clean(channel.display_name)
    logos = [image.uri for image in channel.images if image.kind == type_pb2.IMAGE_KIND_LOGO]
    catch_up_window = timestamps.optional_timedelta(channel.time_shift, "catch_up_window")
    attributes = {
        "tvg-id": channel.channel_id,
        "tvg-name": name,
        "tvg-chno": str(channel.number or ""),
        "tvg-logo": _clean(picture_addresses.get_absolute(logos[0], base_url)) if logos else "",
        "group-title": channel.genre_id,
    }
    if catch_up_window:
        # The days are rounded up, so that players offer all that can be played.
        attributes |= {"catchup": "shift", "catchup-days": str(-(-catch_up_window // _DAY))}
    stated = "".join(f' {key}="{value}"' for key, value in attributes.items() if value)
    return f"#EXTINF:-1{stated},{name}\n{stream_url.replace('{channel_id}', channel.channel_id)}\n"


def _clean(text: str) -> str:
    return _UNSAFE.sub(" ", text).replace('"', "'").strip()
