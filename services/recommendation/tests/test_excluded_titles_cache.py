"""The excluded titles of profiles: `get_current` returns only current ones, `get_last` the last known ones."""

from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.ranking.excluded_titles import ExcludedTitles


def test_a_response_that_is_older_than_an_event_is_not_current():
    titles = ExcludedTitles(10)
    titles.note_write("ada", 5)
    titles.update("ada", 4, ["one"])

    assert titles.get_current("ada") is None
    assert {"one"} == titles.get_last("ada")
    assert {"one", "two"} == titles.update("ada", 5, ["one", "two"])
    assert {"one", "two"} == titles.get_current("ada")


def test_an_older_response_does_not_replace_a_newer_one():
    titles = ExcludedTitles(10)
    titles.update("ada", 5, ["one", "two"])

    assert {"one", "two"} == titles.update("ada", 4, ["one"])
    assert {"one", "two"} == titles.get_current("ada")


def test_titles_marked_as_outdated_are_not_current_but_still_the_last_known():
    titles = ExcludedTitles(10)
    titles.update("ada", 5, ["one"])
    titles.mark_outdated()

    assert titles.get_current("ada") is None
    assert {"one"} == titles.get_last("ada")
    titles.update("ada", 5, ["one"])
    assert {"one"} == titles.get_current("ada")


def test_changes_of_an_event_apply_to_the_last_known_titles():
    titles = ExcludedTitles(10)
    titles.update("ada", 5, ["one", "two"])
    titles.note_write("ada", 6, {"two": False, "three": True, "four": False})

    assert titles.get_current("ada") is None
    assert {"one", "three"} == titles.get_last("ada")


def test_the_least_recently_used_profile_is_evicted():
    titles = ExcludedTitles(1)
    titles.update("ada", 1, ["one"])
    titles.update("bob", 1, ["two"])

    assert titles.get_current("ada") is None
    assert not titles.get_last("ada")
    assert {"two"} == titles.get_current("bob")


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=30))
def test_current_titles_are_never_older_than_the_latest_write(changes):
    titles, newest = ExcludedTitles(10), 0
    for is_response, revision in changes:
        if is_response:
            titles.update("ada", revision, [str(revision)])
        else:
            titles.note_write("ada", revision)
            newest = max(newest, revision)

        current = titles.get_current("ada")
        assert current is None or all(int(title_id) >= newest for title_id in current)
