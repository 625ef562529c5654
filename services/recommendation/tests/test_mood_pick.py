"""The pick for a mood, and the titles that follow a title (post-play)."""

import dataclasses
from datetime import timedelta

import grpc
import pytest
from google.protobuf import duration_pb2
from hypothesis import given, settings
from hypothesis import strategies as st
from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2

from services.kit import testing, visibility, watchable_subjects
from services.recommendation.domain import explanations, mood_pick, ranking, score_parts, signals, titles, watch_next
from services.recommendation.tests import builders, fakes, harness, input_builders
from services.recommendation.tests.test_home_properties import InputGenerator, random_inputs

MINUTE = timedelta(minutes=1)
CLOSED = visibility.Facts(state=1, maturity_age=8)
RUDE = visibility.Facts(state=visibility.PUBLISHED, maturity_age=18)


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as running:
        yield running


def pick(inputs, mood="", max_duration=None, excluded=(), query_vector=None):
    return mood_pick.pick(
        ranking.RankingContext(inputs), mood_pick.MoodRequest("", mood, query_vector, max_duration, excluded)
    )


def vector(words):
    return input_builders._vector(words)


def a_series(number, *minutes, **changes):
    """Returns a series with episodes of the given minutes; 0 means that the duration is not known."""
    episodes = [
        dataclasses.replace(episode, duration=length * MINUTE if length else None)
        for episode, length in zip(input_builders.episodes(*[input_builders.NOW] * len(minutes)), minutes, strict=True)
    ]
    return input_builders.a_title(number, type=titles.SERIES, duration=None, episodes=tuple(episodes), **changes)


def history_within_episode(number, episode, position=timedelta(), **changes):
    """Returns the history of a viewer who stopped within an episode."""
    title_signals = input_builders.watched(number, 0.2, **changes)
    bookmark = input_builders.bookmark(number, episode.episode_id, minutes=position / MINUTE)
    return signals.History(titles=(title_signals,), bookmarks=(bookmark,))


def test_the_next_episode_of_a_series_is_picked_with_its_duration():
    series = a_series(1, 30, 35, 60)
    item = pick(
        input_builders.inputs([series], history=history_within_episode(1, series.episodes[1], 5 * MINUTE)),
        max_duration=40 * MINUTE,
    )

    assert (series.episodes[1].episode_id, 35 * MINUTE, 5 * MINUTE) == (item.episode_id, item.duration, item.position)


def test_the_first_episode_that_fits_is_picked_if_the_next_one_is_too_long():
    series = a_series(1, 0, 50, 30, 35, 60)
    item = pick(
        input_builders.inputs([series], history=history_within_episode(1, series.episodes[4], 5 * MINUTE)),
        max_duration=40 * MINUTE,
    )

    assert (series.episodes[2].episode_id, 30 * MINUTE, None) == (item.episode_id, item.duration, item.position)


def test_the_first_episode_of_an_unwatched_series_is_picked():
    series = a_series(1, 50, 30)

    assert series.episodes[0].episode_id == pick(input_builders.inputs([series])).episode_id
    assert series.episodes[1].episode_id == pick(input_builders.inputs([series]), max_duration=40 * MINUTE).episode_id


def test_an_unpublished_episode_is_not_picked():
    series = a_series(1, 30, 30)
    first = dataclasses.replace(series.episodes[0], publish_time=input_builders.NOW + MINUTE)
    series = dataclasses.replace(series, episodes=(first, series.episodes[1]))

    assert series.episodes[1].episode_id == pick(input_builders.inputs([series])).episode_id


def test_a_series_without_an_episode_that_fits_is_not_picked():
    assert pick(input_builders.inputs([a_series(1, 50, 0)]), max_duration=40 * MINUTE) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": CLOSED},
        {"facts": RUDE},
        {"duration": 200 * MINUTE},
        {"number": 2},  # The viewer finished it.
        {"number": 3},  # The request excludes it.
    ],
)
def test_a_mood_that_only_excluded_titles_have_is_searched_by_meaning(changes):
    number = changes.pop("number", 1)
    catalogue = [
        input_builders.a_title(number, moods=("tense",), **changes),
        input_builders.a_title(8, names={"en": "tense nights"}),
    ]
    matrix = input_builders.a_matrix(catalogue)
    inputs = input_builders.inputs(
        None,
        input_builders.watched(2),
        matrix=matrix,
        vectors=input_builders.title_vectors(matrix),
        viewer=visibility.Viewer(13, "US"),
    )
    item = pick(inputs, "tense", 100 * MINUTE, [input_builders.an_id(3)], vector("tense"))

    assert input_builders.an_id(8) == item.title_id
    assert "It suits the mood" == item.explanation.sentence


def test_a_mood_of_editors_comes_before_a_match_by_meaning():
    catalogue = [input_builders.a_title(1, moods=("tense",)), input_builders.a_title(8, names={"en": "tense nights"})]

    assert (
        input_builders.an_id(1)
        == pick(input_builders.inputs(catalogue), "Tense", query_vector=vector("tense")).title_id
    )


@pytest.mark.parametrize("mood", ["🎬🍿", "रहस्य", ",", "  ,, ", "x" * 80])
def test_an_unknown_mood_picks_nothing(mood):
    assert pick(input_builders.inputs(), mood) is None


def test_a_hindi_mood_of_editors_is_matched():
    catalogue = [input_builders.a_title(1), input_builders.a_title(2, moods=("रहस्यमय",))]

    assert input_builders.an_id(2) == pick(input_builders.inputs(catalogue), "रहस्यमय").title_id


def test_the_sentence_of_a_pick_names_the_largest_contribution():
    weights = score_parts.Weights(content=200.0)
    catalogue = [input_builders.a_title(1), input_builders.a_title(2), input_builders.a_title(3, moods=("tense",))]
    item = pick(input_builders.inputs(catalogue, input_builders.liked(1), weights=weights), "tense")
    by_source = {each.source: each.value for each in item.explanation.contributions}

    assert by_source[score_parts.CONTENT] > by_source[score_parts.MOOD] > 0
    assert "Like what you watch" == item.explanation.sentence


def may_be_offered(inputs, item):
    """Returns whether an item may be offered: its title is visible, and not hidden, disliked or finished."""
    title_signals = next((each for each in inputs.history.titles if each.title_id == item.title_id), None)
    title = inputs.matrix.titles[inputs.matrix.rows[item.title_id]]
    return visibility.visible(title.facts, inputs.viewer, inputs.at) and (
        title_signals is None
        or not (title_signals.finished or title_signals.suppress_time or title_signals.thumb == signals.THUMB_DOWN)
    )


@settings(max_examples=150, deadline=None)
@given(random_inputs(), st.sampled_from(["", "Drama", "tense", "title mystery"]), st.sampled_from([None, 40, 100]))
def test_no_hidden_finished_disliked_or_closed_title_is_picked(inputs, mood, minutes):
    query_vector = vector(mood) if mood else None
    excluded = [input_builders.an_id(number) for number in range(5)]
    item = pick(inputs, mood, minutes and minutes * MINUTE, excluded, query_vector)

    assert item is None or (may_be_offered(inputs, item) and item.title_id not in excluded)


@settings(max_examples=150, deadline=None)
@given(random_inputs(), st.integers(0, 23))
def test_no_hidden_finished_disliked_or_closed_title_is_in_post_play(inputs, number):
    title = inputs.matrix.titles[number]
    items = watch_next.list_next(ranking.RankingContext(inputs), title.title_id, "")

    assert all(may_be_offered(inputs, item) for item in items)
    assert title.title_id not in {item.title_id for item in items}
    assert len({item.title_id for item in items}) == len(items)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**48))
def test_a_shorter_post_play_list_is_the_start_of_a_longer_one(seed):
    generator = InputGenerator(seed)
    catalogue = [dataclasses.replace(generator.title(number), facts=input_builders.PUBLISHED) for number in range(70)]
    context = ranking.RankingContext(
        input_builders.inputs(
            catalogue, input_builders.liked(1), input_builders.watched(2, 0.5), input_builders.hidden(3)
        )
    )
    all_items = watch_next.list_next(context, input_builders.an_id(0), "")
    for limit in (1, 7, 13, 26):
        assert all_items[:limit] == watch_next.list_next(context, input_builders.an_id(0), "", limit)
    assert watch_next.MAX_NEXT == len(all_items) == len(watch_next.list_next(context, input_builders.an_id(0), "", 100))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**48))
def test_sentences_of_post_play_name_the_largest_contribution(seed):
    inputs = dataclasses.replace(InputGenerator(seed).inputs(), language="en")
    context = ranking.RankingContext(inputs)
    items = watch_next.list_next(context, inputs.matrix.titles[0].title_id, "")
    for item in items:
        title = inputs.matrix.titles[inputs.matrix.rows[item.title_id]]
        sentence = explanations.sentence(
            item.explanation.contributions,
            explanations.Names("en", context.visible_name, context.genre_name),
            released=title.release_date,
            today=inputs.at.date(),
        )
        assert sentence == item.explanation.sentence


async def test_pages_of_post_play_neither_repeat_nor_skip_titles(app):
    [ended_id, *other_ids] = await app.add_titles(90)
    app.add_signals(harness.liked(other_ids[0]), harness.hidden(other_ids[1]), harness.watched(other_ids[2]))

    async def pages(size):
        page_ids, token = [], ""
        while True:
            request = recommendation_service_pb2.ListPostPlayRequest(
                subject=watchable_subjects.title(ended_id), page_size=size, page_token=token
            )
            response = await app.recommendation.ListPostPlay(request, metadata=app.viewer())
            page_ids.append([each.subject.title_id for each in response.items])
            token = response.next_page_token
            if not token:
                return page_ids

    by_seven, by_twenty = await pages(7), await pages(20)
    all_ids = [title_id for page in by_twenty for title_id in page]

    assert all_ids == [title_id for page in by_seven for title_id in page]
    assert (60, 60) == (len(all_ids), len(set(all_ids)))
    assert not {ended_id, other_ids[1], other_ids[2]} & set(all_ids)


async def test_a_pick_of_a_series_names_the_episode_to_play(app):
    facts = builders.facts(type=2)
    document = builders.document(facts, "Series")
    for number, minutes in ((1, 50), (2, 30)):
        document.episodes.add(
            episode_id=testing.ids.new(),
            season_number=1,
            episode_number=number,
            duration=duration_pb2.Duration(seconds=60 * minutes),
        )
    app.world.catalog.put(facts, document)
    await app.world.title_sync.listen(builders.changed(facts))
    await app.world.title_sync.load()
    request = recommendation_service_pb2.PickForMoodRequest(max_duration=duration_pb2.Duration(seconds=2400))
    response = await app.recommendation.PickForMood(request, metadata=app.viewer())

    assert (document.episodes[1].episode_id, 1800) == (response.item.play.episode_id, response.item.duration.seconds)


@pytest.mark.parametrize("mood", ["🎬🍿", "रहस्य", "a b", ","])
async def test_text_that_the_model_cannot_understand_is_not_sent_to_it(app, mood):
    await app.add_titles(4)
    calls = len(app.world.embedding.calls)
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await app.recommendation.PickForMood(
            recommendation_service_pb2.PickForMoodRequest(mood=mood), metadata=app.viewer()
        )

    assert "NOTHING_FITS" == testing.reason_of(raised.value)
    assert calls == len(app.world.embedding.calls)


async def test_english_text_is_sent_to_the_model(app):
    title_ids = await app.add_titles(4)
    response = await app.recommendation.PickForMood(
        recommendation_service_pb2.PickForMoodRequest(mood="title 2 🎬"), metadata=app.viewer()
    )

    assert title_ids[2] == response.item.subject.title_id
    assert ["title 2 🎬"] == app.world.embedding.calls[-1]
    assert recommendation_pb2.CONTRIBUTION_SOURCE_MOOD in {
        each.source for each in response.item.explanation.contributions
    }
    assert fakes.MODEL == app.world.vector_index.model_version
