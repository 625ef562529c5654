"""Titles that profiles excluded, remembered so that they stay excluded while viewing does not respond."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cachetools

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Entry:
    revision: int
    title_ids: frozenset[str]
    #: Whether no newer write of the profile is known.
    is_current: bool


class ExcludedTitles:
    """The excluded titles of the profiles that were used last.

    Args:
        max_profiles: how many profiles are remembered.
    """

    def __init__(self, max_profiles: int) -> None:
        self._entries: cachetools.LRUCache[str, _Entry] = cachetools.LRUCache(max_profiles)
        #: The newest revision of each profile that an event reported.
        self._revisions: cachetools.LRUCache[str, int] = cachetools.LRUCache(max_profiles)

    def update(self, profile_id: str, revision: int, title_ids: Collection[str]) -> Collection[str]:
        """Stores a response of viewing, unless a newer one is stored; returns the excluded titles."""
        entry = self._entries.get(profile_id)
        if entry is None or entry.revision <= revision:
            # An event may have overtaken the response, which then lacks what the event reported.
            is_current = revision >= self._revisions.get(profile_id, 0)
            entry = self._entries[profile_id] = _Entry(revision, frozenset(title_ids), is_current)
        return entry.title_ids

    def note_write(self, profile_id: str, revision: int, excluded: Mapping[str, bool] = MappingProxyType({})) -> None:
        """Applies a write that an event reported: for each of its titles, whether it is excluded now."""
        newest = self._revisions[profile_id] = max(revision, self._revisions.get(profile_id, 0))
        entry = self._entries.get(profile_id)
        if entry is not None and entry.revision < newest:
            added = {title_id for title_id, is_excluded in excluded.items() if is_excluded}
            self._entries[profile_id] = _Entry(entry.revision, entry.title_ids - excluded.keys() | added, False)

    def mark_outdated(self) -> None:
        """Notes that writes may have been missed."""
        for profile_id, entry in list(self._entries.items()):
            self._entries[profile_id] = _Entry(entry.revision, entry.title_ids, is_current=False)

    def get_current(self, profile_id: str) -> Collection[str] | None:
        """Returns the excluded titles of a profile; None if they may have changed."""
        entry = self._entries.get(profile_id)
        return entry.title_ids if entry is not None and entry.is_current else None

    def get_last(self, profile_id: str) -> Collection[str]:
        """Returns the excluded titles of a profile as far as they are known."""
        entry = self._entries.get(profile_id)
        return _NONE if entry is None else entry.title_ids
