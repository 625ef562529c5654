"""What is refused stays away: the newest word counts, and the last one while none is to be had."""

from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.ranking.excluded_titles import ExcludedTitles


def test_an_answer_that_was_overtaken_by_an_event_is_not_relied_on():
    titles = ExcludedTitles(10)
    titles.note_write("ada", 5)
    titles.update("ada", 4, ["one"])

    assert titles.get_current("ada") is None
    assert {"one"} == titles.get_last("ada")
    assert {"one", "two"} == titles.update("ada", 5, ["one", "two"])
    assert {"one", "two"} == titles.get_current("ada")


def test_an_older_answer_does_not_take_the_place_of_a_newer_one():
    titles = ExcludedTitles(10)
    titles.update("ada", 5, ["one", "two"])

    assert {"one", "two"} == titles.update("ada", 4, ["one"])
    assert {"one", "two"} == titles.get_current("ada")


def test_what_may_have_been_missed_is_asked_for_again_and_remembered_meanwhile():
    titles = ExcludedTitles(10)
    titles.update("ada", 5, ["one"])
    titles.mark_outdated()

    assert titles.get_current("ada") is None
    assert {"one"} == titles.get_last("ada")
    titles.update("ada", 5, ["one"])
    assert {"one"} == titles.get_current("ada")


def test_what_an_event_says_of_titles_is_remembered_until_viewing_is_asked():
    titles = ExcludedTitles(10)
    titles.update("ada", 5, ["one", "two"])
    titles.note_write("ada", 6, {"two": False, "three": True, "four": False})

    assert titles.get_current("ada") is None
    assert {"one", "three"} == titles.get_last("ada")


def test_of_a_profile_that_was_never_heard_of_nothing_is_known():
    titles = ExcludedTitles(1)
    titles.update("ada", 1, ["one"])
    titles.update("bob", 1, ["two"])

    assert titles.get_current("ada") is None
    assert not titles.get_last("ada")
    assert {"two"} == titles.get_current("bob")


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=30))
def test_what_is_relied_on_is_never_older_than_what_was_written(happenings):
    titles, newest = ExcludedTitles(10), 0
    for answer, revision in happenings:
        if answer:
            titles.update("ada", revision, [str(revision)])
        else:
            titles.note_write("ada", revision)
            newest = max(newest, revision)

        current = titles.get_current("ada")
        assert current is None or all(int(told) >= newest for told in current)
