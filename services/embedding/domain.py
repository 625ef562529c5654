"""Which texts go through the model together."""

from bisect import bisect_left, insort
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

#: Characters that go through the model together: some 500 of its words. More gain nothing on a processor.
_MOST_CHARACTERS = 2400
_MOST_TEXTS = 32

Ticket = TypeVar("Ticket")


@dataclass
class Queue(Generic[Ticket]):
    """Texts that wait, each with a ticket of whoever waits for it.

    A batch costs as much as if all its texts were as long as the longest, so the text that has waited longest takes
    those with it that come nearest to it in length.
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
        low = bisect_left(self._lengths, (len(self._arrived[oldest][0]), oldest))
        high = low + 1
        while True:
            # Shorter ones cost what this one costs; longer ones make all dearer, so they come when no other fits.
            if low > 0 and self._fits(low - 1, high):
                low -= 1
            elif high < len(self._lengths) and self._fits(low, high + 1):
                high += 1
            else:
                break
        taken = [number for _, number in self._lengths[low:high]]
        del self._lengths[low:high]
        return [self._arrived.pop(number) for number in taken]

    def _fits(self, low: int, high: int) -> bool:
        texts, longest = high - low, self._lengths[high - 1][0]
        shortest = self._lengths[low][0]
        # One that is far shorter than the longest is better off with its like.
        return texts <= _MOST_TEXTS and texts * longest <= _MOST_CHARACTERS and 2 * shortest + 40 >= longest
