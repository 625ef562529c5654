"""How soon and for how long something can be watched, as a factor of the chance that it is watched tonight."""

from datetime import timedelta

import numpy as np

from services.recommendation.domain.feature_matrix import Mask, Numbers, Rows
from services.recommendation.domain.guide import Airings

#: marquee.recommendation.v1.WayToWatchKind; 0 for what cannot be watched tonight.
LIVE, UPCOMING, CATCH_UP, ON_DEMAND = range(1, 5)

#: What begins later is not for tonight.
HORIZON = timedelta(hours=6)
#: What can be caught up for longer is not urgent.
ENDING = timedelta(hours=24)
#: The factor of what can be watched today, tomorrow and any other day.
ANY_TIME = 0.5

#: The factor halves with each of these: a wait for the beginning, and the time until a catch-up ends.
_WAIT_HALF_LIFE, _END_HALF_LIFE = timedelta(minutes=90), timedelta(hours=12)
#: The factor of a live programme without start-over of which nothing is left.
_MISSED = 0.25


def kinds(airings: Airings, now: float) -> Rows:
    """Returns how each airing can be watched at a time; 0 if it cannot be tonight."""
    is_upcoming = (airings.starts > now) & (airings.starts <= now + HORIZON.total_seconds())
    return np.select(
        [
            (airings.starts <= now) & (now < airings.ends),
            is_upcoming,
            (airings.ends <= now) & (now < airings.catch_up_ends),
        ],
        [LIVE, UPCOMING, CATCH_UP],
        default=0,
    ).astype(np.int64)


def is_timely(kind: Rows, last_chances: Numbers, now: float) -> Mask:
    """Returns which airings are on, begin soon, or show what can soon not be watched any more."""
    is_ending = last_chances <= now + ENDING.total_seconds()
    return np.asarray((kind == LIVE) | (kind == UPCOMING) | ((kind == CATCH_UP) & is_ending))


def factors(airings: Airings, kind: Rows, last_chances: Numbers, now: float) -> Numbers:
    """Returns the factor of each airing, above 0 and up to 1; 0 if it cannot be watched tonight.

    The chance that something is watched tonight is its taste times this factor:

        live, with start-over      1
        live, without              1/4 + 3/4 · the share that is left
        begins in t                2^(-t / 90 min)
        can be caught up           1/2 + 1/2 · 2^(-t / 12 h), if it cannot be watched any more after t
        on demand                  1/2

    Scores are logarithms of chances, so the logarithm of the factor is added to the score of the taste.

    Args:
        airings: the airings.
        kind: how each can be watched.
        last_chances: until when what each airing shows can be watched in any way: later than the airing itself can be
            caught up if it is shown again, and infinity for what is on demand.
        now: the time.
    """
    left = np.clip((airings.ends - now) / np.maximum(airings.ends - airings.starts, 1.0), 0.0, 1.0)
    live = np.where(airings.start_over, 1.0, _MISSED + (1.0 - _MISSED) * left)
    upcoming = np.exp2(-np.maximum(airings.starts - now, 0.0) / _WAIT_HALF_LIFE.total_seconds())
    remaining = np.maximum(last_chances - now, 0.0) / _END_HALF_LIFE.total_seconds()
    catch_up = ANY_TIME + (1.0 - ANY_TIME) * np.exp2(-remaining)
    return np.select([kind == LIVE, kind == UPCOMING, kind == CATCH_UP], [live, upcoming, catch_up], default=0.0)


def next_change(airings: Airings, numbers: Rows, now: float) -> float:
    """Returns when the kind of one of some airings changes next; infinity if none does.

    Args:
        airings: all airings.
        numbers: the numbers of those that are meant.
        now: the time.
    """
    edges = np.concatenate([each[numbers] for each in (airings.starts, airings.ends, airings.catch_up_ends)])
    later = edges[edges > now]
    return float(later.min()) if len(later) else np.inf
