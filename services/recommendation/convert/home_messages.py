"""Homes into messages."""

import hashlib
from collections.abc import Sequence

from marquee.recommendation.v1 import recommendation_pb2

from services.kit import paging, timestamps, watchable_subjects
from services.recommendation.domain import explanations, home_values


def home(value: home_values.Home, decision_id: str) -> recommendation_pb2.DecidedHome:
    """Returns the message of a home."""
    message = recommendation_pb2.DecidedHome()
    if value.hero is not None:
        _write_item(message.hero, value.hero)
    for rail in value.rails:
        rail_message = message.rails.add(
            rail_id=rail.rail_id,
            kind=recommendation_pb2.RailKind.ValueType(rail.kind),
            display_name=rail.display_name,
            genre_id=rail.genre_id,
            next_page_token=paging.token([decision_id, 0], of=rail_filters(rail.rail_id)) if rail.has_more else "",
        )
        for each in rail.items:
            _write_item(rail_message.items.add(), each)
    return message


def digest(message: recommendation_pb2.DecidedHome) -> bytes:
    """Returns the digest of a home."""
    return hashlib.sha256(message.SerializeToString(deterministic=True)).digest()


def rail_filters(rail_id: str) -> tuple[str, ...]:
    """Returns the filters of the page tokens of a rail."""
    return ("rail", rail_id)


def item(value: home_values.Item) -> recommendation_pb2.Item:
    """Returns the message of an item."""
    message = recommendation_pb2.Item()
    _write_item(message, value)
    return message


def differences(
    left: recommendation_pb2.DecidedHome, right: recommendation_pb2.DecidedHome
) -> list[recommendation_pb2.RailDiff]:
    """Returns the rails that differ, in the order of the second home, then those that only the first has."""
    rails_before, rails_after = _title_ids_by_rail(left), _title_ids_by_rail(right)
    diffs = []
    for rail_id in dict.fromkeys([*rails_after, *rails_before]):
        before, after = rails_before.get(rail_id, []), rails_after.get(rail_id, [])
        if before == after:
            continue
        common_after = [title_id for title_id in after if title_id in before]
        common_before = [title_id for title_id in before if title_id in after]
        diffs.append(
            recommendation_pb2.RailDiff(
                rail_id=rail_id,
                added=[watchable_subjects.title(title_id) for title_id in after if title_id not in before],
                removed=[watchable_subjects.title(title_id) for title_id in before if title_id not in after],
                moved=[
                    watchable_subjects.title(title_id)
                    for title_id, previous in zip(common_after, common_before, strict=True)
                    if title_id != previous
                ],
            )
        )
    return diffs


def missing_inputs(inputs: home_values.Inputs) -> list[recommendation_pb2.Degradation.ValueType]:
    """Returns the degradations that follow from missing titles or vectors."""
    degradations = []
    if not len(inputs.matrix):
        degradations.append(recommendation_pb2.DEGRADATION_NO_TITLES)
    if inputs.vectors.is_empty:
        degradations.append(recommendation_pb2.DEGRADATION_NO_VECTORS)
    return degradations


def _title_ids_by_rail(message: recommendation_pb2.DecidedHome) -> dict[str, Sequence[str]]:
    rails: dict[str, Sequence[str]] = {
        rail.rail_id: [each.subject.title_id for each in rail.items] for rail in message.rails
    }
    if message.HasField("hero"):
        rails["hero"] = [message.hero.subject.title_id]
    return rails


def write_explanation(message: recommendation_pb2.Explanation, value: explanations.Explanation) -> None:
    """Writes an explanation into a message in place."""
    message.sentence, message.score = value.sentence, value.score
    for contribution in value.contributions:
        part = message.contributions.add(
            source=recommendation_pb2.ContributionSource.ValueType(contribution.source),
            value=contribution.value,
            signal_id=contribution.signal_id,
        )
        if contribution.title_id:
            part.subject.title_id = contribution.title_id


def _write_item(message: recommendation_pb2.Item, value: home_values.Item) -> None:
    """Writes an item into a message in place: a home has hundreds, and adding a finished message copies it."""
    message.subject.title_id = value.title_id
    if value.episode_id:
        message.play.episode_id = value.episode_id
    message.kind = recommendation_pb2.ItemKind.ValueType(value.kind)
    write_explanation(message.explanation, value.explanation)
    if value.position is not None:
        timestamps.put_timedelta(message.position, value.position)
    if value.duration is not None:
        timestamps.put_timedelta(message.duration, value.duration)
