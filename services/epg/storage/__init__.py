"""All SQL of epg. No function commits."""

from services.epg.storage import (
    channels,
    favorites,
    profiles,
    programmes,
    reminders,
    search,
    sources,
    watched_channels,
)

__all__ = ["channels", "favorites", "profiles", "programmes", "reminders", "search", "sources", "watched_channels"]
