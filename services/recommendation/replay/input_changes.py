"""Describes in words how the inputs of two decisions differ, for operators."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

from services.recommendation.domain import signals

_MAX_LINES = 50
#: Signals are compared by what they are, not by how they have decayed.
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def describe_changes(name: str, left: Any, right: Any) -> list[str]:
    """Returns the differences of an input that is stored as content."""
    if name == "signals":
        lines = _signal_changes(left, right)
    elif name == "preferences":
        lines = _set_changes(_preference_ids(left), _preference_ids(right))
    elif name == "weights":
        pairs = zip(dataclasses.asdict(left).items(), dataclasses.asdict(right).values(), strict=True)
        lines = [f"{part} is {after:g} instead of {before:g}" for (part, before), after in pairs if before != after]
    else:
        lines = _set_changes(set(left.title_ids), set(right.title_ids), " of the popular titles")
    return lines[:_MAX_LINES]


def _signal_changes(
    left: tuple[signals.History, frozenset[str]], right: tuple[signals.History, frozenset[str]]
) -> list[str]:
    before, after = _describe_signals(left[0]), _describe_signals(right[0])
    lines = _set_changes(set(before), set(after))
    lines += [f"{each} was changed" for each in sorted(set(before) & set(after)) if before[each] != after[each]]
    lines += [f"{each} was paused" for each in sorted(right[1] - left[1])]
    lines += [f"{each} was resumed" for each in sorted(left[1] - right[1])]
    if left[0].household != right[0].household:
        lines.append("the household watched something else")
    if left[0].bookmarks != right[0].bookmarks:
        lines.append("the bookmarks changed")
    return lines


def _describe_signals(history: signals.History) -> dict[str, tuple[Any, ...]]:
    """Returns the properties of signals that do not depend on the time, by signal id."""
    return {
        signal.signal_id: (signal.kind, signal.time, title.completion, title.thumb, title.view_count)
        for title in history.titles
        for signal in signals.signals_of_title(title, frozenset(), _ANY_TIME)
    }


def _preference_ids(preferences: signals.Preferences) -> set[str]:
    return {signals.signal_id(signals.GENRE, genre_id) for genre_id in preferences.genre_ids} | {
        signals.signal_id(signals.LANGUAGE, code) for code in preferences.language_codes
    }


def _set_changes(before: set[str], after: set[str], suffix: str = "") -> list[str]:
    return [
        *(f"{each}{suffix} was added" for each in sorted(after - before)),
        *(f"{each}{suffix} was removed" for each in sorted(before - after)),
    ]
