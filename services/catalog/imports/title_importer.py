"""Imports a file of titles: receives it, reads and checks its rows, and writes what differs."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from marquee.catalog.v1 import catalog_admin_service_pb2

from services.catalog import errors, storage
from services.catalog.domain import import_report, import_schema, terms, titles, wikipedia_import
from services.catalog.domain.import_report import Problem
from services.catalog.imports import file_readers
from services.catalog.titles import fact_messages
from services.kit import clock, db, events

_BATCH = 500

_Read = Callable[[BinaryIO], Iterator[file_readers.Row]]
_Check = Callable[[Any], tuple[titles.Title | None, list[Problem]]]


@dataclass(frozen=True, slots=True)
class _Form:
    """How a format is read."""

    read: _Read
    check: _Check
    #: Whether two rows with the same key may be two titles.
    keys_repeat: bool


_FORMS = {
    catalog_admin_service_pb2.IMPORT_FORMAT_JSON_LINES: _Form(
        file_readers.lines, import_schema.read, keys_repeat=False
    ),
    catalog_admin_service_pb2.IMPORT_FORMAT_WIKIPEDIA_FILMS: _Form(
        file_readers.array, wikipedia_import.read, keys_repeat=True
    ),
}


async def receive(
    requests: AsyncIterator[catalog_admin_service_pb2.ImportTitlesRequest], file: BinaryIO
) -> catalog_admin_service_pb2.ImportOptions:
    """Writes the chunks of a stream to `file`; returns the options. Raises ImportOutOfOrder."""
    options: catalog_admin_service_pb2.ImportOptions | None = None
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


class TitleImporter:
    """Imports files.

    Args:
        database: the catalog's database.
        outbox: publishes which titles changed.
        time: the time at which new episodes are added.
    """

    def __init__(self, database: db.Database, outbox: events.Outbox, time: clock.Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._time = time

    async def run(self, file: BinaryIO, options: catalog_admin_service_pb2.ImportOptions) -> import_report.Report:
        """Imports a file, in one transaction. Raises ImportUnreadable or ImportEmpty."""
        form = _FORMS[options.format]
        report = import_report.Report()
        async with self._database.transaction(serialize_by="imports") as session:
            await storage.staging.create_tables(session)
            names = await self._stage(session, form, file, report)
            if not report.row_count:
                raise errors.ImportEmpty
            await self._compare(session, form, report)
            refused = report.error_count and not options.skip_bad_rows
            changes = report.created_count + report.updated_count
            if changes and not options.dry_run and not refused:
                await self._write(session, names)
                report.committed = True
        return report

    async def _stage(
        self, session: db.WriteSession, form: _Form, file: BinaryIO, report: import_report.Report
    ) -> dict[terms.Term, str]:
        """Copies the valid rows into temporary tables; returns the names of their terms."""
        found = form.read(file)
        names: dict[terms.Term, str] = {}
        # Unpacking and checking use the processor; in a thread they do not delay other calls.
        while batch := await asyncio.to_thread(_checked, found, form.check):
            report.row_count += len(batch)
            for number, _, problems in batch:
                if problems:
                    report.add_error(number, problems)
            good = [(number, title) for number, title, _ in batch if title is not None]
            for _, title in good:
                for term, name in _names(title):
                    names.setdefault(term, name)
            await storage.staging.add(session, good)
        return names

    async def _compare(self, session: db.WriteSession, form: _Form, report: import_report.Report) -> None:
        if form.keys_repeat:
            await storage.staging.make_keys_distinct(session)
        await storage.staging.match_stored(session)
        for row in await storage.staging.remove_repeated(session):
            report.add_error(row.row, [Problem("", f"is the same title as row {row.first}")])
        for row in await storage.staging.remove_foreign_episodes(session):
            report.add_error(row.row, [Problem("seasons", f"hold the episode {row.episode_id} of another title")])
        difference = await storage.staging.difference(session)
        report.created_count = difference.created
        report.updated_count = difference.updated
        report.unchanged_count = difference.unchanged

    async def _write(self, session: db.WriteSession, names: Mapping[terms.Term, str]) -> None:
        last_revision = await storage.titles.last_revision(session)
        await storage.terms.add(session, names)
        await storage.staging.write(session, self._time.now())
        while changed := await storage.titles.facts_after(session, last_revision, limit=_BATCH):
            await fact_messages.publish(session, self._outbox, changed)
            last_revision = changed[-1].revision


def _names(title: titles.Title) -> Iterator[tuple[terms.Term, str]]:
    for kind, names in ((terms.GENRE, title.genres), (terms.MOOD, title.moods), (terms.THEME, title.themes)):
        for name in names:
            yield terms.Term(kind, terms.slug(name)), name


def _checked(found: Iterator[file_readers.Row], check: _Check) -> list[tuple[int, titles.Title | None, list[Problem]]]:
    """Returns the next rows, each with its title or its problems."""
    checked = []
    for row in itertools.islice(found, _BATCH):
        title, problems = (None, [Problem("", row.unreadable)]) if row.unreadable else check(row.value)
        checked.append((row.number, title, problems))
    return checked
