"""Homes into messages."""

from collections.abc import Sequence
from datetime import datetime

from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2

from services.kit import paging, subjects, timestamps
from services.recommendation.domain import homes


def home(decided: homes.Home, decision_id: str) -> recommendation_pb2.DecidedHome:
    """Returns everything that a decision chose."""
    told = recommendation_pb2.DecidedHome()
    if decided.hero is not None:
        _tell(told.hero, decided.hero)
    for rail in decided.rails:
        message = told.rails.add(
            rail_id=rail.rail_id,
            kind=recommendation_pb2.RailKind.ValueType(rail.kind),
            display_name=rail.display_name,
            genre_id=rail.genre_id,
            next_page_token=paging.token([decision_id, 0], of=rail_filters(rail.rail_id)) if rail.more else "",
        )
        for each in rail.items:
            _tell(message.items.add(), each)
    return told


def rail_filters(rail_id: str) -> tuple[str, ...]:
    """Returns what tells the page tokens of a rail from those of other lists."""
    return ("rail", rail_id)


def item(chosen: homes.Item) -> recommendation_pb2.Item:
    """Returns one chosen title."""
    message = recommendation_pb2.Item()
    _tell(message, chosen)
    return message


def differences(
    left: recommendation_pb2.DecidedHome, right: recommendation_pb2.DecidedHome
) -> list[recommendation_pb2.RailDiff]:
    """Returns the rails that differ, in the order of the second home, then those that only the first has."""
    before, after = _lists(left), _lists(right)
    found = []
    for rail_id in dict.fromkeys([*after, *before]):
        was, now = before.get(rail_id, []), after.get(rail_id, [])
        if was == now:
            continue
        both = [title_id for title_id in now if title_id in was]
        stayed = [title_id for title_id in was if title_id in now]
        found.append(
            recommendation_pb2.RailDiff(
                rail_id=rail_id,
                added=[subjects.title(title_id) for title_id in now if title_id not in was],
                removed=[subjects.title(title_id) for title_id in was if title_id not in now],
                moved=[subjects.title(title_id) for place, title_id in enumerate(both) if stayed[place] != title_id],
            )
        )
    return found


def lacking(inputs: homes.Inputs) -> list[recommendation_pb2.Degradation.ValueType]:
    """Returns what is missing of the catalogue, from which everything is chosen."""
    found = []
    if not len(inputs.shelf):
        found.append(recommendation_pb2.DEGRADATION_NO_TITLES)
    if inputs.meaning.empty:
        found.append(recommendation_pb2.DEGRADATION_NO_VECTORS)
    return found


def expiry(message: recommendation_service_pb2.GetHomeResponse, at: datetime) -> None:
    """Says until when the same is answered."""
    message.expire_time.FromDatetime(at)


def _lists(told: recommendation_pb2.DecidedHome) -> dict[str, Sequence[str]]:
    lists: dict[str, Sequence[str]] = {
        rail.rail_id: [each.subject.title_id for each in rail.items] for rail in told.rails
    }
    if told.HasField("hero"):
        lists["hero"] = [told.hero.subject.title_id]
    return lists


def _tell(message: recommendation_pb2.Item, chosen: homes.Item) -> None:
    """Writes a chosen title into a message, in place: a home has hundreds, and what is put together is copied."""
    message.subject.title_id = chosen.title_id
    if chosen.episode_id:
        message.play.episode_id = chosen.episode_id
    message.kind = recommendation_pb2.ItemKind.ValueType(chosen.kind)
    told = message.explanation
    told.sentence, told.score = chosen.explanation.sentence, chosen.explanation.score
    for each in chosen.explanation.contributions:
        part = told.contributions.add(
            source=recommendation_pb2.ContributionSource.ValueType(each.source),
            value=each.value,
            signal_id=each.signal_id,
        )
        if each.title_id:
            part.subject.title_id = each.title_id
    if chosen.position is not None:
        timestamps.put_timedelta(message.position, chosen.position)
    if chosen.duration is not None:
        timestamps.put_timedelta(message.duration, chosen.duration)
