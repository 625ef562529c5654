"""Estimates the day on which each film opened.

The file has years only. Within a year it keeps the order of Wikipedia's lists, which go by opening day, and some
synopses name their day. From these comes one curve, place within the year to day of the year, for all films.
"""

import calendar
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

_MONTHS = {name: number for number, name in enumerate(calendar.month_name) if name}
_DAY = re.compile(rf"({'|'.join(_MONTHS)}) (\d{{1,2}}), (\d{{4}})")
_STEPS = 20
#: Lists of earlier years are often sorted by letter.
_FIRST_YEAR = 1990
_EPOCH = date(1970, 1, 1)


def estimate_days(films: Sequence[dict[str, Any]]) -> npt.NDArray[np.float64]:
    """Returns the estimated opening day of each film, in days since 1970. It uses no rating."""
    sizes = Counter(film["year"] for film in films)
    place: Counter[int] = Counter()
    shares = np.zeros(len(films))
    for number, film in enumerate(films):
        shares[number] = (place[film["year"]] + 0.5) / sizes[film["year"]]
        place[film["year"]] += 1
    curve = _curve(films, shares)
    of_year = np.interp(shares * _STEPS - 0.5, np.arange(_STEPS), curve)
    begin = np.array([(date(film["year"], 1, 1) - _EPOCH).days for film in films], dtype=np.float64)
    return begin + of_year


def parse_day(text: str) -> float:
    """Returns a day such as 2013-07-01 as days since 1970, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() / 86_400.0


def _curve(films: Sequence[dict[str, Any]], shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Returns the typical day of the year for each twentieth of a year's list, in ascending order."""
    named: list[list[int]] = [[] for _ in range(_STEPS)]
    for film, share in zip(films, shares, strict=True):
        if film["year"] >= _FIRST_YEAR and (day := _named_day(film)) is not None:
            named[min(int(share * _STEPS), _STEPS - 1)].append(day)
    even = (np.arange(_STEPS) + 0.5) / _STEPS * 365
    found = [float(np.median(reported)) if reported else even[step] for step, reported in enumerate(named)]
    return np.asarray(np.maximum.accumulate(found))


def _named_day(film: dict[str, Any]) -> int | None:
    """Returns the first day of its own year that a synopsis names, as a day of the year."""
    for month, day, year in _DAY.findall(film.get("extract") or ""):
        if int(year) == film["year"] and int(day) <= calendar.monthrange(int(year), _MONTHS[month])[1] and int(day):
            return date(int(year), _MONTHS[month], int(day)).timetuple().tm_yday
    return None
