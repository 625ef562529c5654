"""What other services are told of profiles."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from marquee.viewing.v1 import viewing_pb2, viewing_pb2_grpc
from sqlalchemy import Row

from services.kit import clock, context, db, status
from services.kit import errors as kit_errors
from services.viewing import convert, storage
from services.viewing.domain import bookmarks, signals
from services.viewing.profile_writer import ProfileWriter
from services.viewing.catalog_client import CatalogClient

_TITLES = 2000
_MOST_HOUSEHOLD = 100
_MOST_BEGUN = 100
#: Who asks for signals wants them soon: what catalog has to say is worth that much.
_CATALOG_SECONDS = 0.1


class ViewingInternal(viewing_pb2_grpc.ViewingInternalServiceServicer):
    """Signals, for services that choose.

    Args:
        database: viewing's own.
        writer: writes what profiles tell.
        titles: what catalog says.
        time: tells the time.
        patience: for how many seconds catalog is waited for.
    """

    def __init__(
        self,
        database: db.Database,
        writer: ProfileWriter,
        titles: CatalogClient,
        time: clock.Clock,
        *,
        patience: float = _CATALOG_SECONDS,
    ) -> None:
        self._database = database
        self._ledger = writer
        self._titles = titles
        self._clock = time
        self._patience = patience

    async def GetSignals(self, request: viewing_pb2.GetSignalsRequest, rpc: Any) -> viewing_pb2.GetSignalsResponse:
        """Gets everything that a profile told of its taste, what it goes on with, and what its household watched."""
        owner = signals.Owner(request.profile_id.lower(), request.account_id.lower())
        now = self._clock.now()
        async with self._database.reading() as session:
            # Read first, so that the signals are never older than the revision says.
            profile = await storage.profiles.get(session, owner.profile_id)
            refuse_foreign(profile, owner)
            count = request.title_count or _TITLES
            told = await storage.signals.latest(session, owner.profile_id, count)
            excluded = await storage.signals.excluded(session, owner.profile_id) if len(told) == count else ()
            household = await storage.signals.household(session, owner, now - signals.HOUSEHOLD_SPAN, _MOST_HOUSEHOLD)
            begun = await storage.lists.going_on(session, owner.profile_id, now, None, _MOST_BEGUN)
            marks = await storage.bookmarks.of_titles(session, owner.profile_id, [row.title_id for row in begun])
        return viewing_pb2.GetSignalsResponse(
            titles=[convert.signals_message(row.title_id, row) for row in told],
            revision=profile.revision,
            household=[convert.household_message(row) for row in household],
            going=await self._going(owner, begun, marks),
            excluded_title_ids=_beyond(excluded, told),
        )

    async def GetExcludedTitles(
        self, request: viewing_pb2.GetExcludedTitlesRequest, rpc: Any
    ) -> viewing_pb2.GetExcludedTitlesResponse:
        """Gets what a profile must not be shown."""
        owner = signals.Owner(request.profile_id.lower(), request.account_id.lower())
        async with self._database.reading() as session:
            refuse_foreign(await storage.profiles.get(session, owner.profile_id), owner)
            title_ids = await storage.signals.excluded(session, owner.profile_id)
        return viewing_pb2.GetExcludedTitlesResponse(title_ids=title_ids)

    async def ForgetSignals(
        self, request: viewing_pb2.ForgetSignalsRequest, rpc: Any
    ) -> viewing_pb2.ForgetSignalsResponse:
        """Deletes some of what a profile told of a title."""
        owner = signals.Owner(request.profile_id.lower(), request.account_id.lower())
        title_id, kinds, now = request.title_id.lower(), convert.kinds(request.kinds), self._clock.now()
        async with self._database.transaction() as tx:
            refuse_foreign(await storage.profiles.lock(tx, owner), owner)
            page = await self._ledger.open(tx, owner, [title_id])
            page[title_id] = signals.forgotten(page[title_id], kinds, now)
            if set(signals.HISTORY) <= set(kinds):
                await storage.counted_events.forget(tx, owner.profile_id, [title_id])
            revision = await self._ledger.close(tx, page, now)
        return viewing_pb2.ForgetSignalsResponse(revision=revision)

    async def _going(
        self, owner: signals.Owner, begun: Sequence[Row[Any]], marks: Mapping[str, Mapping[str, bookmarks.Bookmark]]
    ) -> viewing_pb2.GoingOn | None:
        """Answers what goes on of what was begun; None where that cannot be told."""
        if context.caller().profile_id != owner.profile_id:  # What somebody else may know of is another question.
            return None
        try:
            async with asyncio.timeout(self._patience):
                titles = await self._titles.batch_get([row.title_id for row in begun])
        except (kit_errors.Error, TimeoutError):
            return None
        return viewing_pb2.GoingOn(
            items=[convert.item_message(item) for _, item in bookmarks.going(begun, titles, marks)]
        )


def _beyond(title_ids: Sequence[str], told: Sequence[Row[Any]]) -> list[str]:
    known = {row.title_id for row in told}
    return [title_id for title_id in title_ids if title_id not in known]


def refuse_foreign(profile: storage.profiles.Profile, owner: signals.Owner) -> None:
    """Raises RequestInvalid for a profile of another account."""
    if profile.account_id and profile.account_id != owner.account_id:
        raise status.violations([("account_id", "the profile belongs to another account")])
