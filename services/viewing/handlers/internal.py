"""The signals of profiles, for other services."""

from collections.abc import Sequence
from typing import Any

from marquee.viewing.v1 import viewing_internal_pb2, viewing_internal_pb2_grpc
from sqlalchemy import Row

from services.kit import clock, db, status, watchable_subjects
from services.viewing import convert, storage
from services.viewing.domain import title_state
from services.viewing.profile_writer import ProfileWriter

_DEFAULT_SUBJECTS = 2000
_MAX_HOUSEHOLD = 100
_MAX_CONTINUED = 100


class ViewingInternal(viewing_internal_pb2_grpc.ViewingInternalServiceServicer):
    """The signals of profiles. Calls no other service.

    Args:
        database: the database of viewing.
        writer: writes what profiles do.
        time: the clock.
    """

    def __init__(self, database: db.Database, writer: ProfileWriter, time: clock.Clock) -> None:
        self._database = database
        self._writer = writer
        self._clock = time

    async def GetSignals(
        self, request: viewing_internal_pb2.GetSignalsRequest, rpc: Any
    ) -> viewing_internal_pb2.GetSignalsResponse:
        """Gets all signals of a profile, its bookmarks to continue, and what its household watched."""
        owner, now = title_state.Owner(request.profile_id, request.account_id), self._clock.now()
        profile_id, count = owner.profile_id, request.subject_count or _DEFAULT_SUBJECTS
        since = now - title_state.HOUSEHOLD_SPAN
        async with self._database.reading() as session:
            # Read first, so that the signals are never older than the revision says.
            profile = await storage.profiles.get(session, profile_id)
            check_account(profile, owner)
            rows = await storage.signal_queries.list_latest(session, profile_id, count)
            excluded = await storage.signal_queries.list_excluded(session, profile_id) if len(rows) == count else ()
            household = await storage.signal_queries.list_household(session, owner, since, _MAX_HOUSEHOLD)
            candidates = await storage.lists.continue_candidates(session, profile_id, now, None, _MAX_CONTINUED)
        return viewing_internal_pb2.GetSignalsResponse(
            signals=[convert.signals_message(row.title_id, row) for row in rows],
            revision=profile.revision,
            household=[convert.household_message(row) for row in household],
            bookmarks=convert.continue_bookmarks(candidates),
            excluded=[watchable_subjects.title(title_id) for title_id in _beyond(excluded, rows)],
        )

    async def ForgetSignals(
        self, request: viewing_internal_pb2.ForgetSignalsRequest, rpc: Any
    ) -> viewing_internal_pb2.ForgetSignalsResponse:
        """Deletes some signals of a profile about a title."""
        owner = title_state.Owner(request.profile_id, request.account_id)
        title_id, kinds, now = convert.title_id(request.subject), convert.kinds(request.kinds), self._clock.now()
        async with self._database.transaction(serialize_by=owner.profile_id) as tx:
            check_account(await storage.profiles.lock(tx, owner), owner)
            write = await self._writer.begin(tx, owner, [title_id])
            write[title_id] = title_state.forget(write[title_id], kinds, now)
            if set(title_state.HISTORY) <= set(kinds):
                await storage.counted_events.remove(tx, owner.profile_id, [title_id])
            revision = await self._writer.finish(tx, write, now)
        return viewing_internal_pb2.ForgetSignalsResponse(revision=revision)


def check_account(profile: storage.profiles.Profile, owner: title_state.Owner) -> None:
    """Raises RequestInvalid for a profile of another account."""
    if profile.account_id and profile.account_id != owner.account_id:
        raise status.violations([("account_id", "the profile belongs to another account")])


def _beyond(title_ids: Sequence[str], rows: Sequence[Row[Any]]) -> list[str]:
    returned = {row.title_id for row in rows}
    return [title_id for title_id in title_ids if title_id not in returned]
