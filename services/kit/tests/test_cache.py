"""Caches: expiry, tags, limits and generations."""

from datetime import timedelta

import hypothesis
from hypothesis import strategies as st

from services.kit import cache, testing


def test_a_value_is_returned_until_it_expires():
    time = testing.a_clock()
    values = cache.Cache(time)
    values.put("tile", b"bytes", expire_time=time.now() + timedelta(seconds=10))

    before = values.get("tile")
    time.advance(timedelta(seconds=10))

    assert (before, values.get("tile")) == (b"bytes", None)


def test_dropping_a_tag_removes_exactly_its_values():
    values = cache.Cache(testing.a_clock())
    values.put("page 1", b"1", tags=["title a", "title b"])
    values.put("page 2", b"2", tags=["title b"])
    values.put("page 3", b"3", tags=["title c"])

    values.drop("title b")

    assert [values.get(f"page {number}") for number in (1, 2, 3)] == [None, None, b"3"]


def test_the_least_recently_used_value_is_evicted():
    values = cache.Cache(testing.a_clock(), most_bytes=8)
    values.put("old", b"1234")
    values.put("used", b"1234")
    values.get("old")

    values.put("new", b"1234")

    assert [values.get(key) for key in ("old", "used", "new")] == [b"1234", None, b"1234"]


@hypothesis.given(st.lists(st.tuples(st.sampled_from("abcdef"), st.binary(max_size=9), st.sampled_from("xyz"))))
def test_the_size_limit_holds_for_every_sequence_of_puts(puts):
    values = cache.Cache(testing.a_clock(), most_bytes=16)

    for key, value, tag in puts:
        values.put(key, value, tags=[tag])

        assert sum(len(values.get(each) or b"") for each in "abcdef") <= 16


def test_empty_values_count_towards_the_limit():
    values = cache.Cache(testing.a_clock(), most_values=2)

    for key in ("first", "second", "third"):
        values.put(key, b"")

    assert [None, b"", b""] == [values.get(key) for key in ("first", "second", "third")]


def test_a_value_larger_than_the_cache_is_returned_and_evicts_nothing():
    values = cache.Cache(testing.a_clock(), most_bytes=8)
    values.put("small", b"1234")

    assert b"123456789" == values.put("large", b"123456789")
    assert (b"1234", None) == (values.get("small"), values.get("large"))


def test_an_evicted_value_leaves_no_tag():
    values = cache.Cache(testing.a_clock(), most_bytes=4)
    values.put("old", b"1234", tags=["a"])
    values.put("new", b"1234", tags=["b"])
    values.drop("b")

    assert {} == values._entries.keys_by_tag


def test_a_value_of_an_older_generation_is_not_stored():
    values = cache.Cache(testing.a_clock())
    generation = values.generation
    values.drop("another")

    assert b"late" == values.put("a", b"late", generation=generation)
    assert None is values.get("a")
    values.put("a", b"new", generation=values.generation)
    assert b"new" == values.get("a")


def test_a_cleared_cache_has_no_tags():
    values = cache.Cache(testing.a_clock())
    values.put("page", b"1", tags=["title", "title"])

    values.clear()
    values.drop("title")
    values.put("page", b"2", tags=["title"])

    assert b"2" == values.get("page")
    values.drop("title")
    assert (None, {}) == (values.get("page"), values._entries.keys_by_tag)


def test_a_value_expires_after_the_lifetime_or_at_its_own_expiry():
    time = testing.a_clock()
    values = cache.ExpiringCache(time, most_values=10, lifetime=timedelta(seconds=10))
    values.put("lifetime", 1)
    values.put("own", 2, expires=time.seconds() + 5)

    time.advance(timedelta(seconds=5))
    after_five = values.get("lifetime"), values.get("own")
    time.advance(timedelta(seconds=5))

    assert ((1, None), None, 0) == (after_five, values.get("lifetime"), len(values))


def test_the_most_recently_used_values_are_kept():
    values = cache.ExpiringCache(testing.a_clock(), most_values=2)
    values.put("old", 1)
    values.put("used", 2)
    values.get("old")
    values.put("new", 3)
    values.drop("new")

    assert (1, None, None) == (values.get("old"), values.get("used"), values.get("new"))
