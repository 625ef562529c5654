"""Similarity of titles to what a viewer watched: of their genres and their ages.

No feature depends on what other viewers watched, so they also rank titles that nobody has watched.
"""

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


#: How many titles a new viewer counts as having watched, with the usual shares of genres and of ages.
_GENRE_PRIOR, _AGE_PRIOR = 10.0, 5.0
#: The bounds of age groups, in days at the time of watching.
_AGES = np.array([60.0, 200.0, 800.0, 2000.0, 4000.0, 8000.0])


def genre_taste(genre_of: Numbers, usual: Numbers, history: Rows) -> Numbers:
    """Returns how much more than usual a viewer watches the genres of each title, as a logarithm.

    Args:
        genre_of: a row for each title, a column for each genre: 1 if it has the genre.
        usual: how often each genre is watched.
        history: the titles that were watched.
    """
    own = (genre_of[history].sum(axis=0) + _GENRE_PRIOR * usual) / (len(history) + _GENRE_PRIOR)
    count = np.maximum(genre_of.sum(axis=1), 1.0)
    return np.asarray(genre_of @ np.log(own / usual) / count)


def age_shares(ages: Numbers) -> Numbers:
    """Returns how often titles of each age group are watched; `ages` has an entry for each event."""
    counts = np.bincount(np.searchsorted(_AGES, ages, side="right"), minlength=len(_AGES) + 1) + 1.0
    return np.asarray(counts / counts.sum())


def age_taste(ages: Numbers, usual: Numbers, history_ages: Numbers) -> Numbers:
    """Returns how much more than usual a viewer watches titles of the age of each title, as a logarithm.

    Args:
        ages: the ages of all titles now.
        usual: the shares of age groups that `age_shares` returned.
        history_ages: the ages of the titles that were watched, at that time.
    """
    counts = np.bincount(np.searchsorted(_AGES, history_ages, side="right"), minlength=len(usual))
    own = (counts + _AGE_PRIOR * usual) / (len(history_ages) + _AGE_PRIOR)
    return np.asarray(np.log(own / usual)[np.searchsorted(_AGES, ages, side="right")])
