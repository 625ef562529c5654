"""What profiles hid or do not like, remembered so that it stays away even while viewing does not answer."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Told:
    revision: int
    title_ids: frozenset[str]
    #: Whether nothing newer is known to have been written.
    current: bool


class ExcludedTitles:
    """Titles that profiles refused, as viewing told last.

    Args:
        most: how many profiles are remembered; those that were heard of the longest ago are forgotten.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._told: OrderedDict[str, _Told] = OrderedDict()
        #: The newest write of each profile that an event told of.
        self._written: OrderedDict[str, int] = OrderedDict()

    def take(self, profile_id: str, revision: int, title_ids: Collection[str]) -> Collection[str]:
        """Takes an answer of viewing in, unless a newer one came before; returns what is refused."""
        told = self._told.pop(profile_id, None)
        if told is None or told.revision <= revision:
            # An event may have been faster than the answer, which lacks what it told of.
            told = _Told(revision, frozenset(title_ids), revision >= self._written.get(profile_id, 0))
        self._told[profile_id] = told
        if len(self._told) > self._most:
            self._told.popitem(last=False)
        return told.title_ids

    def written(self, profile_id: str, revision: int, told: Mapping[str, bool] = MappingProxyType({})) -> None:
        """Takes note of a write, and of what it says of titles: whether they are refused."""
        newest = max(revision, self._written.pop(profile_id, 0))
        self._written[profile_id] = newest
        if len(self._written) > self._most:
            self._written.popitem(last=False)
        known = self._told.get(profile_id)
        if known is not None and known.revision < newest:
            title_ids = known.title_ids - told.keys() | {title_id for title_id, refused in told.items() if refused}
            self._told[profile_id] = _Told(known.revision, title_ids, current=False)

    def doubt(self) -> None:
        """Takes note that writes may have been missed."""
        for profile_id, told in self._told.items():
            self._told[profile_id] = _Told(told.revision, told.title_ids, current=False)

    def current(self, profile_id: str) -> Collection[str] | None:
        """Returns what a profile refuses; None if that is not known for certain."""
        told = self._told.get(profile_id)
        return told.title_ids if told is not None and told.current else None

    def last(self, profile_id: str) -> Collection[str]:
        """Returns what a profile refused when viewing answered last."""
        told = self._told.get(profile_id)
        return _NONE if told is None else told.title_ids
