"""A queue of texts that returns texts of similar length in one batch."""

from bisect import bisect_left, insort
from collections import OrderedDict
from dataclasses import dataclass, field
from math import inf
from typing import Generic, TypeVar

#: The largest batch, which takes about a second to compute.
_MAX_CHARACTERS = 24_000
_MAX_TEXTS = 64

Ticket = TypeVar("Ticket")


@dataclass
class LengthBatchQueue(Generic[Ticket]):
    """Texts that wait, each with a ticket that names its caller.

    The model computes texts of one length together, so a batch holds the text that has waited longest and the texts
    that are nearest to it in length.
    """

    #: By number of arrival.
    _waiting: OrderedDict[int, tuple[str, Ticket]] = field(default_factory=OrderedDict)
    #: Pairs of length and number of arrival, sorted.
    _by_length: list[tuple[int, int]] = field(default_factory=list)
    _arrivals: int = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, text: str, ticket: Ticket) -> None:
        """Adds a text."""
        self._arrivals += 1
        self._waiting[self._arrivals] = (text, ticket)
        insort(self._by_length, (len(text), self._arrivals))

    def take_batch(self) -> list[tuple[str, Ticket]]:
        """Removes and returns the next batch; empty if no text waits."""
        if not self._waiting:
            return []
        oldest = next(iter(self._waiting))
        length = len(self._waiting[oldest][0])
        low = bisect_left(self._by_length, (length, oldest))
        high, characters = low + 1, length
        while high - low < _MAX_TEXTS:
            shorter = self._by_length[low - 1][0] if low else -inf
            longer = self._by_length[high][0] if high < len(self._by_length) else inf
            nearest = shorter if length - shorter <= longer - length else longer
            if characters + nearest > _MAX_CHARACTERS or nearest == -inf:
                break
            characters += int(nearest)
            low, high = (low - 1, high) if nearest == shorter else (low, high + 1)
        batch = [arrival for _, arrival in self._by_length[low:high]]
        del self._by_length[low:high]
        return [self._waiting.pop(arrival) for arrival in batch]
