"""What every servicer of viewing stands in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from services.kit import clock, context, db, ids, paging, pipeline
from services.viewing.domain import signals
from services.viewing.ledger import Ledger
from services.viewing.titles import Titles

#: Titles that are looked at together on the way to a page; some of them will not be on it.
_BATCH = 50

_Row = TypeVar("_Row")
_Item = TypeVar("_Item")

#: A place in a list: the time that it is ordered by, and a title.
Place = tuple[datetime, str]


class Room:
    """What the methods share.

    Args:
        database: viewing's own.
        ledger: writes what profiles tell.
        titles: what catalog says.
        time: tells the time.
    """

    def __init__(self, database: db.Database, ledger: Ledger, titles: Titles, time: clock.Clock) -> None:
        self._database = database
        self._ledger = ledger
        self._titles = titles
        self._clock = time


def owner() -> signals.Owner:
    """Answers the calling profile. Raises ProfileRequired for a service that asks for itself."""
    caller = context.caller()
    if not caller.profile_id:
        raise pipeline.ProfileRequired("Select a profile to call this.")
    return signals.Owner(caller.profile_id, caller.account_id)


def token(revision: int) -> str:
    """Answers what names a write to who reads next."""
    return str(revision)


def after(page_token: str, filters: Sequence[str]) -> Place | None:
    """Answers the place that a page begins behind. Raises PageTokenInvalid."""
    cursor = paging.cursor(page_token, of=filters, kinds=(datetime.fromisoformat, ids.parse))
    return (cursor[0], cursor[1]) if cursor else None


async def filled(
    size: int,
    behind: Place | None,
    read: Callable[[Place | None, int], Awaitable[Sequence[_Row]]],
    place: Callable[[_Row], Place],
    choose: Callable[[Sequence[_Row]], Awaitable[Sequence[_Item]]],
) -> list[_Item]:
    """Answers one item more than a page holds, if there are so many.

    What is hidden is only known after catalog was asked, so it takes as many batches as it takes.

    Args:
        size: how many items a page holds.
        behind: where it begins.
        read: reads so many rows behind a place.
        place: tells the place of a row.
        choose: makes items of those rows that may be shown.
    """
    items: list[_Item] = []
    while len(items) <= size:
        batch = await read(behind, _BATCH)
        items.extend(await choose(batch))
        if len(batch) < _BATCH:
            break
        behind = place(batch[-1])
    return items
