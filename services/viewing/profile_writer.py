"""Writes what profiles tell, one write of a profile after the other, and tells of it in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from marquee.event.v1 import event_internal_pb2
from marquee.viewing.v1 import viewing_pb2

from services.kit import db, events
from services.viewing import convert, storage
from services.viewing.domain import signals

_TITLES_OF_AN_EVENT = 500


class Page:
    """What one profile told of some titles, as it is changed: `page[title_id] = signals.rated(page[title_id], …)`.

    Args:
        owner: whose it is.
        revision: how often the profile was written before.
        states: what was told until now.
    """

    def __init__(self, owner: signals.Owner, revision: int, states: dict[str, signals.State]) -> None:
        self.owner = owner
        self.revision = revision
        self.before = states
        self._now = dict(states)

    def __getitem__(self, title_id: str) -> signals.State:
        return self._now[title_id]

    def __setitem__(self, title_id: str, state: signals.State) -> None:
        self._now[title_id] = state

    def __iter__(self) -> Iterator[str]:
        return iter(self._now)

    @property
    def changed(self) -> list[signals.State]:
        """The titles that are not what they were."""
        return [state for title_id, state in self._now.items() if state != self.before[title_id]]


class ProfileWriter:
    """Opens and closes the pages of profiles.

    Args:
        outbox: where changes are told.
    """

    def __init__(self, outbox: events.Outbox) -> None:
        self._outbox = outbox

    async def open(self, tx: db.WriteSession, owner: signals.Owner, title_ids: Iterable[str]) -> Page:
        """Opens a profile for writing; others who want to write it wait until the transaction ends."""
        profile = await storage.profiles.lock(tx, owner)
        states = await storage.title_states.get(tx, owner.profile_id, list(dict.fromkeys(title_ids)))
        page = Page(owner, profile.revision, states)
        for title_id, state in states.items():
            page[title_id] = page.before[title_id] = signals.cleared(state, profile.clear_time, profile.view_clear_time)
        return page

    async def close(self, tx: db.WriteSession, page: Page, at: datetime, tell: Sequence[str] | None = None) -> int:
        """Saves what was changed and tells it; answers the revision that the profile is at now.

        Args:
            tx: the transaction that the page was opened in.
            page: what was changed.
            at: when that was.
            tell: the titles to tell of; those that were changed if it is not given.
        """
        changed = page.changed
        told = [state.title_id for state in changed] if tell is None else tell
        if not changed and not told:
            return page.revision
        await storage.title_states.save(tx, page.owner.profile_id, page.before, changed, at)
        await storage.series.want(tx, [state.title_id for state in changed if any(state.marks)])
        return await self.tell(tx, page.owner, told)

    async def record(self, tx: db.WriteSession, owner: signals.Owner, seen: Sequence[viewing_pb2.ViewingEvent]) -> None:
        """Puts what a client saw on the bus, where this service takes it from again to count it."""
        told = event_internal_pb2.ViewingEventsRecorded(account_id=owner.account_id, profile_id=owner.profile_id, events=seen)
        await self._outbox.add(tx, viewing_events_recorded=told)

    async def tell(self, tx: db.WriteSession, owner: signals.Owner, title_ids: Sequence[str]) -> int:
        """Takes a profile to its next revision, and tells what is known now of titles that it wrote."""
        revision = await storage.profiles.bump(tx, owner)
        for start in range(0, len(title_ids), _TITLES_OF_AN_EVENT):
            batch = title_ids[start : start + _TITLES_OF_AN_EVENT]
            rows = await storage.signals.of_titles(tx, owner.profile_id, batch)
            told = event_internal_pb2.SignalsChanged(
                account_id=owner.account_id,
                profile_id=owner.profile_id,
                revision=revision,
                titles=[convert.signals_message(title_id, rows.get(title_id)) for title_id in batch],
            )
            await self._outbox.add(tx, signals_changed=told)
        return revision
