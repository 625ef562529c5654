"""Tests of the queue of texts."""

from hypothesis import given
from hypothesis import strategies as st

from services.embedding.domain import length_batch_queue


def drained(queue):
    batches = []
    while batch := queue.take_batch():
        batches.append(batch)
    return batches


def a_queue(lengths):
    queue = length_batch_queue.LengthBatchQueue()
    for ticket, length in enumerate(lengths):
        queue.put("x" * length, ticket)
    return queue


@given(st.lists(st.integers(min_value=1, max_value=30_000), max_size=200))
def test_every_text_is_taken_once_with_its_own_ticket(lengths):
    taken = [(len(text), ticket) for batch in drained(a_queue(lengths)) for text, ticket in batch]

    assert sorted(taken) == sorted((length, ticket) for ticket, length in enumerate(lengths))


@given(st.lists(st.integers(min_value=1, max_value=30_000), max_size=200))
def test_a_batch_is_bounded_unless_it_is_one_long_text(lengths):
    for batch in drained(a_queue(lengths)):
        characters = sum(len(text) for text, _ in batch)

        assert len(batch) == 1 or (len(batch) <= 64 and characters <= 24_000)


@given(st.lists(st.integers(min_value=1, max_value=5000), min_size=1, max_size=50))
def test_the_text_that_waited_longest_goes_first(lengths):
    assert 0 in [ticket for _, ticket in a_queue(lengths).take_batch()]


def test_a_text_takes_those_with_it_that_are_nearest_to_it_in_length():
    batches = drained(a_queue([9000, 100, 9100, 200, 8900, 300, 20_000, 7000]))

    assert [[4, 0], [1, 3, 5, 7, 2], [6]] == [[ticket for _, ticket in batch] for batch in batches]


def test_an_empty_queue_gives_nothing():
    assert [] == length_batch_queue.LengthBatchQueue().take_batch()
