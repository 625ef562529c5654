"""Properties of every home, for random catalogues, viewers and histories."""

import dataclasses
import random
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit import visibility
from services.recommendation.domain import home_builder, home_values, score_parts, signals, titles
from services.recommendation.tests import input_builders

_COUNT = 24


class InputGenerator:
    """Generates random inputs of a home; the same seed gives the same inputs.

    Hypothesis draws only the seed: to draw each field would take a hundred times as long.
    """

    def __init__(self, seed):
        self._random = random.Random(seed)

    def maybe(self, value, part=0.5):
        return value if self._random.random() < part else None

    def sample(self, values, max_count):
        return self._random.sample(list(values), self._random.randint(0, min(max_count, len(values))))

    def past(self):
        return input_builders.NOW - timedelta(hours=self._random.randint(0, 9000))

    def around(self):
        return input_builders.NOW + timedelta(days=self._random.randint(-40, 40))

    def facts(self):
        windows = [visibility.Window(self.maybe(self.around()), self.maybe(self.around())) for _ in range(2)]
        return visibility.Facts(
            state=self._random.choice([visibility.PUBLISHED] * 4 + [1, 5]),
            maturity_age=self._random.choice([None, 0, 8, 13, 17, 18]),
            territories=frozenset(self.sample(["US", "IN", "DE"], 2)),
            windows=tuple(self.sample(windows, 2)),
            deleted=self._random.random() < 0.1,
        )

    def title(self, number):
        episodes = input_builders.episodes(*sorted(self.around() for _ in range(self._random.randint(0, 3))))
        return input_builders.a_title(
            number,
            type=titles.SERIES if episodes else titles.FILM,
            facts=self.facts(),
            featured=self._random.random() < 0.3,
            genres=tuple(self.sample(input_builders.GENRES, 3)),
            language_code=self._random.choice(["en", "hi"]),
            episodes=episodes,
        )

    def title_signals(self, title_id):
        return signals.TitleSignals(
            title_id,
            completion=self._random.random(),
            finished=self._random.random() < 0.3,
            watch_time=self.maybe(self.past()),
            thumb=self._random.choice([0, 0, 1, 1, 2]),
            rate_time=self.maybe(self.past()),
            add_time=self.maybe(self.past(), 0.3),
            suppress_time=self.maybe(self.past(), 0.15),
            view_count=self._random.randint(0, 5),
            view_time=self.maybe(self.past()),
            abandon_count=self._random.randint(0, 3),
            dismiss_time=self.maybe(self.past(), 0.2),
            snooze_until_time=self.maybe(self.around(), 0.3),
        )

    def bookmark(self, title_id, episode_id):
        position = timedelta(minutes=self._random.choice([0, 10, 50, 90]))
        length = timedelta(minutes=90)
        return signals.Bookmark(title_id, episode_id, position, length, self.past(), watched=position == length)

    def watched(self, title_signals, episodes):
        """Returns the signals of a title with its latest watch time, and bookmarks in the title."""
        episode_ids = self.sample([each.episode_id for each in episodes], 3) or [""]
        bookmarks = [self.bookmark(title_signals.title_id, episode_id) for episode_id in episode_ids]
        return dataclasses.replace(
            title_signals, watch_time=max(bookmark.update_time for bookmark in bookmarks)
        ), bookmarks

    def history(self, matrix, ids):
        signals_by_title = {title_id: self.title_signals(title_id) for title_id in self.sample(ids, 16)}
        bookmarks = []
        for title_id in self.sample(signals_by_title, 8):
            row = matrix.rows.get(title_id)
            signals_by_title[title_id], title_bookmarks = self.watched(
                signals_by_title[title_id], () if row is None else matrix.titles[row].episodes
            )
            bookmarks += title_bookmarks
        return signals.History(
            titles=tuple(signals_by_title.values()),
            household=tuple(
                signals.HouseholdTitle(each, self._random.randint(1, 4), self._random.random() * 4)
                for each in self.sample(ids, 6)
            ),
            bookmarks=tuple(sorted(bookmarks, key=lambda bookmark: bookmark.update_time, reverse=True)),
            excluded=tuple(self.sample([each for each in ids if each not in signals_by_title], 4)),
        )

    def inputs(self):
        matrix = input_builders.a_matrix([self.title(number) for number in range(_COUNT)])
        history = self.history(matrix, [input_builders.an_id(number) for number in range(_COUNT + 3)])
        preferences = signals.Preferences(
            tuple(self.sample([*map(str.casefold, input_builders.GENRES), "opera"], 3)),
            tuple(self.sample(["en", "hi", "fr"], 2)),
        )
        taste_signals = signals.list_signals(history.titles, preferences, frozenset(), input_builders.NOW)
        watched = self.sample(range(_COUNT), 12)
        return home_values.Inputs(
            at=input_builders.NOW,
            viewer=visibility.Viewer(self._random.choice([0, 8, 13, 17, 18]), self._random.choice(["US", "IN", ""])),
            language=self._random.choice(["en", "hi", "hi-IN", "de"]),
            matrix=matrix,
            vectors=input_builders.title_vectors(matrix)
            if self._random.random() < 0.7
            else input_builders.no_vectors(matrix),
            history=history,
            preferences=preferences,
            paused=frozenset(self.sample([each.signal_id for each in taste_signals], 4)),
            popularity=input_builders.popularity(*watched) if watched else score_parts.Popularity(),
            weights=score_parts.Weights(*[self._random.random() * 3 for _ in range(6)]),
        )


def random_inputs():
    return st.integers(0, 2**48).map(lambda seed: InputGenerator(seed).inputs())


@settings(max_examples=120, deadline=None)
@given(random_inputs())
def test_no_hidden_finished_disliked_or_closed_title_is_shown(inputs):
    signals_by_title = {each.title_id: each for each in inputs.history.titles}
    bookmarked = {each.title_id for each in inputs.history.bookmarks}
    home = home_builder.build_home(inputs)
    rest = [
        item for rail in home.rails if rail.has_more for item in home_builder.list_remaining_items(inputs, rail.rail_id)
    ]
    started_again = {
        item.title_id for rail in home.rails if rail.kind == home_values.CONTINUE_WATCHING for item in rail.items
    } & bookmarked
    for item in [*home.items, *rest]:
        title = inputs.matrix.titles[inputs.matrix.rows[item.title_id]]
        assert visibility.visible(title.facts, inputs.viewer, inputs.at)
        assert item.title_id not in inputs.history.excluded
        title_signals = signals_by_title.get(item.title_id)
        assert title_signals is None or not (title_signals.suppress_time or title_signals.thumb == signals.THUMB_DOWN)
        # A finished title is shown only on Continue Watching, after the viewer started it again.
        assert title_signals is None or not title_signals.finished or item.title_id in started_again


@settings(max_examples=120, deadline=None)
@given(random_inputs())
def test_my_list_holds_all_listed_titles_that_are_visible(inputs):
    visible = inputs.matrix.visible(inputs.viewer, inputs.at)
    listed = {
        each.title_id
        for each in inputs.history.titles
        if each.title_id in inputs.matrix.rows and visible[inputs.matrix.rows[each.title_id]]
        if each.add_time and not each.unwanted
    }
    home = home_builder.build_home(inputs)
    shown = [item for rail in home.rails if rail.kind == home_values.MY_LIST for item in rail.items]

    assert listed == {item.title_id for item in [*shown, *home_builder.list_remaining_items(inputs, "my-list")]}


@settings(max_examples=120, deadline=None)
@given(random_inputs())
def test_no_title_is_recommended_twice_and_no_rail_is_empty(inputs):
    home = home_builder.build_home(inputs)
    others = tuple(rail for rail in home.rails if rail.kind not in {home_values.CONTINUE_WATCHING, home_values.MY_LIST})
    recommended = [item.title_id for item in home_values.Home(home.hero, others).items]

    assert len(set(recommended)) == len(recommended)
    for rail in home.rails:
        shown = [
            item.title_id
            for item in (
                *rail.items,
                *(home_builder.list_remaining_items(inputs, rail.rail_id) if rail.has_more else ()),
            )
        ]
        assert len(set(shown)) == len(shown) > 0
        assert rail.has_more == (len(shown) > len(rail.items))
    assert len({rail.rail_id for rail in home.rails}) == len(home.rails)


@settings(max_examples=120, deadline=None)
@given(random_inputs())
def test_contributions_sum_to_the_score_in_any_order_and_rails_are_sorted_by_score(inputs):
    home = home_builder.build_home(inputs)
    for item in home.items:
        values = [each.value for each in item.explanation.contributions]
        assert item.explanation.score == sum(values) == sum(reversed(values)) == sum(sorted(values))
    for rail in home.rails:
        scores = [item.explanation.score for item in rail.items]
        assert sorted(scores, reverse=True) == scores


@settings(max_examples=150, deadline=None)
@given(random_inputs())
def test_only_visible_titles_are_named(inputs):
    visible = inputs.matrix.visible(inputs.viewer, inputs.at)
    home = home_builder.build_home(inputs)
    named = {
        each.title_id
        for item in home.items
        for each in item.explanation.contributions
        if each.title_id and each.source != score_parts.OWN
    } | {rail.rail_id.removeprefix("because.") for rail in home.rails if rail.kind == home_values.BECAUSE}

    assert all(visible[inputs.matrix.rows[title_id]] for title_id in named)


@settings(max_examples=100, deadline=None)
@given(random_inputs())
def test_a_home_does_not_depend_on_the_order_of_signals(inputs):
    history = inputs.history
    shuffled = dataclasses.replace(
        history, titles=tuple(reversed(history.titles)), household=tuple(reversed(history.household))
    )

    assert home_builder.build_home(inputs) == home_builder.build_home(dataclasses.replace(inputs, history=shuffled))


@settings(max_examples=100, deadline=None)
@given(random_inputs())
def test_a_paused_signal_contributes_to_no_item(inputs):
    home = home_builder.build_home(inputs)
    reasons = {
        each.signal_id
        for item in home.items
        for each in item.explanation.contributions
        if each.source in {score_parts.CONTENT, score_parts.PREFERENCE}
    }

    assert not reasons & inputs.paused


def test_pausing_the_signal_of_a_rail_removes_the_rail():
    catalogue = input_builders.a_catalogue(200)
    before = home_builder.build_home(input_builders.inputs(catalogue, input_builders.liked(1), input_builders.liked(2)))
    reason = (
        next(rail for rail in before.rails if rail.kind == home_values.BECAUSE).items[0].explanation.contributions[0]
    )
    after = home_builder.build_home(
        input_builders.inputs(
            catalogue, input_builders.liked(1), input_builders.liked(2), paused=frozenset({reason.signal_id})
        )
    )

    assert f"because.{reason.title_id}" not in {rail.rail_id for rail in after.rails}
    assert input_builders.rail(before, home_values.FOR_YOU) != input_builders.rail(after, home_values.FOR_YOU)


def test_a_home_is_built_from_thousands_of_events():
    catalogue = input_builders.a_catalogue(4000)
    title_signals = [
        signals.TitleSignals(
            input_builders.an_id(number),
            completion=number % 10 / 10,
            finished=number % 3 == 0,
            watch_time=input_builders.NOW - timedelta(hours=number),
            thumb=number % 5 % 3,
            rate_time=input_builders.NOW,
            add_time=input_builders.NOW if number % 7 == 0 else None,
            view_count=1 + number % 4,
            view_time=input_builders.NOW,
        )
        for number in range(2400)
    ]
    events = sum(1 for each in title_signals for _ in signals.signals_of_title(each, frozenset(), input_builders.NOW))
    home = home_builder.build_home(input_builders.inputs(catalogue, *title_signals))

    assert events > 5000
    assert [20] == [len(rail.items) for rail in home.rails if rail.kind == home_values.FOR_YOU]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**48), st.integers(0, 2**48))
def test_a_home_does_not_depend_on_the_order_of_titles(seed, order):
    inputs = InputGenerator(seed).inputs()
    shuffled, shuffler = list(inputs.matrix.titles), random.Random(order)
    shuffler.shuffle(shuffled)
    watched = list(range(len(inputs.popularity.title_ids)))
    shuffler.shuffle(watched)
    matrix = input_builders.a_matrix(shuffled)
    reordered = dataclasses.replace(
        inputs,
        matrix=matrix,
        # Vectors are stored in the order in which they were made.
        vectors=inputs.vectors
        if inputs.vectors.is_empty
        else input_builders.title_vectors(matrix, order=shuffler.sample),
        popularity=dataclasses.replace(
            inputs.popularity,
            title_ids=tuple(inputs.popularity.title_ids[place] for place in watched),
            counts=inputs.popularity.counts[watched],
            interest={name: values[watched] for name, values in inputs.popularity.interest.items()},
        ),
    )

    assert home_builder.build_home(inputs) == home_builder.build_home(reordered)
