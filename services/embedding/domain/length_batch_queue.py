"""Which texts go through the model together."""

from bisect import bisect_left, insort
from collections import OrderedDict
from dataclasses import dataclass, field
from math import inf
from typing import Generic, TypeVar

#: What goes through the model together: about a second of work.
_MOST_CHARACTERS = 24_000
_MOST_TEXTS = 64

Ticket = TypeVar("Ticket")


@dataclass
class LengthBatchQueue(Generic[Ticket]):
    """Texts that wait, each with a ticket of whoever waits for it.

    Texts of one length are computed at once, so the text that has waited longest takes those with it that come nearest
    to it in length.
    """

    _arrived: OrderedDict[int, tuple[str, Ticket]] = field(default_factory=OrderedDict)
    #: Lengths with the numbers of arrival, in order.
    _lengths: list[tuple[int, int]] = field(default_factory=list)
    _number: int = 0

    def __len__(self) -> int:
        return len(self._arrived)

    def put(self, text: str, ticket: Ticket) -> None:
        """Has a text wait."""
        self._number += 1
        self._arrived[self._number] = (text, ticket)
        insort(self._lengths, (len(text), self._number))

    def take(self) -> list[tuple[str, Ticket]]:
        """Takes the texts that are next; none where none wait."""
        if not self._arrived:
            return []
        oldest = next(iter(self._arrived))
        length = len(self._arrived[oldest][0])
        low = bisect_left(self._lengths, (length, oldest))
        high, characters = low + 1, length
        while high - low < _MOST_TEXTS:
            shorter = self._lengths[low - 1][0] if low else -inf
            longer = self._lengths[high][0] if high < len(self._lengths) else inf
            nearest = shorter if length - shorter <= longer - length else longer
            if characters + nearest > _MOST_CHARACTERS or nearest == -inf:
                break
            characters += int(nearest)
            low, high = (low - 1, high) if nearest == shorter else (low, high + 1)
        taken = [number for _, number in self._lengths[low:high]]
        del self._lengths[low:high]
        return [self._arrived.pop(number) for number in taken]
