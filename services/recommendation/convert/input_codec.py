"""What decisions were made from, as bytes: the same values make the same bytes, and come out of them again."""

import hashlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson

from services.recommendation.domain import scoring, signals

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIGNAL_FIELDS = [field.name for field in fields(signals.TitleSignals)]
_TIMES = {name for name in _SIGNAL_FIELDS if name.endswith("_time")}
_DEFAULTS = asdict(signals.TitleSignals(""))


@dataclass(frozen=True, slots=True)
class Content:
    """An input as it is kept."""

    digest: bytes
    compressed: bytes


def content(raw: bytes) -> Content:
    """Returns bytes as they are kept."""
    return Content(hashlib.sha256(raw).digest(), zlib.compress(raw, 6))


def read(compressed: bytes) -> bytes:
    """Returns what was kept."""
    return zlib.decompress(compressed)


def of_history(history: signals.History, paused: frozenset[str]) -> bytes:
    """Returns what a profile did, and which signals rest. What says nothing is left out."""
    return orjson.dumps(
        {
            "revision": history.revision,
            "titles": [_told(each) for each in history.titles],
            "household": [
                [each.title_id, each.profile_count, each.completion, _number(each.watch_time)]
                for each in history.household
            ],
            "bookmarks": [_bookmark(each) for each in history.bookmarks],
            "paused": sorted(paused),
            "excluded": history.excluded,
        },
        option=orjson.OPT_SORT_KEYS,
    )


def history(raw: bytes) -> tuple[signals.History, frozenset[str]]:
    """Returns a history and what rests of it."""
    told = orjson.loads(raw)
    return (
        signals.History(
            titles=tuple(_signals(each) for each in told["titles"]),
            household=tuple(
                signals.HouseholdTitle(title_id, count, completion, _time(watched))
                for title_id, count, completion, watched in told["household"]
            ),
            bookmarks=tuple(_read_bookmark(each) for each in told["bookmarks"]),
            revision=told["revision"],
            excluded=tuple(told["excluded"]),
        ),
        frozenset(told["paused"]),
    )


def of_preferences(preferences: signals.Preferences) -> bytes:
    """Returns what a profile asked to see."""
    return orjson.dumps([preferences.genre_ids, preferences.language_codes])


def preferences(raw: bytes) -> signals.Preferences:
    """Returns what a profile asked to see."""
    genres, languages = orjson.loads(raw)
    return signals.Preferences(tuple(genres), tuple(languages))


def of_weights(weights: scoring.Weights) -> bytes:
    """Returns how the blend weighed its parts."""
    return orjson.dumps(asdict(weights), option=orjson.OPT_SORT_KEYS)


def weights(raw: bytes) -> scoring.Weights:
    """Returns how the blend weighed its parts."""
    return scoring.Weights(**orjson.loads(raw))


def of_popularity(popularity: scoring.Popularity) -> bytes:
    """Returns what was watched: the ids, then the numbers, all of the same kind together."""
    head = orjson.dumps(
        {"at": _number(popularity.at), "names": list(popularity.interest), "count": len(popularity.title_ids)}
    )
    ids = b"".join(bytes.fromhex(title_id.replace("-", "")) for title_id in popularity.title_ids)
    columns = [popularity.counts.astype("<f4").tobytes()]
    columns += [values.astype("<f4").tobytes() for values in popularity.interest.values()]
    return b"\n".join([head, ids + b"".join(columns)])


def popularity(raw: bytes) -> scoring.Popularity:
    """Returns what was watched."""
    head, _, rest = raw.partition(b"\n")
    told = orjson.loads(head)
    count, names = told["count"], told["names"]
    ids = [rest[16 * place : 16 * (place + 1)].hex() for place in range(count)]
    numbers = np.frombuffer(rest, "<f4", offset=16 * count).astype(np.float64).reshape(len(names) + 1, count)
    return scoring.Popularity(
        version=hashlib.sha256(raw).hexdigest(),
        at=_time(told["at"]) or _EPOCH,
        title_ids=tuple(f"{each[:8]}-{each[8:12]}-{each[12:16]}-{each[16:20]}-{each[20:]}" for each in ids),
        counts=numbers[0],
        interest={name: numbers[1 + place] for place, name in enumerate(names)},
    )


def _told(each: signals.TitleSignals) -> dict[str, Any]:
    known = ((place, name, getattr(each, name)) for place, name in enumerate(_SIGNAL_FIELDS))
    return {
        str(place): _number(value) if name in _TIMES else value
        for place, name, value in known
        if value != _DEFAULTS[name]
    }


def _signals(told: dict[str, Any]) -> signals.TitleSignals:
    named = ((_SIGNAL_FIELDS[int(place)], value) for place, value in told.items())
    values: dict[str, Any] = {name: _time(value) if name in _TIMES else value for name, value in named}
    return signals.TitleSignals(**values)


def _bookmark(each: signals.Bookmark) -> Sequence[Any]:
    return [
        each.title_id,
        each.episode_id,
        each.position // _MICROSECOND,
        each.duration // _MICROSECOND,
        _number(each.update_time),
        each.watched,
    ]


def _read_bookmark(values: Sequence[Any]) -> signals.Bookmark:
    title_id, episode_id, position, duration, updated, watched = values
    return signals.Bookmark(
        title_id,
        episode_id,
        position * _MICROSECOND,
        duration * _MICROSECOND,
        _EPOCH + updated * _MICROSECOND,
        watched,
    )


def _number(time: datetime | None) -> int | None:
    return None if time is None else (time - _EPOCH) // _MICROSECOND


def _time(number: int | None) -> datetime | None:
    return None if number is None else _EPOCH + number * _MICROSECOND


#: Reads each kept content by the name of its input.
READ: dict[str, Callable[[bytes], Any]] = {
    "signals": history,
    "preferences": preferences,
    "popularity": popularity,
    "weights": weights,
}
