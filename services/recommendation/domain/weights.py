"""The fitted weights of the blend that the home uses, and the number of reserved places.

The figures that they reach are in docs/recommendations.md. `python -m tests.evaluation` measures them again; with the
option `--fit` it fits the weights on the validation splits first.
"""

from services.recommendation.domain import linear_model

#: The number of titles on the rail For You, and how many of its places are reserved for personal candidates.
SHOWN, RESERVED = 20, 3

#: The weights for all titles.
HOME = linear_model.Weights(
    base={
        "day": 0.0699,
        "days": 0.2445,
        "fortnight": 0.0848,
        "ever": 0.0534,
        "together": 1.2255,
        "overdue": -6.5083,
        "after": 0.3974,
        "centroid": 1.2548,
        "nearest": 1.9368,
        "genre": 0.4654,
        "age": 0.6284,
    },
    by_known={"days": -0.2633, "together": 0.1137},
    by_mainstream={"days": 0.0365, "ever": -0.0765},
    newness=(
        1.952,
        3.005,
        2.4984,
        1.5095,
        1.0991,
        0.8921,
        0.7056,
        0.4118,
        0.4233,
        1.0704,
        0.7483,
        0.4122,
        0.4219,
        0.1091,
    ),
)
#: The weights for ranking cold titles among themselves.
COLD_RAIL = linear_model.Weights(
    base={
        "day": 0.3179,
        "days": -0.4948,
        "fortnight": 0.4198,
        "ever": -0.0681,
        "centroid": 2.2653,
        "nearest": 6.0983,
        "genre": 0.4245,
        "age": 0.8298,
    },
    by_known={"days": 0.0296},
    by_mainstream={"days": 0.1043, "ever": -0.0986},
    newness=(
        2.414,
        3.6044,
        3.2323,
        2.6927,
        2.8056,
        -0.4154,
        -0.9171,
        -0.4223,
        1.8572,
        0.3022,
        0.8552,
        0.5472,
        0.5021,
        0.8452,
    ),
)
