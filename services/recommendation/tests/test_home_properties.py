"""What holds of every home, whatever the catalogue, the viewer and its history are."""

import dataclasses
import random
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit import visibility
from services.recommendation.domain import home_builder, home_values, score_parts, signals, titles
from services.recommendation.tests import scenarios

_COUNT = 24


class Chance:
    """Makes up everything that a home is decided from, the same for the same seed.

    One number is drawn for the whole: hypothesis would take a hundred times as long to draw each field.
    """

    def __init__(self, seed):
        self._random = random.Random(seed)

    def maybe(self, value, part=0.5):
        return value if self._random.random() < part else None

    def some(self, values, most):
        return self._random.sample(list(values), self._random.randint(0, min(most, len(values))))

    def past(self):
        return scenarios.NOW - timedelta(hours=self._random.randint(0, 9000))

    def around(self):
        return scenarios.NOW + timedelta(days=self._random.randint(-40, 40))

    def facts(self):
        windows = [visibility.Window(self.maybe(self.around()), self.maybe(self.around())) for _ in range(2)]
        return visibility.Facts(
            state=self._random.choice([visibility.PUBLISHED] * 4 + [1, 5]),
            maturity_age=self._random.choice([None, 0, 8, 13, 17, 18]),
            territories=frozenset(self.some(["US", "IN", "DE"], 2)),
            windows=tuple(self.some(windows, 2)),
            deleted=self._random.random() < 0.1,
        )

    def title(self, number):
        episodes = scenarios.episodes(*sorted(self.around() for _ in range(self._random.randint(0, 3))))
        return scenarios.a_title(
            number,
            type=titles.SERIES if episodes else titles.FILM,
            facts=self.facts(),
            featured=self._random.random() < 0.3,
            genres=tuple(self.some(scenarios.GENRES, 3)),
            language_code=self._random.choice(["en", "hi"]),
            episodes=episodes,
        )

    def told(self, title_id):
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

    def watched(self, told, episodes):
        """Signals of a title, and bookmarks in it."""
        episode_ids = self.some([each.episode_id for each in episodes], 3) or [""]
        marks = [self.bookmark(told.title_id, episode_id) for episode_id in episode_ids]
        return dataclasses.replace(told, watch_time=max(mark.update_time for mark in marks)), marks

    def history(self, matrix, ids):
        told = {title_id: self.told(title_id) for title_id in self.some(ids, 16)}
        bookmarks = []
        for title_id in self.some(told, 8):
            row = matrix.rows.get(title_id)
            told[title_id], marks = self.watched(told[title_id], () if row is None else matrix.titles[row].episodes)
            bookmarks += marks
        return signals.History(
            titles=tuple(told.values()),
            household=tuple(
                signals.HouseholdTitle(each, self._random.randint(1, 4), self._random.random() * 4)
                for each in self.some(ids, 6)
            ),
            bookmarks=tuple(sorted(bookmarks, key=lambda mark: mark.update_time, reverse=True)),
            excluded=tuple(self.some([each for each in ids if each not in told], 4)),
        )

    def inputs(self):
        matrix = scenarios.a_matrix([self.title(number) for number in range(_COUNT)])
        history = self.history(matrix, [scenarios.an_id(number) for number in range(_COUNT + 3)])
        preferences = signals.Preferences(
            tuple(self.some([*map(str.casefold, scenarios.GENRES), "opera"], 3)),
            tuple(self.some(["en", "hi", "fr"], 2)),
        )
        taste_signals = signals.list_signals(history.titles, preferences, frozenset(), scenarios.NOW)
        watched = self.some(range(_COUNT), 12)
        return home_values.Inputs(
            at=scenarios.NOW,
            viewer=visibility.Viewer(self._random.choice([0, 8, 13, 17, 18]), self._random.choice(["US", "IN", ""])),
            language=self._random.choice(["en", "hi", "hi-IN", "de"]),
            matrix=matrix,
            vectors=scenarios.title_vectors(matrix) if self._random.random() < 0.7 else scenarios.no_vectors(matrix),
            history=history,
            preferences=preferences,
            paused=frozenset(self.some([each.signal_id for each in taste_signals], 4)),
            popularity=scenarios.popularity(*watched) if watched else score_parts.Popularity(),
            weights=score_parts.Weights(*[self._random.random() * 3 for _ in range(6)]),
        )


def everything():
    return st.integers(0, 2**48).map(lambda seed: Chance(seed).inputs())


@settings(max_examples=120, deadline=None)
@given(everything())
def test_nothing_hidden_finished_disliked_or_closed_is_ever_shown(inputs):
    told = {each.title_id: each for each in inputs.history.titles}
    bookmarked = {each.title_id for each in inputs.history.bookmarks}
    decided = home_builder.build_home(inputs)
    rest = [
        item
        for rail in decided.rails
        if rail.has_more
        for item in home_builder.list_remaining_items(inputs, rail.rail_id)
    ]
    started_again = {
        item.title_id for rail in decided.rails if rail.kind == home_values.CONTINUE_WATCHING for item in rail.items
    } & bookmarked
    for item in [*decided.items, *rest]:
        title = inputs.matrix.titles[inputs.matrix.rows[item.title_id]]
        assert visibility.visible(title.facts, inputs.viewer, inputs.at)
        assert item.title_id not in inputs.history.excluded
        known = told.get(item.title_id)
        assert known is None or not (known.suppress_time or known.thumb == signals.THUMB_DOWN)
        # What was finished is shown only on Continue Watching, after the viewer started it again.
        assert known is None or not known.finished or item.title_id in started_again


@settings(max_examples=120, deadline=None)
@given(everything())
def test_my_list_holds_everything_that_was_listed_and_may_be_shown(inputs):
    visible = inputs.matrix.visible(inputs.viewer, inputs.at)
    listed = {
        each.title_id
        for each in inputs.history.titles
        if each.title_id in inputs.matrix.rows and visible[inputs.matrix.rows[each.title_id]]
        if each.add_time and not each.unwanted
    }
    decided = home_builder.build_home(inputs)
    shown = [item for rail in decided.rails if rail.kind == home_values.MY_LIST for item in rail.items]

    assert listed == {item.title_id for item in [*shown, *home_builder.list_remaining_items(inputs, "my-list")]}


@settings(max_examples=120, deadline=None)
@given(everything())
def test_no_title_is_recommended_twice_and_no_rail_is_empty(inputs):
    decided = home_builder.build_home(inputs)
    others = tuple(
        rail for rail in decided.rails if rail.kind not in {home_values.CONTINUE_WATCHING, home_values.MY_LIST}
    )
    recommended = [item.title_id for item in home_values.Home(decided.hero, others).items]

    assert len(set(recommended)) == len(recommended)
    for rail in decided.rails:
        shown = [
            item.title_id
            for item in (
                *rail.items,
                *(home_builder.list_remaining_items(inputs, rail.rail_id) if rail.has_more else ()),
            )
        ]
        assert len(set(shown)) == len(shown) > 0
        assert rail.has_more == (len(shown) > len(rail.items))
    assert len({rail.rail_id for rail in decided.rails}) == len(decided.rails)


@settings(max_examples=120, deadline=None)
@given(everything())
def test_contributions_add_up_to_the_score_in_any_order_and_the_best_stands_first(inputs):
    decided = home_builder.build_home(inputs)
    for item in decided.items:
        values = [each.value for each in item.explanation.contributions]
        assert item.explanation.score == sum(values) == sum(reversed(values)) == sum(sorted(values))
    for rail in decided.rails:
        scores = [item.explanation.score for item in rail.items]
        assert sorted(scores, reverse=True) == scores


@settings(max_examples=150, deadline=None)
@given(everything())
def test_only_titles_that_the_viewer_may_know_of_are_named(inputs):
    visible = inputs.matrix.visible(inputs.viewer, inputs.at)
    decided = home_builder.build_home(inputs)
    named = {
        each.title_id
        for item in decided.items
        for each in item.explanation.contributions
        if each.title_id and each.source != score_parts.OWN
    } | {rail.rail_id.removeprefix("because.") for rail in decided.rails if rail.kind == home_values.BECAUSE}

    assert all(visible[inputs.matrix.rows[title_id]] for title_id in named)


@settings(max_examples=100, deadline=None)
@given(everything())
def test_the_same_inputs_make_the_same_home_however_they_came(inputs):
    history = inputs.history
    shuffled = dataclasses.replace(
        history, titles=tuple(reversed(history.titles)), household=tuple(reversed(history.household))
    )

    assert home_builder.build_home(inputs) == home_builder.build_home(dataclasses.replace(inputs, history=shuffled))


@settings(max_examples=100, deadline=None)
@given(everything())
def test_a_paused_signal_is_no_reason_for_anything(inputs):
    decided = home_builder.build_home(inputs)
    reasons = {
        each.signal_id
        for item in decided.items
        for each in item.explanation.contributions
        if each.source in {score_parts.CONTENT, score_parts.PREFERENCE}
    }

    assert not reasons & inputs.paused


def test_pausing_the_signal_behind_a_rail_changes_the_rail():
    some = scenarios.a_catalogue(200)
    before = home_builder.build_home(scenarios.inputs(some, scenarios.liked(1), scenarios.liked(2)))
    reason = (
        next(rail for rail in before.rails if rail.kind == home_values.BECAUSE).items[0].explanation.contributions[0]
    )
    after = home_builder.build_home(
        scenarios.inputs(some, scenarios.liked(1), scenarios.liked(2), paused=frozenset({reason.signal_id}))
    )

    assert f"because.{reason.title_id}" not in {rail.rail_id for rail in after.rails}
    assert scenarios.rail(before, home_values.FOR_YOU) != scenarios.rail(after, home_values.FOR_YOU)


def test_ten_thousand_events_make_a_home():
    some = scenarios.a_catalogue(4000)
    told = [
        signals.TitleSignals(
            scenarios.an_id(number),
            completion=number % 10 / 10,
            finished=number % 3 == 0,
            watch_time=scenarios.NOW - timedelta(hours=number),
            thumb=number % 5 % 3,
            rate_time=scenarios.NOW,
            add_time=scenarios.NOW if number % 7 == 0 else None,
            view_count=1 + number % 4,
            view_time=scenarios.NOW,
        )
        for number in range(2400)
    ]
    events = sum(1 for each in told for _ in signals.signals_of_title(each, frozenset(), scenarios.NOW))
    decided = home_builder.build_home(scenarios.inputs(some, *told))

    assert events > 5000
    assert [20] == [len(rail.items) for rail in decided.rails if rail.kind == home_values.FOR_YOU]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**48), st.integers(0, 2**48))
def test_what_is_shown_is_the_same_whichever_order_titles_came_in(seed, order):
    given_ = Chance(seed).inputs()
    shuffled, mixing = list(given_.matrix.titles), random.Random(order)
    mixing.shuffle(shuffled)
    watched = list(range(len(given_.popularity.title_ids)))
    mixing.shuffle(watched)
    again = scenarios.a_matrix(shuffled)
    mixed = dataclasses.replace(
        given_,
        matrix=again,
        # Vectors lie in the order in which they were made.
        vectors=given_.vectors if given_.vectors.is_empty else scenarios.title_vectors(again, order=mixing.sample),
        popularity=dataclasses.replace(
            given_.popularity,
            title_ids=tuple(given_.popularity.title_ids[place] for place in watched),
            counts=given_.popularity.counts[watched],
            interest={name: values[watched] for name, values in given_.popularity.interest.items()},
        ),
    )

    assert home_builder.build_home(given_) == home_builder.build_home(mixed)
