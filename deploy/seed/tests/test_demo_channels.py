"""The demo channels and their schedules."""

import datetime as dt
import itertools
import zoneinfo

import pytest

from deploy.seed import demo_channels, seed_files
from services.kit import timestamps

TODAY = dt.date(2026, 6, 28)
CHANNELS = demo_channels.load()
SEED = seed_files.load()


def times(channel, day):
    return [(start, end) for _, start, end in demo_channels.schedule(channel, SEED.titles, day)]


def test_there_are_25_channels_with_numbers_of_their_own_in_known_zones():
    assert list(range(1, 26)) == [channel.number for channel in CHANNELS]
    assert 25 == len({channel.channel_id for channel in CHANNELS})
    assert {channel.time_zone for channel in CHANNELS} <= zoneinfo.available_timezones()


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.display_name)
def test_days_are_filled_without_gaps_and_are_always_the_same(channel):
    for day in (TODAY, TODAY + dt.timedelta(days=1)):
        slots = times(channel, day)
        midnight = dt.datetime.combine(day, dt.time(), dt.UTC)

        assert (midnight, midnight + dt.timedelta(days=1)) == (slots[0][0], slots[-1][1])
        assert all(end == start for (_, end), (start, _) in itertools.pairwise(slots))
        assert all(start < end for start, end in slots)
        assert slots == times(channel, day)


def test_channels_show_only_what_they_select():
    for channel in CHANNELS:
        for item, _, _ in demo_channels.schedule(channel, SEED.titles, TODAY):
            assert channel.titles.matches(item.title)


def test_a_request_covers_the_days_around_today():
    request = demo_channels.schedule_request(CHANNELS[0], SEED.titles, TODAY)
    first, last = request.programmes[0], request.programmes[-1]

    assert dt.datetime(2026, 6, 21, tzinfo=dt.UTC) == timestamps.to_datetime(first.start_time)
    assert dt.datetime(2026, 7, 6, tzinfo=dt.UTC) == timestamps.to_datetime(last.end_time)
    assert all(programme.HasField("on_demand") and programme.synopses["en"] for programme in request.programmes)


def test_episodes_of_a_series_go_on_from_day_to_day():
    channel = next(channel for channel in CHANNELS if channel.display_name == "Marquee Series")
    days = [TODAY + dt.timedelta(days=offset) for offset in range(3)]
    shown = [
        item.episode.episode_id
        for day in days
        for item, _, _ in demo_channels.schedule(channel, SEED.titles, day)
        if item.title.title_id == channel_title(channel)
    ]

    assert len(shown) == len(set(shown)) >= 3


def channel_title(channel):
    """Returns the series of a channel with the most episodes."""
    shown = [title for title in SEED.titles if channel.titles.matches(title)]
    return max(shown, key=lambda title: len(title.episodes)).title_id
