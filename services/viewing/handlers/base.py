"""What every servicer of viewing stands in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Row

from services.kit import clock, context, db, ids, paging, pipeline
from services.viewing.domain import signals
from services.viewing.profile_writer import ProfileWriter
from services.viewing.catalog_client import CatalogClient

#: CatalogClient that are looked at together on the way to a page; some of them will not be on it.
_BATCH = 50
_MOST_BATCHES = 10

_Item = TypeVar("_Item")

#: A place in a list: the time that it is ordered by, and a title.
Place = tuple[datetime, str]


class Base:
    """What the methods share.

    Args:
        database: viewing's own.
        writer: writes what profiles tell.
        titles: what catalog says.
        time: tells the time.
    """

    def __init__(self, database: db.Database, writer: ProfileWriter, titles: CatalogClient, time: clock.Clock) -> None:
        self._database = database
        self._ledger = writer
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
    read: Callable[[Place | None, int], Awaitable[Sequence[Row[Any]]]],
    choose: Callable[[Sequence[Row[Any]]], Awaitable[Sequence[tuple[Row[Any], _Item]]]],
) -> tuple[list[_Item], Place | None]:
    """Answers the items of a page, and the place that the next one begins behind; None at the end.

    What is hidden is only known after catalog was asked, so it takes as many batches as it takes. Where nearly all is
    hidden the page ends before it is full, and the next one goes on.

    Args:
        size: how many items a page holds.
        behind: where it begins.
        read: reads so many rows behind a place.
        choose: makes items of those rows that may be shown.
    """
    chosen: list[tuple[Row[Any], _Item]] = []
    for _ in range(_MOST_BATCHES):
        batch = await read(behind, _BATCH)
        chosen.extend(await choose(batch))
        if len(chosen) > size:
            last, _item = chosen[size - 1]
            return [item for _row, item in chosen[:size]], (last.time, last.title_id)
        if len(batch) < _BATCH:
            behind = None
            break
        behind = (batch[-1].time, batch[-1].title_id)
    return [item for _row, item in chosen], behind


def page_token(place: Place | None, filters: Sequence[str]) -> str:
    """Answers the token of a page that begins behind a place; empty at the end."""
    return "" if place is None else paging.token(place, of=filters)
