"""Splits leak no test event, and metrics have their textbook definitions."""

import gzip
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.domain import linear_model, popularity
from tests.evaluation import (
    blend,
    data_splits,
    model_comparison,
    ranking_metrics,
    ratings_dataset,
    release_dates,
    report,
    weight_fitting,
)

rows = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 30), st.integers(0, 50)), max_size=60, unique_by=lambda r: r[:2]
)


def some_events(found, size=31):
    viewers, titles, times = zip(*found, strict=True) if found else ((), (), ())
    return popularity.events(viewers, titles, times, size)


def a_viewer(relevant, history=(), moment=0.0):
    past = np.array(history, dtype=np.int64)
    return data_splits.Viewer(moment, past, np.zeros(len(past)), np.array(relevant))


def a_film(title, year=2000, **changes):
    return {"title": title, "year": year, "cast": [], "genres": ["Drama"], "extract": f"{title} is a film.", **changes}


def write(folder, films, movies, ratings):
    (folder / "catalogue").mkdir()
    (folder / "ratings").mkdir()
    (folder / ratings_dataset.FILMS).write_bytes(gzip.compress(json.dumps(films).encode()))
    (folder / ratings_dataset.MOVIES).write_text("".join(f"{line}\n" for line in movies))
    (folder / ratings_dataset.RATINGS).write_text("".join(f"{line}\n" for line in ratings))
    return folder


@given(rows)
def test_the_last_fifth_of_each_viewer_is_held_out_of_training(found):
    events = some_events(found)
    split = data_splits.split_per_user(events)

    assert len(events) == len(split.train) + split.relevant
    for viewer in split.viewers:
        assert (len(viewer.history) + len(viewer.relevant)) // 5 == len(viewer.relevant)
        assert (viewer.times <= viewer.moment).all()
        assert not np.isin(viewer.relevant, viewer.history).any()


@given(rows, st.integers(0, 50))
def test_a_global_split_trains_on_nothing_after_its_moment(found, moment):
    split = data_splits.split_at(some_events(found), moment)

    assert (split.train.times < moment).all()
    assert all(len(viewer.history) >= 5 and len(viewer.relevant) for viewer in split.viewers)


def test_an_inner_split_holds_out_an_event_of_viewers_with_few():
    split = data_splits.split_per_user(some_events([(1, title, title) for title in range(4)]), inner=True)

    assert [[3]] == [viewer.relevant.tolist() for viewer in split.viewers]


def test_top_titles_are_sorted_and_exclude_the_history():
    scores = np.array([0.5, 2.0, 1.0, 2.0])

    assert [1, 2] == ranking_metrics.top_titles(scores, np.array([3]), depth=2).tolist()
    assert [1, 2, 0] == ranking_metrics.top_titles(scores, np.array([3])).tolist()


def test_recall_is_the_share_of_the_hits_that_were_possible():
    split = data_splits.Split(some_events([]), (a_viewer([0, 1]), a_viewer([30])))

    measured = ranking_metrics.measure(split, [np.array([1, 5]), np.array([5, 1])], np.zeros(31, dtype=np.bool_))

    assert 0.25 == measured.recall_20.mean
    assert measured.cold_recall_20 is None
    assert 2 / 31 == measured.coverage_20


def test_ndcg_is_one_when_all_test_titles_come_first():
    split = data_splits.Split(some_events([]), (a_viewer([3, 4]),))

    measured = ranking_metrics.measure(split, [np.array([4, 3, 9])], np.ones(31, dtype=np.bool_))

    assert (1.0, 1.0, 1.0) == (measured.ndcg_20.mean, measured.ndcg_100.mean, measured.cold_recall_20.mean)


def test_an_interval_contains_its_mean_and_is_deterministic():
    values = np.random.default_rng(1).random(50)

    first = ranking_metrics.interval(values)

    assert first.low < first.mean < first.high
    assert first == ranking_metrics.interval(values)


def test_fitting_finds_the_signal_that_predicts_the_target():
    chance = np.random.default_rng(7)
    columns = np.zeros((400, len(blend.COLUMNS)), dtype=np.float32)
    reported, noise = blend.COLUMNS.index("genre"), blend.COLUMNS.index("ever")
    columns[:, [reported, noise]] = chance.normal(size=(400, 2))
    begins = np.arange(0, 400, 10)
    relevant = np.zeros(400)
    relevant[[begin + int(np.argmax(columns[begin : begin + 10, reported])) for begin in begins]] = 1

    fitted = weight_fitting.fit([(1.0, weight_fitting.TrainingSet(columns, begins, relevant))])

    assert fitted.base["genre"] > 2
    assert abs(fitted.base["ever"]) < fitted.base["genre"] / 4
    assert 0.0 == fitted.base["together"]


def test_without_training_events_the_weights_are_empty():
    assert linear_model.Weights() == weight_fitting.fit([])


def test_films_open_in_the_order_of_their_list_within_their_year():
    films = [a_film(str(number), 1999) for number in range(10)] + [a_film("later", 2000)]

    days = release_dates.estimate_days(films)

    assert sorted(days.tolist()) == days.tolist()
    assert release_dates.parse_day("1999-01-01") < days[0] < days[9] < release_dates.parse_day("2000-01-01") < days[10]


def test_days_in_synopses_change_the_estimated_curve():
    films = [a_film(str(number), 2001, extract="It opened on March 1, 2001.") for number in range(40)]

    assert {60.0} == set((release_dates.estimate_days(films) - release_dates.parse_day("2001-01-01")).tolist())


def test_a_synopsis_with_an_impossible_day_is_ignored():
    days = release_dates.estimate_days([a_film("odd", 2001, extract="It opened on February 31, 2001.")])

    assert release_dates.parse_day("2001-01-01") < days[0] < release_dates.parse_day("2002-01-01")


@pytest.mark.parametrize("name", ["The Amélie & Friends", "amelie and friends", "AMÉLIE, and the Friends!"])
def test_titles_are_compared_without_accents_articles_and_case(name):
    assert "amelie friends" == " ".join(word for word in ratings_dataset.normalize_title(name).split() if word != "and")


def test_ratings_are_joined_by_title_and_nearest_year(tmp_path):
    films = [a_film("The Road", 1999), a_film("Road", 2001), a_film("Silent", 2000, extract="")]
    films += [a_film(f"Film {number}") for number in range(4)]
    movies = ["1::Road (2001)::Drama", "2::Silent (2000)::Drama", "3::Unknown (2000)::Drama", "9::Nameless::Drama"]
    movies += [f"{10 + number}::Film {number} (2001)::Drama" for number in range(4)]
    ratings = ["1::1::8::86400", "1::2::9::86400", "1::3::9::86400", "2::1::10::172800", "1::10::6::86400"]
    ratings += [f"1::{10 + number}::7::{number}" for number in range(1, 4)] + ["1::10::9::86400"]

    data = ratings_dataset.read(write(tmp_path, films, movies, ratings))

    assert ("Road (2001)", "Film 0 (2000)") == data.names[:2]
    assert 5 == len(data.positives)
    assert {1} == set(data.positives.viewers.tolist())
    assert 8 / 9 == data.joined


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ratings_dataset.DatasetMissing, match="MARQUEE_DATA"):
        ratings_dataset.read(tmp_path)


def test_a_damaged_file_is_refused(tmp_path):
    folder = write(tmp_path, [a_film("Road")], [], ["no rating"])

    with pytest.raises(ratings_dataset.DatasetMissing, match="not what it should be"):
        ratings_dataset.read(folder)


def test_the_table_has_figures_with_their_intervals():
    figure = ranking_metrics.Interval(0.25, 0.2, 0.3, 40)
    measured = ranking_metrics.Metrics(figure, figure, figure, 0.125, None, figure, figure)
    section = model_comparison.Section("global", 40, 1000, 200, {"popularity": measured}, {"rail": figure})

    reported = report.markdown([section])

    assert (
        "| popularity | 0.250 [0.200, 0.300] | 0.250 | 0.250 [0.200, 0.300] | 0.125 | - | 0.250 | 0.250 |" in reported
    )
    assert "| rail | 0.250 [0.200, 0.300] | 40 |" in reported
    assert 0.25 == report.values([section])[0]["models"]["popularity"]["recall_20"]["mean"]
