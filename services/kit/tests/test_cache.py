"""Caches: expiry, tags, bounds and generations."""

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


def test_a_value_larger_than_the_cache_is_answered_and_makes_nobody_go():
    kept = cache.Cache(testing.a_clock(), most_bytes=8)
    kept.put("small", b"1234")

    assert b"123456789" == kept.put("large", b"123456789")
    assert (b"1234", None) == (kept.get("small"), kept.get("large"))


def test_what_makes_room_leaves_no_tag_behind():
    kept = cache.Cache(testing.a_clock(), most_bytes=4)
    kept.put("old", b"1234", tags=["a"])
    kept.put("new", b"1234", tags=["b"])
    kept.drop("b")

    assert {} == kept._entries.keys_by_tag


def test_a_value_begun_before_something_was_dropped_is_not_kept():
    kept = cache.Cache(testing.a_clock())
    generation = kept.generation
    kept.drop("another")

    assert b"late" == kept.put("a", b"late", generation=generation)
    assert None is kept.get("a")
    kept.put("a", b"new", generation=kept.generation)
    assert b"new" == kept.get("a")


def test_a_cache_that_was_cleared_has_nothing_to_drop():
    kept = cache.Cache(testing.a_clock())
    kept.put("page", b"1", tags=["title", "title"])

    kept.clear()
    kept.drop("title")
    kept.put("page", b"2", tags=["title"])

    assert b"2" == kept.get("page")
    kept.drop("title")
    assert (None, {}) == (kept.get("page"), kept._entries.keys_by_tag)


def test_a_value_expires_after_its_lifetime_or_at_its_own_time():
    time = testing.a_clock()
    kept = cache.ExpiringCache(time, most_values=10, lifetime=timedelta(seconds=10))
    kept.put("lifetime", 1)
    kept.put("own", 2, expires=time.seconds() + 5)

    time.advance(timedelta(seconds=5))
    after_five = kept.get("lifetime"), kept.get("own")
    time.advance(timedelta(seconds=5))

    assert ((1, None), None, 0) == (after_five, kept.get("lifetime"), len(kept))


def test_the_most_recently_used_values_stay():
    kept = cache.ExpiringCache(testing.a_clock(), most_values=2)
    kept.put("old", 1)
    kept.put("used", 2)
    kept.get("old")
    kept.put("new", 3)
    kept.drop("new")

    assert (1, None, None) == (kept.get("old"), kept.get("used"), kept.get("new"))
