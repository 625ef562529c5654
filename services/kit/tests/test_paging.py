"""A page token is valid only for the list that it was made for."""

import hypothesis
import pytest
from hypothesis import strategies as st

from services.kit import errors, paging

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
VALUES = st.lists(TEXTS | st.integers(-(2**40), 2**40) | st.none(), max_size=4)


@hypothesis.given(VALUES, VALUES)
def test_a_token_contains_its_cursor(cursor, filters):
    token = paging.token(cursor, of=filters)

    assert paging.cursor(token, of=filters) == cursor


@hypothesis.given(VALUES, VALUES, VALUES)
def test_a_token_of_other_filters_is_refused(cursor, filters, others):
    hypothesis.assume(filters != others)
    token = paging.token(cursor, of=filters)

    with pytest.raises(errors.PageTokenInvalid):
        paging.cursor(token, of=others)


@hypothesis.given(st.text(min_size=1, max_size=60))
def test_a_made_up_token_is_refused(token):
    with pytest.raises(errors.PageTokenInvalid):
        paging.cursor(token, of=["any"])


@pytest.mark.parametrize("values", [[], ["not a number"], [1, 2], [None], [{}]])
def test_a_token_with_values_of_another_kind_is_refused(values):
    token = paging.token(values, of=["any"])

    with pytest.raises(errors.PageTokenInvalid):
        paging.cursor(token, of=["any"], kinds=[int])


def test_a_token_with_a_nul_is_refused_before_a_database_sees_it():
    with pytest.raises(errors.PageTokenInvalid):
        paging.cursor(paging.token(["a\0b"], of=["any"]), of=["any"], kinds=[str])


@pytest.mark.parametrize("place", [-1, 2**63, "many"])
def test_a_token_with_an_impossible_place_is_refused(place):
    with pytest.raises(errors.PageTokenInvalid):
        paging.cursor(paging.token([place], of=["any"]), of=["any"], kinds=[paging.non_negative_int])


def test_the_page_size_is_limited_and_zero_means_the_default():
    assert [paging.size(page_size, default=20, most=100) for page_size in (0, 5, 1000)] == [20, 5, 100]
