"""The cache keeps what fits, and forgets what it must."""

from datetime import timedelta

import hypothesis
from hypothesis import strategies as st

from services.kit import cache, testing


def test_a_value_is_answered_until_it_expires():
    time = testing.a_clock()
    kept = cache.Cache(time)
    kept.put("tile", b"bytes", expire_time=time.now() + timedelta(seconds=10))

    before = kept.get("tile")
    time.advance(timedelta(seconds=10))

    assert (before, kept.get("tile")) == (b"bytes", None)


def test_dropping_a_tag_forgets_every_value_under_it_and_no_other():
    kept = cache.Cache(testing.a_clock())
    kept.put("page 1", b"1", tags=["title a", "title b"])
    kept.put("page 2", b"2", tags=["title b"])
    kept.put("page 3", b"3", tags=["title c"])

    kept.drop("title b")

    assert [kept.get(f"page {number}") for number in (1, 2, 3)] == [None, None, b"3"]


def test_what_was_used_least_recently_makes_room():
    kept = cache.Cache(testing.a_clock(), most_bytes=8)
    kept.put("old", b"1234")
    kept.put("used", b"1234")
    kept.get("old")

    kept.put("new", b"1234")

    assert [kept.get(key) for key in ("old", "used", "new")] == [b"1234", None, b"1234"]


@hypothesis.given(st.lists(st.tuples(st.sampled_from("abcdef"), st.binary(max_size=9), st.sampled_from("xyz"))))
def test_the_bound_holds_whatever_is_put(puts):
    kept = cache.Cache(testing.a_clock(), most_bytes=16)

    for key, value, tag in puts:
        kept.put(key, value, tags=[tag])

        assert sum(len(kept.get(each) or b"") for each in "abcdef") <= 16


def test_empty_values_make_room_too():
    kept = cache.Cache(testing.a_clock(), most_values=2)

    for key in ("first", "second", "third"):
        kept.put(key, b"")

    assert [None, b"", b""] == [kept.get(key) for key in ("first", "second", "third")]
