"""What other services are told of profiles."""

from typing import Any

from marquee.viewing.v1 import viewing_pb2, viewing_pb2_grpc

from services.kit import clock, db, status
from services.viewing import convert, storage
from services.viewing.domain import signals
from services.viewing.ledger import Ledger

_MOST_TITLES = 2000
_MOST_HOUSEHOLD = 100


class ViewingInternal(viewing_pb2_grpc.ViewingInternalServiceServicer):
    """Signals, for services that choose.

    Args:
        database: viewing's own.
        ledger: writes what profiles tell.
        time: tells the time.
    """

    def __init__(self, database: db.Database, ledger: Ledger, time: clock.Clock) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = time

    async def GetSignals(self, request: viewing_pb2.GetSignalsRequest, rpc: Any) -> viewing_pb2.GetSignalsResponse:
        """Gets everything that a profile told of its taste, and what its household watched."""
        owner = signals.Owner(request.profile_id.lower(), request.account_id.lower())
        since = self._clock.now() - signals.HOUSEHOLD_SPAN
        async with self._database.reading() as session:
            # Read first, so that the signals are never older than the revision says.
            profile = await storage.profiles.get(session, owner.profile_id)
            refuse_foreign(profile, owner)
            told = await storage.signals.latest(session, owner.profile_id, _MOST_TITLES)
            household = await storage.signals.household(session, owner, since, _MOST_HOUSEHOLD)
        return viewing_pb2.GetSignalsResponse(
            titles=[convert.signals_message(row.title_id, row) for row in told],
            revision=profile.revision,
            household=[convert.household_message(row) for row in household],
        )

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
                await storage.happenings.forget(tx, owner.profile_id, [title_id])
            revision = await self._ledger.close(tx, page, now)
        return viewing_pb2.ForgetSignalsResponse(revision=revision)


def refuse_foreign(profile: storage.profiles.Profile, owner: signals.Owner) -> None:
    """Raises RequestInvalid for a profile of another account."""
    if profile.account_id and profile.account_id != owner.account_id:
        raise status.violations([("account_id", "the profile belongs to another account")])
