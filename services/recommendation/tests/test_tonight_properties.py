"""Properties of every rail for tonight, and of all badges, for random guides and viewers."""

import dataclasses
import random
import uuid
from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit import visibility
from services.recommendation.domain import availability, guide, guide_badges, guide_vectors, tonight, vectors
from services.recommendation.tests import fakes, input_builders
from services.recommendation.tests.test_home_properties import InputGenerator

_NAMES = ("News", "Weather", "Quiz", "Cooking", "Final")
_LIMIT = 9


def a_guide(chance, inputs):
    """Returns a random guide with the titles of the inputs, and its vectors."""
    catalogue = {title.title_id: title for title in inputs.matrix.titles}
    channels, programmes = {}, {}
    for number in range(chance.randint(0, 4)):
        channel_id = str(uuid.UUID(int=10_000 + number))
        facts = visibility.Facts(
            chance.choice([visibility.PUBLISHED] * 3 + [0]),
            chance.choice([0, 0, 13, 18]),
            frozenset(chance.choice([(), ("US",), ("IN",)])),
        )
        channels[channel_id] = guide.Channel(
            channel_id,
            facts,
            chance.random() < 0.5,
            timedelta(days=chance.choice([0, 1, 7])),
            chance.choice(["", "drama"]),
            "en",
            number.to_bytes(16, "big"),
        )
        programmes[channel_id] = _schedule(chance, number, list(catalogue))
    built = guide.build_guide(
        input_builders.titles.Catalogue(catalogue, 1),
        {},
        channels,
        programmes,
        lambda title_id, _: title_id if title_id in catalogue else "",
    )
    texts = {
        each.text_hash: (fakes.MODEL, vectors.exact(fakes.vector(_NAMES[each.name_key[0]])))
        for schedule in programmes.values()
        for each in schedule
    }
    title_vectors = inputs.vectors
    rows = {title.title_id: row for row, title in enumerate(inputs.matrix.titles) if title_vectors.present[row]}
    known = guide_vectors.KnownVectors(
        1, fakes.MODEL, title_vectors.rows(range(len(inputs.matrix))), rows, texts if chance.random() < 0.8 else {}
    )
    aligned = guide_vectors.align_vectors(built, known)
    return built, dataclasses.replace(inputs, matrix=built.matrix, vectors=aligned)


def _schedule(chance, channel, title_ids):
    begin, schedule = input_builders.NOW - timedelta(hours=chance.randint(0, 30)), []
    for number in range(chance.randint(0, 12)):
        end = begin + timedelta(minutes=chance.randint(1, 240))
        name = chance.randrange(len(_NAMES))
        schedule.append(
            guide.Programme(
                programme_id=str(uuid.UUID(int=20_000 + 100 * channel + number)),
                start_time=begin,
                end_time=end,
                maturity_age=chance.choice([None, 0, 13, 18]),
                title_id=chance.choice([*title_ids, *[""] * len(title_ids)]) if title_ids else "",
                episode_id="",
                text_hash=bytes([1, name, chance.randrange(2)]) + bytes(13),
                name_key=bytes([name]),
                genre_ids=tuple(chance.sample(["drama", "mystery"], chance.randint(0, 2))),
            )
        )
        begin = end + timedelta(minutes=chance.choice([0, 0, 30]))
    return schedule


def make(seed):
    built, inputs = a_guide(random.Random(seed), InputGenerator(seed).inputs())
    entitled = random.Random(seed).choice([None, frozenset(each.channel_id for each in built.channels[:1])])
    return built, inputs, entitled


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
def test_every_rail_keeps_its_promises(seed):
    built, inputs, entitled = make(seed)
    found = tonight.rank_tonight(inputs, built, entitled, _LIMIT)
    airings, now = built.airings, inputs.at.timestamp()
    kinds = availability.kinds(airings, now)
    unwanted = {each.title_id for each in inputs.history.titles if each.unwanted} | set(inputs.history.excluded)
    names = []
    any_time = 0

    for card in found.cards:
        assert card.ways
        airing_numbers = [way.airing for way in card.ways if way.airing >= 0]
        for way in card.ways:
            if way.kind == availability.ON_DEMAND:
                assert (way.airing, way.is_entitled, bool(card.title_id)) == (-1, True, True)
                continue
            channel = built.channels[airings.channels[way.airing]]
            assert way.kind == kinds[way.airing] > 0
            assert visibility.visible(channel.facts, inputs.viewer, inputs.at)
            assert airings.ages[way.airing] <= inputs.viewer.maturity_ceiling
            assert way.is_entitled == (entitled is None or channel.channel_id in entitled)
            shown = built.matrix.titles[airings.rows[way.airing]].title_id
            assert not card.title_id or shown == card.title_id
        if card.title_id:
            title = built.matrix.titles[built.matrix.rows[card.title_id]]
            assert visibility.visible(title.facts, inputs.viewer, inputs.at)
            assert card.title_id not in unwanted
            names.append(card.title_id)
        else:
            cards = {int(built.cards[airings.rows[number]]) for number in airing_numbers}
            assert 1 == len(cards)
            names.append(cards.pop())
        assert card.explanation.score == sum(each.value for each in card.explanation.contributions)
        assert card.explanation.sentence
        is_for_tonight = any(
            kinds[number] == availability.LIVE
            or (kinds[number] == availability.UPCOMING and (not card.title_id or airings.starts[number] <= now + 5400))
            for number in airing_numbers
        )
        is_last = not card.title_id and all(kinds[number] == availability.CATCH_UP for number in airing_numbers)
        any_time += not (is_for_tonight or is_last)
    assert len(set(names)) == len(names) <= _LIMIT
    assert any_time <= _LIMIT // 3
    own = [any(way.is_entitled for way in card.ways) for card in found.cards]
    assert own == sorted(own, reverse=True)
    assert inputs.at < found.expire_time <= inputs.at + timedelta(minutes=1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9))
def test_equal_inputs_make_equal_rails_and_badges(seed):
    first, second = make(seed), make(seed)

    assert tonight.rank_tonight(first[1], first[0], first[2], _LIMIT) == tonight.rank_tonight(
        second[1], second[0], second[2], _LIMIT
    )
    assert guide_badges.choose_badges(first[1], first[0]) == guide_badges.choose_badges(second[1], second[0])


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**9))
def test_badges_are_few_explained_and_for_what_the_viewer_may_see(seed):
    built, inputs, _ = make(seed)
    badges = guide_badges.choose_badges(inputs, built)
    shown = built.visible_airings(inputs.viewer, inputs.at)
    rows = np.unique(built.airings.rows[shown])

    assert len(badges.programmes) <= -(-len(rows) // 10)
    assert len(badges.channels) <= -(-len(built.channels) // 10)
    assert set(badges.programmes) <= set(rows.tolist())
    assert set(badges.channels) <= set(built.channel_rows.tolist())
    unwanted = {each.title_id for each in inputs.history.titles if each.unwanted} | set(inputs.history.excluded)
    for row, explanation in (*badges.programmes.items(), *badges.channels.items()):
        assert built.matrix.titles[row].title_id not in unwanted
        assert 0 < explanation.score == sum(each.value for each in explanation.contributions)
        assert explanation.sentence


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9))
def test_a_viewer_without_signals_gets_no_badges(seed):
    built, inputs, _ = make(seed)
    cold = dataclasses.replace(inputs, history=type(inputs.history)(), preferences=type(inputs.preferences)())

    assert guide_badges.Badges() == guide_badges.choose_badges(cold, built)
