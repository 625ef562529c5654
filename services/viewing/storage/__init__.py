"""All SQL of viewing. No function commits."""

from services.viewing.storage import (
    bookmarks,
    counted_events,
    lists,
    profiles,
    programme_bookmarks,
    series,
    signal_queries,
    title_states,
)

__all__ = [
    "bookmarks",
    "counted_events",
    "lists",
    "profiles",
    "programme_bookmarks",
    "series",
    "signal_queries",
    "title_states",
]
