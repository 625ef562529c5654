"""The inputs of decisions as bytes: equal values are encoded to equal bytes, and decoded again for a replay."""

import hashlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson

from services.recommendation.domain import score_parts, signals

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIGNAL_FIELDS = [field.name for field in fields(signals.TitleSignals)]
_TIMES = {name for name in _SIGNAL_FIELDS if name.endswith("_time")}
_DEFAULTS = asdict(signals.TitleSignals(""))
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Content:
    """An input as it is stored."""

    digest: bytes
    compressed: bytes


def content(raw: bytes) -> Content:
    """Returns encoded bytes as they are stored."""
    return Content(hashlib.sha256(raw).digest(), zlib.compress(raw, 6))


def decompress(compressed: bytes) -> bytes:
    """Returns the encoded bytes of a stored input."""
    return zlib.decompress(compressed)


def encode_history(history: signals.History, paused: frozenset[str]) -> bytes:
    """Encodes the history of a profile and its paused signals. Default values are left out."""
    return orjson.dumps(
        {
            "revision": history.revision,
            "titles": [_encode_title(each) for each in history.titles],
            "household": [
                [each.title_id, each.profile_count, each.completion, _encode_time(each.watch_time)]
                for each in history.household
            ],
            "bookmarks": [_encode_bookmark(each) for each in history.bookmarks],
            "paused": sorted(paused),
            "excluded": history.excluded,
        },
        option=orjson.OPT_SORT_KEYS,
    )


def decode_history(raw: bytes) -> tuple[signals.History, frozenset[str]]:
    """Decodes a history and its paused signals."""
    values = orjson.loads(raw)
    return (
        signals.History(
            titles=tuple(_decode_title(each) for each in values["titles"]),
            household=tuple(
                signals.HouseholdTitle(title_id, count, completion, _decode_time(watched))
                for title_id, count, completion, watched in values["household"]
            ),
            bookmarks=tuple(_decode_bookmark(each) for each in values["bookmarks"]),
            revision=values["revision"],
            excluded=tuple(values["excluded"]),
        ),
        frozenset(values["paused"]),
    )


def encode_preferences(preferences: signals.Preferences) -> bytes:
    """Encodes the preferences of a profile."""
    return orjson.dumps([preferences.genre_ids, preferences.language_codes])


def decode_preferences(raw: bytes) -> signals.Preferences:
    """Decodes the preferences of a profile."""
    genre_ids, language_codes = orjson.loads(raw)
    return signals.Preferences(tuple(genre_ids), tuple(language_codes))


def encode_weights(weights: score_parts.Weights) -> bytes:
    """Encodes weights."""
    return orjson.dumps(asdict(weights), option=orjson.OPT_SORT_KEYS)


def decode_weights(raw: bytes) -> score_parts.Weights:
    """Decodes weights."""
    return score_parts.Weights(**orjson.loads(raw))


def encode_popularity(popularity: score_parts.Popularity) -> bytes:
    """Encodes popularity: the ids, then the numbers column by column, which compresses best."""
    head = orjson.dumps(
        {"at": _encode_time(popularity.at), "names": list(popularity.interest), "count": len(popularity.title_ids)}
    )
    title_ids = b"".join(bytes.fromhex(title_id.replace("-", "")) for title_id in popularity.title_ids)
    columns = [popularity.counts, *popularity.interest.values()]
    return b"\n".join([head, title_ids + b"".join(column.astype("<f4").tobytes() for column in columns)])


def decode_popularity(raw: bytes) -> score_parts.Popularity:
    """Decodes popularity."""
    head, _, rest = raw.partition(b"\n")
    values = orjson.loads(head)
    count, names = values["count"], values["names"]
    ids = [rest[_ID_BYTES * number : _ID_BYTES * (number + 1)].hex() for number in range(count)]
    columns = np.frombuffer(rest, "<f4", offset=_ID_BYTES * count).astype(np.float64).reshape(len(names) + 1, count)
    return score_parts.Popularity(
        version=hashlib.sha256(raw).hexdigest(),
        at=_decode_time(values["at"]) or _EPOCH,
        title_ids=tuple(f"{each[:8]}-{each[8:12]}-{each[12:16]}-{each[16:20]}-{each[20:]}" for each in ids),
        counts=columns[0],
        interest=dict(zip(names, columns[1:], strict=True)),
    )


def _encode_title(title: signals.TitleSignals) -> dict[str, Any]:
    values = ((number, name, getattr(title, name)) for number, name in enumerate(_SIGNAL_FIELDS))
    return {
        str(number): _encode_time(value) if name in _TIMES else value
        for number, name, value in values
        if value != _DEFAULTS[name]
    }


def _decode_title(encoded: dict[str, Any]) -> signals.TitleSignals:
    named = ((_SIGNAL_FIELDS[int(number)], value) for number, value in encoded.items())
    values: dict[str, Any] = {name: _decode_time(value) if name in _TIMES else value for name, value in named}
    return signals.TitleSignals(**values)


def _encode_bookmark(bookmark: signals.Bookmark) -> Sequence[Any]:
    return [
        bookmark.title_id,
        bookmark.episode_id,
        bookmark.position // _MICROSECOND,
        bookmark.duration // _MICROSECOND,
        _encode_time(bookmark.update_time),
        bookmark.watched,
    ]


def _decode_bookmark(values: Sequence[Any]) -> signals.Bookmark:
    title_id, episode_id, position, duration, updated, watched = values
    return signals.Bookmark(
        title_id,
        episode_id,
        position * _MICROSECOND,
        duration * _MICROSECOND,
        _EPOCH + updated * _MICROSECOND,
        watched,
    )


def _encode_time(time: datetime | None) -> int | None:
    return None if time is None else (time - _EPOCH) // _MICROSECOND


def _decode_time(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + microseconds * _MICROSECOND


#: Decodes each stored content by the name of its input.
DECODERS: dict[str, Callable[[bytes], Any]] = {
    "signals": decode_history,
    "preferences": decode_preferences,
    "popularity": decode_popularity,
    "weights": decode_weights,
}
