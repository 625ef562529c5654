"""Imports a file of titles: receives it, reads and checks its rows, and takes over what differs."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from marquee.catalog.v1 import catalog_pb2
from marquee.event.v1 import event_internal_pb2

from services.catalog import convert, errors, files, storage
from services.catalog.domain import films, reports, rows, titles
from services.catalog.domain.fields import Problem
from services.kit import clock, db, events

_BATCH = 500

_Read = Callable[[BinaryIO], Iterator[files.Row]]
_Check = Callable[[Any], tuple[titles.Title | None, list[Problem]]]


@dataclass(frozen=True, slots=True)
class _Form:
    """How a kind of file is read."""

    read: _Read
    check: _Check
    #: Whether two rows may have the same key and yet be two titles.
    keys_repeat: bool


_FORMS = {
    catalog_pb2.IMPORT_FORMAT_JSON_LINES: _Form(files.lines, rows.read, keys_repeat=False),
    catalog_pb2.IMPORT_FORMAT_WIKIPEDIA_FILMS: _Form(files.array, films.read, keys_repeat=True),
}


async def receive(
    requests: AsyncIterator[catalog_pb2.ImportTitlesRequest], file: BinaryIO
) -> catalog_pb2.ImportOptions:
    """Writes the chunks of a stream to `file`; answers the options. Raises ImportOutOfOrder."""
    options: catalog_pb2.ImportOptions | None = None
    async for request in requests:
        if (request.WhichOneof("part") == "options") != (options is None):
            raise errors.ImportOutOfOrder
        if options is None:
            options = request.options
        else:
            file.write(request.chunk)
    if options is None:
        raise errors.ImportOutOfOrder
    return options


class Importer:
    """Imports files.

    Args:
        database: the catalogue's own.
        outbox: where other services are told of what changed.
        time: tells when what is new came to the platform.
    """

    def __init__(self, database: db.Database, outbox: events.Outbox, time: clock.Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._time = time

    async def run(self, file: BinaryIO, options: catalog_pb2.ImportOptions) -> reports.Report:
        """Imports a file, in one transaction. Raises ImportUnreadable or ImportEmpty."""
        form = _FORMS[options.format]
        report = reports.Report()
        async with self._database.transaction() as session:
            await storage.staging.open_table(session)
            await self._stage(session, form, file, report)
            if not report.row_count:
                raise errors.ImportEmpty
            await self._compare(session, form, report)
            refused = report.error_count and not options.skip_bad_rows
            changes = report.created_count + report.updated_count
            if changes and not options.dry_run and not refused:
                await self._take_over(session)
                report.committed = True
        return report

    async def _stage(self, session: db.WriteSession, form: _Form, file: BinaryIO, report: reports.Report) -> None:
        found = form.read(file)
        # Unpacking and checking are work for the processor: in a thread, other calls are answered meanwhile.
        while batch := await asyncio.to_thread(_checked, found, form.check):
            report.row_count += len(batch)
            for number, _, problems in batch:
                if problems:
                    report.refuse(number, problems)
            good = [(number, title) for number, title, _ in batch if title is not None]
            await storage.staging.add(session, good)

    async def _compare(self, session: db.WriteSession, form: _Form, report: reports.Report) -> None:
        if form.keys_repeat:
            await storage.staging.tell_apart(session)
        await storage.staging.find_known(session)
        for row in await storage.staging.take_out_repeated(session):
            report.refuse(row.row, [Problem("", f"is the same title as row {row.first}")])
        for row in await storage.staging.take_out_foreign_episodes(session):
            report.refuse(row.row, [Problem("seasons", f"hold the episode {row.episode_id} of another title")])
        difference = await storage.staging.difference(session)
        report.created_count = difference.created
        report.updated_count = difference.updated
        report.unchanged_count = difference.unchanged

    async def _take_over(self, session: db.WriteSession) -> None:
        seen = await storage.titles.last_revision(session)
        await storage.staging.take_over(session, self._time.now())
        while changed := await storage.titles.facts_after(session, seen, limit=_BATCH):
            told = [convert.facts_message(row) for row in changed]
            await self._outbox.add(session, titles_changed=event_internal_pb2.TitlesChanged(titles=told))
            seen = changed[-1].revision


def _checked(found: Iterator[files.Row], check: _Check) -> list[tuple[int, titles.Title | None, list[Problem]]]:
    """Answers the next rows, each with its title or its problems."""
    checked = []
    for row in itertools.islice(found, _BATCH):
        title, problems = (None, [Problem("", row.unreadable)]) if row.unreadable else check(row.value)
        checked.append((row.number, title, problems))
    return checked
