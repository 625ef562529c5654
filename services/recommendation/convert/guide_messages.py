"""Messages of epg into channels and programmes, and cards and badges into messages."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from marquee.epg.v1 import epg_internal_pb2, epg_pb2
from marquee.recommendation.v1 import recommendation_pb2

from services.kit import localization, timestamps, visibility
from services.recommendation.convert import home_messages
from services.recommendation.domain import availability, embedding_text, guide, guide_badges, tonight
from services.recommendation.domain.explanations import Explanation

_DIGEST_BYTES = 16


def channel(message: epg_pb2.Channel) -> guide.Channel:
    """Returns the channel of a message."""
    return guide.Channel(
        channel_id=message.channel_id,
        facts=channel_facts(message),
        start_over=message.time_shift.start_over,
        catch_up_window=timestamps.optional_timedelta(message.time_shift, "catch_up_window") or timedelta(0),
        genre_id=message.genre_id,
        language_code=message.language_codes[0] if message.language_codes else "",
        text_hash=_text_hash(channel_text(message)),
    )


def channel_facts(message: epg_pb2.Channel | epg_internal_pb2.ChannelFacts) -> visibility.Facts:
    """Returns what decides who may see a channel."""
    age = message.maturity_rating.age if message.HasField("maturity_rating") else 0
    return visibility.Facts(0 if message.hidden else visibility.PUBLISHED, age, frozenset(message.territories))


def channel_text(message: epg_pb2.Channel) -> str:
    """Returns the text of a channel to embed."""
    return embedding_text.programme_text(message.display_name, "", _words([message.genre_id]), "")


def programme(item: epg_internal_pb2.ScheduleItem) -> guide.Programme:
    """Returns the programme of a schedule."""
    name = " ".join(_choose(item.display_names).casefold().split())
    return guide.Programme(
        programme_id=item.programme_id,
        start_time=timestamps.to_datetime(item.start_time),
        end_time=timestamps.to_datetime(item.end_time),
        maturity_age=item.maturity_rating.age if item.HasField("maturity_rating") else None,
        title_id=item.on_demand.title_id,
        episode_id=item.on_demand.episode_id,
        text_hash=_text_hash(programme_text(item)),
        name_key=hashlib.blake2b(name.encode(), digest_size=_DIGEST_BYTES).digest(),
        genre_ids=tuple(item.genre_ids),
    )


def programme_text(item: epg_internal_pb2.ScheduleItem) -> str:
    """Returns the text of a programme to embed, in English if it is stated."""
    names, episodes, synopses = item.display_names, item.episode_display_names, item.synopses
    return embedding_text.programme_text(_choose(names), _choose(episodes), _words(item.genre_ids), _choose(synopses))


def tonight_items(cards: Iterable[tonight.Card], matrix: guide.GuideMatrix) -> Iterable[recommendation_pb2.TonightItem]:
    """Returns the messages of cards."""
    for card in cards:
        message = recommendation_pb2.TonightItem()
        for way in card.ways:
            _write_way(message.ways.add(), way, card, matrix)
        if card.title_id:
            message.subject.title_id = card.title_id
        else:
            message.subject.CopyFrom(message.ways[0].subject)
        home_messages.write_explanation(message.explanation, card.explanation)
        yield message


def programme_badges(
    badges: guide_badges.Badges, matrix: guide.GuideMatrix, airings: Iterable[int]
) -> Iterable[recommendation_pb2.GuideBadge]:
    """Returns the messages of those of some airings that have a badge."""
    for number in airings:
        if explanation := badges.programmes.get(int(matrix.airings.rows[number])):
            message = recommendation_pb2.GuideBadge()
            message.subject.programme_id = matrix.airings.programme_ids[number]
            home_messages.write_explanation(message.explanation, explanation)
            yield message


def channel_badges(
    badges: guide_badges.Badges, matrix: guide.GuideMatrix, channel_ids: frozenset[str]
) -> Iterable[recommendation_pb2.GuideBadge]:
    """Returns the messages of those of some channels that have a badge."""
    for row, explanation in badges.channels.items():
        if matrix.matrix.titles[row].title_id in channel_ids:
            yield _channel_badge(matrix.matrix.titles[row].title_id, explanation)


def _channel_badge(channel_id: str, explanation: Explanation) -> recommendation_pb2.GuideBadge:
    message = recommendation_pb2.GuideBadge()
    message.subject.channel_id = channel_id
    home_messages.write_explanation(message.explanation, explanation)
    return message


def _write_way(
    message: recommendation_pb2.WayToWatch, way: tonight.Way, card: tonight.Card, matrix: guide.GuideMatrix
) -> None:
    message.kind, message.entitled = recommendation_pb2.WayToWatchKind.ValueType(way.kind), way.is_entitled
    if way.kind == availability.ON_DEMAND:
        message.subject.title_id = card.title_id
        return
    airings, number = matrix.airings, way.airing
    message.subject.programme_id = airings.programme_ids[number]
    message.channel_id = matrix.channels[airings.channels[number]].channel_id
    timestamps.put_datetime(message.start_time, _instant(airings.starts[number]))
    timestamps.put_datetime(message.end_time, _instant(airings.ends[number]))
    if airings.catch_up_ends[number]:
        timestamps.put_datetime(message.catch_up_end_time, _instant(airings.catch_up_ends[number]))


def _choose(texts: Mapping[str, str]) -> str:
    return localization.choose(dict(sorted(texts.items())), localization.DEFAULT_LANGUAGE)


def _words(genre_ids: Iterable[str]) -> list[str]:
    return [genre_id.replace("-", " ") for genre_id in genre_ids if genre_id]


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)


def _text_hash(text: str) -> bytes:
    return embedding_text.digest(text) or bytes(_DIGEST_BYTES)
