"""What is refused stays away: the newest word counts, and the last one while none is to be had."""

from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.ranking.excluded_titles import ExcludedTitles


def test_an_answer_that_was_overtaken_by_an_event_is_not_relied_on():
    refusals = ExcludedTitles(10)
    refusals.written("ada", 5)
    refusals.take("ada", 4, ["one"])

    assert refusals.current("ada") is None
    assert {"one"} == refusals.last("ada")
    assert {"one", "two"} == refusals.take("ada", 5, ["one", "two"])
    assert {"one", "two"} == refusals.current("ada")


def test_an_older_answer_does_not_take_the_place_of_a_newer_one():
    refusals = ExcludedTitles(10)
    refusals.take("ada", 5, ["one", "two"])

    assert {"one", "two"} == refusals.take("ada", 4, ["one"])
    assert {"one", "two"} == refusals.current("ada")


def test_what_may_have_been_missed_is_asked_for_again_and_remembered_meanwhile():
    refusals = ExcludedTitles(10)
    refusals.take("ada", 5, ["one"])
    refusals.doubt()

    assert refusals.current("ada") is None
    assert {"one"} == refusals.last("ada")
    refusals.take("ada", 5, ["one"])
    assert {"one"} == refusals.current("ada")


def test_what_an_event_says_of_titles_is_remembered_until_viewing_is_asked():
    refusals = ExcludedTitles(10)
    refusals.take("ada", 5, ["one", "two"])
    refusals.written("ada", 6, {"two": False, "three": True, "four": False})

    assert refusals.current("ada") is None
    assert {"one", "three"} == refusals.last("ada")


def test_of_a_profile_that_was_never_heard_of_nothing_is_known():
    refusals = ExcludedTitles(1)
    refusals.take("ada", 1, ["one"])
    refusals.take("bob", 1, ["two"])

    assert refusals.current("ada") is None
    assert not refusals.last("ada")
    assert {"two"} == refusals.current("bob")


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=30))
def test_what_is_relied_on_is_never_older_than_what_was_written(happenings):
    refusals, newest = ExcludedTitles(10), 0
    for answer, revision in happenings:
        if answer:
            refusals.take("ada", revision, [str(revision)])
        else:
            refusals.written("ada", revision)
            newest = max(newest, revision)

        current = refusals.current("ada")
        assert current is None or all(int(told) >= newest for told in current)
