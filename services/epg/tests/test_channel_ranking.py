"""The personal order of channels."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.epg.domain import channel_ranking, channels
from services.epg.domain.channel_ranking import Factor, Taste, Watched
from services.kit import testing

_NOW = testing.NOW
_HOUR = _NOW.replace(minute=0)
_DAY = timedelta(days=1)


def a_channel(number, genre_id="", *, hd=False):
    return channels.Channel(f"channel {number}", number, f"Channel {number}", genre_id=genre_id, high_definition=hd)


NEWS, OTHER_NEWS, SPORT, MIXED = a_channel(1, "news"), a_channel(2, "news"), a_channel(3, "sport"), a_channel(4)
ALL = [NEWS, OTHER_NEWS, SPORT, MIXED]


def watched(channel, minutes=30, hour=_HOUR - 7 * _DAY):
    duration = timedelta(minutes=minutes)
    return Watched(channel.channel_id, hour, duration, hour + duration)


def a_taste(*seen, favorites=()):
    genres = {channel.channel_id: channel.genre_id for channel in ALL}
    return Taste(seen, genres, [channel.channel_id for channel in favorites], _NOW)


def values(taste, channel):
    return {part.factor: part.value for part in taste.rank(channel).parts}


def test_a_score_weighs_genre_time_of_day_recency_and_high_definition_by_forty_thirty_twenty_ten():
    channel = a_channel(1, "news", hd=True)
    rank = a_taste(watched(channel, hour=_HOUR)).rank(channel)

    assert [0.4, 0.3, 0.2, 0.1] == pytest.approx([part.contribution for part in rank.parts], abs=0.01)
    assert [Factor.GENRE, Factor.TIME_OF_DAY, Factor.RECENCY, Factor.HIGH_DEFINITION] == [
        part.factor for part in rank.parts
    ]
    assert 1.0 == pytest.approx(rank.score, abs=0.01)


def test_channels_of_a_watched_genre_come_before_others_by_number():
    assert [SPORT, NEWS, OTHER_NEWS, MIXED] == a_taste(watched(SPORT)).sort(ALL)


def test_another_channel_of_the_genre_has_its_affinity_but_not_its_time_and_recency():
    found = values(a_taste(watched(NEWS)), OTHER_NEWS)

    assert {Factor.GENRE: 1.0, Factor.TIME_OF_DAY: 0.0, Factor.RECENCY: 0.0, Factor.HIGH_DEFINITION: 0.0} == found


def test_the_genre_that_is_watched_twice_as_long_has_twice_the_affinity():
    taste = a_taste(watched(NEWS, minutes=20), watched(SPORT, minutes=40))

    assert 0.5 == pytest.approx(values(taste, NEWS)[Factor.GENRE])
    assert 1.0 == values(taste, SPORT)[Factor.GENRE]


@pytest.mark.parametrize(("hours", "value"), [(0, 1.0), (1, 0.8), (2, 0.4), (4, 0.0), (12, 0.0), (22, 0.4), (24, 1.0)])
def test_what_is_watched_at_this_time_of_day_counts_the_less_the_further_away_it_is(hours, value):
    usual = watched(SPORT, hour=_HOUR - 7 * _DAY)
    other = watched(NEWS, hour=_HOUR - 7 * _DAY - timedelta(hours=hours))
    found = values(a_taste(usual, other), NEWS)[Factor.TIME_OF_DAY]

    assert value == pytest.approx(found, abs=0.12)


def test_a_channel_that_was_watched_three_days_ago_is_half_as_recent():
    at_the_end = watched(NEWS, minutes=15, hour=_HOUR - 3 * _DAY)

    assert 0.5 == pytest.approx(values(a_taste(at_the_end), NEWS)[Factor.RECENCY])


def test_favorites_come_first_in_their_order_whatever_was_watched():
    taste = a_taste(watched(NEWS), favorites=[MIXED, SPORT])

    assert [MIXED, SPORT, NEWS, OTHER_NEWS] == taste.sort(ALL)
    assert [True, False] == [taste.rank(MIXED).is_favorite, taste.rank(NEWS).is_favorite]


def test_a_channel_that_was_only_passed_does_not_count():
    taste = a_taste(watched(SPORT, minutes=0.5))

    assert not taste.is_known
    assert ALL == taste.sort(ALL)


_WATCHED = st.builds(
    watched,
    st.sampled_from(ALL),
    st.integers(0, 60),
    st.datetimes(datetime(2026, 5, 1), datetime(2026, 7, 5), timezones=st.just(UTC)),  # noqa: DTZ001
)


@given(st.lists(_WATCHED, max_size=30), st.lists(st.sampled_from(ALL), unique=True, max_size=4))
def test_every_score_is_explained_by_its_parts_and_the_order_is_that_of_the_scores(seen, favorites):
    taste = a_taste(*seen, favorites=favorites)
    ordered = taste.sort(ALL)
    ranks = {channel.channel_id: taste.rank(channel) for channel in ALL}
    rest = ordered[len(favorites) :]

    assert sorted(ALL, key=lambda each: each.number) == sorted(ordered, key=lambda each: each.number)
    assert favorites == ordered[: len(favorites)]
    assert [each.number for each in rest] == [
        each.number for each in sorted(rest, key=lambda each: (-ranks[each.channel_id].score, each.number))
    ]
    for rank in ranks.values():
        assert set(Factor) == {part.factor for part in rank.parts}
        assert all(0 <= part.value <= 1 for part in rank.parts)
        assert rank.score == pytest.approx(sum(part.contribution for part in rank.parts))
    assert 1.0 == pytest.approx(sum(channel_ranking.WEIGHTS.values()))
