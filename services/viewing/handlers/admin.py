"""What operators bring in."""

from typing import Any

from marquee.viewing.v1 import viewing_pb2, viewing_pb2_grpc

from services.kit import clock, db, status
from services.viewing import convert, errors, storage
from services.viewing.domain import signals
from services.viewing.handlers.internal import refuse_foreign
from services.viewing.profile_writer import ProfileWriter


class ViewingAdmin(viewing_pb2_grpc.ViewingAdminServiceServicer):
    """Signals from elsewhere, for operators.

    Args:
        database: viewing's own.
        writer: writes what profiles tell.
        time: tells the time.
    """

    def __init__(self, database: db.Database, writer: ProfileWriter, time: clock.Clock) -> None:
        self._database = database
        self._ledger = writer
        self._clock = time

    async def ImportSignals(
        self, request: viewing_pb2.ImportSignalsRequest, rpc: Any
    ) -> viewing_pb2.ImportSignalsResponse:
        """Brings in what a profile did elsewhere, all of it or nothing."""
        owner = signals.Owner(request.profile_id.lower(), request.account_id.lower())
        now = self._clock.now()
        future = [index for index, signal in enumerate(request.signals) if convert.time(signal.occur_time) > now]
        if future:
            raise status.violations([(f"signals[{index}].occur_time", "lies in the future") for index in future])
        changed = 0
        async with self._database.transaction() as tx:
            refuse_foreign(await storage.profiles.lock(tx, owner), owner)
            page = await self._ledger.open(tx, owner, [signal.title_id.lower() for signal in request.signals])
            for signal in request.signals:
                title_id = signal.title_id.lower()
                state = _brought(page[title_id], signal)
                changed += state != page[title_id]
                page[title_id] = state
            more = sum(state.listed > page.before[state.title_id].listed for state in page.changed)
            if more and more + await storage.title_states.listed_count(tx, owner.profile_id) > signals.MOST_LISTED:
                raise errors.WatchlistFull(signals.MOST_LISTED)
            await self._ledger.close(tx, page, now)
        return viewing_pb2.ImportSignalsResponse(changed_count=changed)


def _brought(state: signals.State, signal: viewing_pb2.SignalImport) -> signals.State:
    """Answers a title with a signal brought in; what the signal leaves open stays."""
    at = convert.time(signal.occur_time)
    if signal.completion > 0:
        state = signals.played(state, convert.imported(signal))
    if signal.thumb:
        state = signals.rated(state, signal.thumb, at)
    if signal.listed:
        state = signals.listed(state, at, on=True)
    if signal.suppressed:
        state = signals.suppressed(state, at, on=True)
    return state
