"""What the servicers of viewing share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from marquee.type.v1 import type_pb2

from services.kit import clock, context, db, ids, paging, pipeline, rate_budget
from services.viewing import convert
from services.viewing.catalog_client import CatalogClient
from services.viewing.domain.title_state import Kind, Owner, forget
from services.viewing.profile_writer import ProfileWriter
from services.viewing.storage.lists import Position

#: Rows that are read together for a page; some of them will not be on it.
_BATCH = 50
_MAX_BATCHES = 10


class Listed(Protocol):
    """A row of a list that is ordered by `time` and title."""

    @property
    def time(self) -> datetime:
        """What the list is ordered by."""

    @property
    def title_id(self) -> str:
        """The title."""


_Row = TypeVar("_Row", bound=Listed | Any)
_Item = TypeVar("_Item")


class Base:
    """What the methods share.

    Args:
        database: the database of viewing.
        writer: writes what profiles do.
        catalog: the client of catalog.
        counter: counts the events that accounts report.
        time: the clock.
    """

    def __init__(
        self,
        database: db.Database,
        writer: ProfileWriter,
        catalog: CatalogClient,
        counter: rate_budget.BudgetCounter,
        time: clock.Clock,
    ) -> None:
        self._database = database
        self._writer = writer
        self._catalog = catalog
        self._counter = counter
        self._clock = time

    async def _forget(self, subject: type_pb2.Subject, kind: Kind) -> int:
        """Deletes a signal of the calling profile, if there is one; returns the revision of the profile."""
        profile, title_id, now = owner(), convert.title_id(subject), self._clock.now()
        async with self._database.transaction(serialize_by=profile.profile_id) as tx:
            write = await self._writer.begin(tx, profile, [title_id])
            write[title_id] = forget(write[title_id], [kind], now)
            return await self._writer.finish(tx, write, now)

    async def _display_names(self, title_ids: Sequence[str]) -> dict[str, str]:
        """Returns the names of those of some titles that are visible to the caller."""
        titles = await self._catalog.list_titles(title_ids)
        return {title_id: title.display_name for title_id, title in titles.items()}


def owner() -> Owner:
    """Returns the calling profile. Raises ProfileRequired for a service that calls for itself."""
    caller = context.caller()
    if not caller.profile_id:
        raise pipeline.ProfileRequired("Select a profile to call this.")
    return Owner(caller.profile_id, caller.account_id)


def consistency_token(revision: int) -> str:
    """Returns the token of a write."""
    return str(revision)


def after(page_token: str, filters: Sequence[str]) -> Position | None:
    """Returns the position that a page begins behind. Raises PageTokenInvalid."""
    cursor = paging.cursor(page_token, of=filters, kinds=(datetime.fromisoformat, ids.parse))
    return (cursor[0], cursor[1]) if cursor else None


async def fill_page(
    size: int,
    behind: Position | None,
    read: Callable[[Position | None, int], Awaitable[Sequence[_Row]]],
    choose: Callable[[Sequence[_Row]], Awaitable[Sequence[tuple[_Row, _Item]]]],
) -> tuple[list[_Item], Position | None]:
    """Returns the items of a page, and the position that the next one begins behind; None on the last page.

    Only catalog knows what is hidden, so this reads as many batches as the page needs. If nearly everything is hidden,
    the page is not full and the next one continues.

    Args:
        size: the maximum number of items.
        behind: the position that the page begins behind.
        read: reads that many rows behind a position.
        choose: returns the items of those rows that may be shown.
    """
    chosen: list[tuple[_Row, _Item]] = []
    for _ in range(_MAX_BATCHES):
        batch = await read(behind, _BATCH)
        chosen.extend(await choose(batch) if batch else ())
        if len(chosen) > size:
            last, _item = chosen[size - 1]
            return [item for _row, item in chosen[:size]], (last.time, last.title_id)
        if len(batch) < _BATCH:
            behind = None
            break
        behind = (batch[-1].time, batch[-1].title_id)
    return [item for _row, item in chosen], behind


def page_token(position: Position | None, filters: Sequence[str]) -> str:
    """Returns the token of the page that begins behind a position; empty if there is none."""
    return "" if position is None else paging.token(position, of=filters)
