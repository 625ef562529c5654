"""All SQL of viewing. No function commits."""

from services.viewing.storage import bookmarks, viewing_events, lists, profiles, series, signals, states

__all__ = ["bookmarks", "viewing_events", "lists", "profiles", "series", "signals", "states"]
