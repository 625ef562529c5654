"""Promises about which texts go through the model together."""

from hypothesis import given
from hypothesis import strategies as st

from services.embedding import domain


def drained(queue):
    batches = []
    while batch := queue.take():
        batches.append(batch)
    return batches


def a_queue(lengths):
    queue = domain.Queue()
    for ticket, length in enumerate(lengths):
        queue.put("x" * length, ticket)
    return queue


@given(st.lists(st.integers(min_value=1, max_value=5000), max_size=200))
def test_every_text_is_taken_once_with_its_own_ticket(lengths):
    taken = [(len(text), ticket) for batch in drained(a_queue(lengths)) for text, ticket in batch]

    assert sorted(taken) == sorted((length, ticket) for ticket, length in enumerate(lengths))


@given(st.lists(st.integers(min_value=1, max_value=5000), max_size=200))
def test_a_batch_is_bounded_unless_it_is_one_long_text(lengths):
    for batch in drained(a_queue(lengths)):
        longest = max(len(text) for text, _ in batch)

        assert len(batch) == 1 or (len(batch) <= 32 and len(batch) * longest <= 2400)


@given(st.lists(st.integers(min_value=1, max_value=5000), min_size=1, max_size=50))
def test_the_text_that_waited_longest_goes_first(lengths):
    assert 0 in [ticket for _, ticket in a_queue(lengths).take()]


def test_texts_go_with_texts_of_their_own_length():
    batches = drained(a_queue([10, 1000, 12, 1100, 11]))

    assert [[0, 4, 2], [1, 3]] == [[ticket for _, ticket in batch] for batch in batches]


def test_an_empty_queue_gives_nothing():
    assert [] == domain.Queue().take()
