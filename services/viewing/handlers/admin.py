"""Imports, for operators."""

from typing import Any

from marquee.viewing.v1 import viewing_admin_service_pb2, viewing_admin_service_pb2_grpc

from services.kit import clock, db, status, timestamps, watchable_subjects
from services.viewing import convert, errors, storage
from services.viewing.domain import title_state
from services.viewing.domain.title_state import TitleState
from services.viewing.handlers.internal import check_account
from services.viewing.profile_writer import ProfileWriter


class ViewingAdmin(viewing_admin_service_pb2_grpc.ViewingAdminServiceServicer):
    """Imports signals of profiles from elsewhere.

    Args:
        database: the database of viewing.
        writer: writes what profiles do.
        time: the clock.
    """

    def __init__(self, database: db.Database, writer: ProfileWriter, time: clock.Clock) -> None:
        self._database = database
        self._writer = writer
        self._clock = time

    async def ImportSignals(
        self, request: viewing_admin_service_pb2.ImportSignalsRequest, rpc: Any
    ) -> viewing_admin_service_pb2.ImportSignalsResponse:
        """Imports the signals of a profile, all of them or none."""
        owner, now = title_state.Owner(request.profile_id, request.account_id), self._clock.now()
        _check(request, self._clock)
        signals = [(convert.series_title_id(signal.subject, signal.parent), signal) for signal in request.signals]
        changed = 0
        async with self._database.transaction(serialize_by=owner.profile_id) as tx:
            check_account(await storage.profiles.lock(tx, owner), owner)
            write = await self._writer.begin(tx, owner, [title_id for title_id, _ in signals])
            for title_id, signal in signals:
                state = _apply(write[title_id], signal)
                changed += state != write[title_id]
                write[title_id] = state
            added = sum(state.listed > write.before[state.title_id].listed for state in write.changed)
            listed = await storage.title_states.count_listed(tx, owner.profile_id) if added else 0
            if added + listed > title_state.MOST_LISTED:
                raise errors.WatchlistFull(title_state.MOST_LISTED)
            await self._writer.finish(tx, write, now)
        return viewing_admin_service_pb2.ImportSignalsResponse(changed_count=changed)


def _check(request: viewing_admin_service_pb2.ImportSignalsRequest, time: clock.Clock) -> None:
    """Raises SubjectNotSupported or RequestInvalid for signals that cannot be imported."""
    now, future = time.now(), []
    for index, signal in enumerate(request.signals):
        watchable_subjects.require(signal.subject, "title_id", "episode_id")
        if timestamps.to_datetime(signal.occur_time) > now:
            future.append((f"signals[{index}].occur_time", "lies in the future"))
    if future:
        raise status.violations(future)


def _apply(state: TitleState, signal: viewing_admin_service_pb2.SignalImport) -> TitleState:
    """Returns the state with an imported signal; fields that are not set change nothing."""
    at = timestamps.to_datetime(signal.occur_time)
    if signal.completion > 0:
        state = title_state.apply_bookmark(state, convert.imported_bookmark(signal))
    if signal.thumb:
        state = title_state.rate(state, signal.thumb, at)
    if signal.on_watchlist:
        state = title_state.set_listed(state, at, on=True)
    if signal.suppressed:
        state = title_state.set_suppressed(state, at, on=True)
    return state
