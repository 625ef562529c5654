"""Promises of the pick for a mood and of what comes after a title."""

import dataclasses
from datetime import timedelta

import grpc
import pytest
from google.protobuf import duration_pb2
from hypothesis import given, settings
from hypothesis import strategies as st
from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2

from services.kit import subjects, testing, visibility
from services.recommendation.domain import explanations, mood_pick, ranking, score_parts, signals, titles
from services.recommendation.tests import builders, fakes, harness, scenarios
from services.recommendation.tests.test_home_properties import Chance, everything

MINUTE = timedelta(minutes=1)
CLOSED = visibility.Facts(state=1, maturity_age=8)
RUDE = visibility.Facts(state=visibility.PUBLISHED, maturity_age=18)


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as opened:
        yield opened


def pick(inputs, mood="", most=None, excluded=(), meant=None):
    return mood_pick.pick(ranking.RankingContext(inputs), mood_pick.MoodRequest("", mood, meant, most, excluded))


def vector(words):
    return scenarios._vector(words)


def a_series(number, *minutes, **changes):
    """A series with episodes of so many minutes; of 0, the length is not known."""
    made = [
        dataclasses.replace(episode, duration=length * MINUTE if length else None)
        for episode, length in zip(scenarios.episodes(*[scenarios.NOW] * len(minutes)), minutes, strict=True)
    ]
    return scenarios.a_title(number, type=titles.SERIES, duration=None, episodes=tuple(made), **changes)


def mine(number, episode, position=timedelta(), **changes):
    """The history of a viewer who stopped within an episode."""
    told = scenarios.watched(number, 0.2, **changes)
    mark = scenarios.bookmark(number, episode.episode_id, minutes=position / MINUTE)
    return signals.History(titles=(told,), bookmarks=(mark,))


def test_of_a_series_the_viewers_next_episode_is_picked_with_its_length():
    series = a_series(1, 30, 35, 60)
    item = pick(scenarios.inputs([series], history=mine(1, series.episodes[1], 5 * MINUTE)), most=40 * MINUTE)

    assert (series.episodes[1].episode_id, 35 * MINUTE, 5 * MINUTE) == (item.episode_id, item.duration, item.position)


def test_of_a_series_whose_next_episode_is_too_long_the_first_that_fits_is_picked():
    series = a_series(1, 0, 50, 30, 35, 60)
    item = pick(scenarios.inputs([series], history=mine(1, series.episodes[4], 5 * MINUTE)), most=40 * MINUTE)

    assert (series.episodes[2].episode_id, 30 * MINUTE, None) == (item.episode_id, item.duration, item.position)


def test_of_a_series_that_was_not_begun_the_first_episode_is_picked():
    series = a_series(1, 50, 30)

    assert series.episodes[0].episode_id == pick(scenarios.inputs([series])).episode_id
    assert series.episodes[1].episode_id == pick(scenarios.inputs([series]), most=40 * MINUTE).episode_id


def test_an_episode_that_is_still_to_come_is_not_picked():
    series = a_series(1, 30, 30)
    first = dataclasses.replace(series.episodes[0], publish_time=scenarios.NOW + MINUTE)
    series = dataclasses.replace(series, episodes=(first, series.episodes[1]))

    assert series.episodes[1].episode_id == pick(scenarios.inputs([series])).episode_id


def test_a_series_of_which_no_episode_fits_is_not_picked():
    assert pick(scenarios.inputs([a_series(1, 50, 0)]), most=40 * MINUTE) is None


@pytest.mark.parametrize(
    "out_of_reach",
    [
        {"facts": CLOSED},
        {"facts": RUDE},
        {"duration": 200 * MINUTE},
        {"number": 2},  # It is finished.
        {"number": 3},  # It was offered already.
    ],
)
def test_a_mood_that_only_titles_out_of_reach_have_is_looked_for_in_meaning(out_of_reach):
    number = out_of_reach.pop("number", 1)
    some = [
        scenarios.a_title(number, moods=("tense",), **out_of_reach),
        scenarios.a_title(8, names={"en": "tense nights"}),
    ]
    matrix = scenarios.a_matrix(some)
    inputs = scenarios.inputs(
        None,
        scenarios.watched(2),
        matrix=matrix,
        vectors=scenarios.title_vectors(matrix),
        viewer=visibility.Viewer(13, "US"),
    )
    item = pick(inputs, "tense", 100 * MINUTE, [scenarios.an_id(3)], vector("tense"))

    assert scenarios.an_id(8) == item.title_id
    assert "It suits the mood" == item.explanation.sentence


def test_what_somebody_wrote_down_goes_before_what_a_model_means():
    some = [scenarios.a_title(1, moods=("tense",)), scenarios.a_title(8, names={"en": "tense nights"})]

    assert scenarios.an_id(1) == pick(scenarios.inputs(some), "Tense", meant=vector("tense")).title_id


@pytest.mark.parametrize("mood", ["🎬🍿", "रहस्य", ",", "  ,, ", "x" * 80])
def test_a_mood_that_nothing_has_and_no_model_knows_picks_nothing(mood):
    assert pick(scenarios.inputs(), mood) is None


def test_a_mood_in_hindi_that_editors_wrote_down_is_understood():
    some = [scenarios.a_title(1), scenarios.a_title(2, moods=("रहस्यमय",))]

    assert scenarios.an_id(2) == pick(scenarios.inputs(some), "रहस्यमय").title_id


def test_a_pick_says_what_weighs_most_even_if_that_is_not_the_mood():
    weights = score_parts.Weights(content=200.0)
    some = [scenarios.a_title(1), scenarios.a_title(2), scenarios.a_title(3, moods=("tense",))]
    item = pick(scenarios.inputs(some, scenarios.liked(1), weights=weights), "tense")
    by_source = {each.source: each.value for each in item.explanation.contributions}

    assert by_source[score_parts.CONTENT] > by_source[score_parts.MOOD] > 0
    assert "Like what you watch" == item.explanation.sentence


def is_let_be(inputs, item):
    """Whether a title may be offered: nothing hidden, not liked, finished or closed ever is."""
    told = next((each for each in inputs.history.titles if each.title_id == item.title_id), None)
    title = inputs.matrix.titles[inputs.matrix.rows[item.title_id]]
    return visibility.visible(title.facts, inputs.viewer, inputs.at) and (
        told is None or not (told.finished or told.suppress_time or told.thumb == signals.THUMB_DOWN)
    )


@settings(max_examples=150, deadline=None)
@given(everything(), st.sampled_from(["", "Drama", "tense", "title mystery"]), st.sampled_from([None, 40, 100]))
def test_nothing_hidden_finished_disliked_or_closed_is_ever_picked(inputs, mood, minutes):
    meant = vector(mood) if mood else None
    excluded = [scenarios.an_id(number) for number in range(5)]
    item = pick(inputs, mood, minutes and minutes * MINUTE, excluded, meant)

    assert item is None or (is_let_be(inputs, item) and item.title_id not in excluded)


@settings(max_examples=150, deadline=None)
@given(everything(), st.integers(0, 23))
def test_nothing_hidden_finished_disliked_or_closed_ever_comes_after_a_title(inputs, number):
    title = inputs.matrix.titles[number]
    items = mood_pick.list_next(ranking.RankingContext(inputs), title.title_id, "")

    assert all(is_let_be(inputs, item) for item in items)
    assert title.title_id not in {item.title_id for item in items}
    assert len({item.title_id for item in items}) == len(items)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**48))
def test_a_longer_list_of_what_comes_after_a_title_begins_as_a_shorter_one_does(seed):
    chance = Chance(seed)
    some = [dataclasses.replace(chance.title(number), facts=scenarios.PUBLISHED) for number in range(70)]
    context = ranking.RankingContext(
        scenarios.inputs(some, scenarios.liked(1), scenarios.watched(2, 0.5), scenarios.hidden(3))
    )
    whole = mood_pick.list_next(context, scenarios.an_id(0), "")
    for limit in (1, 7, 13, 26):
        assert whole[:limit] == mood_pick.list_next(context, scenarios.an_id(0), "", limit)
    assert mood_pick.MAX_NEXT == len(whole) == len(mood_pick.list_next(context, scenarios.an_id(0), "", 100))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**48))
def test_what_comes_after_a_title_says_what_weighs_most(seed):
    inputs = dataclasses.replace(Chance(seed).inputs(), language="en")
    context = ranking.RankingContext(inputs)
    items = mood_pick.list_next(context, inputs.matrix.titles[0].title_id, "")
    for item in items:
        title = inputs.matrix.titles[inputs.matrix.rows[item.title_id]]
        said = explanations.sentence(
            item.explanation.contributions,
            explanations.Names("en", context.visible_name, context.genre_name),
            released=title.release_date,
            today=inputs.at.date(),
        )
        assert said == item.explanation.sentence


async def test_pages_of_what_comes_after_a_title_neither_repeat_nor_skip(app):
    [asked, *others] = await app.add_titles(90)
    app.add_signals(harness.liked(others[0]), harness.hidden(others[1]), harness.watched(others[2]))

    async def pages(size):
        found, token = [], ""
        while True:
            request = recommendation_service_pb2.ListPostPlayRequest(
                subject=subjects.title(asked), page_size=size, page_token=token
            )
            answer = await app.recommendation.ListPostPlay(request, metadata=app.viewer())
            found.append([each.subject.title_id for each in answer.items])
            token = answer.next_page_token
            if not token:
                return found

    by_seven, by_twenty = await pages(7), await pages(20)
    whole = [title_id for page in by_twenty for title_id in page]

    assert whole == [title_id for page in by_seven for title_id in page]
    assert (60, 60) == (len(whole), len(set(whole)))
    assert not {asked, others[1], others[2]} & set(whole)


async def test_a_pick_of_a_series_names_the_episode_to_play(app):
    told = builders.facts(type=2)
    document = builders.document(told, "Series")
    for number, minutes in ((1, 50), (2, 30)):
        document.episodes.add(
            episode_id=testing.ids.new(),
            season_number=1,
            episode_number=number,
            duration=duration_pb2.Duration(seconds=60 * minutes),
        )
    app.world.catalog.put(told, document)
    await app.world.title_sync.listen(builders.changed(told))
    await app.world.title_sync.load()
    asked = recommendation_service_pb2.PickForMoodRequest(max_duration=duration_pb2.Duration(seconds=2400))
    answer = await app.recommendation.PickForMood(asked, metadata=app.viewer())

    assert (document.episodes[1].episode_id, 1800) == (answer.item.play.episode_id, answer.item.duration.seconds)


@pytest.mark.parametrize("mood", ["🎬🍿", "रहस्य", "a b", ","])
async def test_what_no_model_understands_is_not_sent_to_one(app, mood):
    await app.add_titles(4)
    calls = len(app.world.embedding.calls)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await app.recommendation.PickForMood(
            recommendation_service_pb2.PickForMoodRequest(mood=mood), metadata=app.viewer()
        )

    assert "NOTHING_FITS" == testing.reason_of(refused.value)
    assert calls == len(app.world.embedding.calls)


async def test_what_is_meant_by_english_words_is_asked_of_the_model(app):
    found = await app.add_titles(4)
    answer = await app.recommendation.PickForMood(
        recommendation_service_pb2.PickForMoodRequest(mood="title 2 🎬"), metadata=app.viewer()
    )

    assert found[2] == answer.item.subject.title_id
    assert ["title 2 🎬"] == app.world.embedding.calls[-1]
    assert recommendation_pb2.CONTRIBUTION_SOURCE_MOOD in {
        each.source for each in answer.item.explanation.contributions
    }
    assert fakes.MODEL == app.world.vector_index.model_version
