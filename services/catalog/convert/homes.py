"""Homes that stand in, to messages."""

from typing import cast

from marquee.recommendation.v1 import recommendation_pb2

from services.catalog.domain import standing


def rail(chosen: standing.Rail) -> recommendation_pb2.Rail:
    """Answers a rail. It has no decision."""
    return recommendation_pb2.Rail(
        rail_id=chosen.rail_id,
        kind=cast("recommendation_pb2.RailKind.ValueType", chosen.kind),
        title=chosen.title,
        items=map(item, chosen.items),
        genre=chosen.genre,
    )


def item(chosen: standing.Item) -> recommendation_pb2.Item:
    """Answers one chosen title."""
    parts = [
        recommendation_pb2.Contribution(
            source=cast("recommendation_pb2.ContributionSource.ValueType", part.source), value=part.value
        )
        for part in chosen.contributions
    ]
    return recommendation_pb2.Item(
        title_id=chosen.title_id,
        explanation=recommendation_pb2.Explanation(sentence=chosen.sentence, score=chosen.score, contributions=parts),
    )
