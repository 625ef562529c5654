"""All SQL of viewing. No function commits."""

from services.viewing.storage import bookmarks, happenings, lists, profiles, series, signals, states

__all__ = ["bookmarks", "happenings", "lists", "profiles", "series", "signals", "states"]
