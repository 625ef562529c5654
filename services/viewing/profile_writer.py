"""Writes what profiles do, one write of a profile after the other, and publishes it in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from marquee.event.v1 import event_internal_pb2
from marquee.viewing.v1 import viewing_pb2

from services.kit import db, events
from services.viewing import convert, storage
from services.viewing.domain import title_state
from services.viewing.domain.title_state import Owner, TitleState

_SUBJECTS_PER_EVENT = 500


class ProfileWrite:
    """The states of some titles of one profile while they are changed: `write[id] = rate(write[id], …)`.

    Args:
        owner: the profile.
        revision: the revision of the profile before the write.
        states: the states before the write.
    """

    def __init__(self, owner: Owner, revision: int, states: dict[str, TitleState]) -> None:
        self.owner = owner
        self.revision = revision
        self.before = states
        self._after = dict(states)

    def __getitem__(self, title_id: str) -> TitleState:
        return self._after[title_id]

    def __setitem__(self, title_id: str, state: TitleState) -> None:
        self._after[title_id] = state

    @property
    def changed(self) -> list[TitleState]:
        """The states that differ from those before."""
        return [state for title_id, state in self._after.items() if state != self.before[title_id]]


class ProfileWriter:
    """Begins and finishes the writes of profiles.

    Args:
        outbox: where changes are published.
    """

    def __init__(self, outbox: events.Outbox) -> None:
        self._outbox = outbox

    async def begin(self, tx: db.WriteSession, owner: Owner, title_ids: Iterable[str]) -> ProfileWrite:
        """Locks a profile until the transaction ends and returns the states of some of its titles."""
        profile = await storage.profiles.lock(tx, owner)
        states = await storage.title_states.get(tx, owner.profile_id, list(dict.fromkeys(title_ids)))
        cleared = {
            title_id: title_state.apply_clears(state, profile.clear_time, profile.view_clear_time)
            for title_id, state in states.items()
        }
        return ProfileWrite(owner, profile.revision, cleared)

    async def finish(
        self, tx: db.WriteSession, write: ProfileWrite, at: datetime, publish: Sequence[str] | None = None
    ) -> int:
        """Saves and publishes what was changed; returns the revision of the profile.

        Args:
            tx: the transaction in which the write was begun.
            write: the changed states.
            at: when they were changed.
            publish: the titles to publish; those that changed if it is None.
        """
        changed = write.changed
        published = [state.title_id for state in changed] if publish is None else publish
        if not changed and not published:
            return write.revision
        await storage.title_states.save(tx, write.owner.profile_id, write.before, changed, at)
        await storage.series.add(tx, [state.title_id for state in changed if any(state.bookmarks)])
        return await self.publish(tx, write.owner, published)

    async def publish(self, tx: db.WriteSession, owner: Owner, title_ids: Sequence[str]) -> int:
        """Increments the revision of a profile and publishes the signals of some titles; returns the revision."""
        revision = await storage.profiles.increment_revision(tx, owner)
        for start in range(0, len(title_ids), _SUBJECTS_PER_EVENT):
            batch = title_ids[start : start + _SUBJECTS_PER_EVENT]
            rows = await storage.signal_queries.of_titles(tx, owner.profile_id, batch)
            changed = event_internal_pb2.SignalsChanged(
                account_id=owner.account_id,
                profile_id=owner.profile_id,
                revision=revision,
                signals=[convert.signals_message(title_id, rows.get(title_id)) for title_id in batch],
            )
            await self._outbox.add(tx, signals_changed=changed)
        return revision

    async def publish_events(
        self, tx: db.WriteSession, owner: Owner, accepted: Sequence[viewing_pb2.ViewingEvent]
    ) -> None:
        """Publishes events of a client. This service consumes them itself to count them."""
        recorded = event_internal_pb2.ViewingEventsRecorded(
            account_id=owner.account_id, profile_id=owner.profile_id, events=accepted
        )
        await self._outbox.add(tx, is_deferrable=True, viewing_events_recorded=recorded)
