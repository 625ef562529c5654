"""The titles, in memory: loaded from the service's own database, so that it starts without catalog."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

from marquee.type.v1 import type_pb2

from services.kit import clock, db, subjects, visibility
from services.recommendation import errors, storage
from services.recommendation.convert import title_documents
from services.recommendation.domain import titles

_TITLES_AT_ONCE = 1000

#: Is told which titles have changed.
Listener = Callable[[Sequence[str]], None]


class TitleStore:
    """All titles as they are now, deleted ones too, and as they were.

    Args:
        database: recommendation's own.
        time: tells how far back the titles of then are kept.
        retention: how long they are kept.
    """

    def __init__(self, database: db.Database, time: clock.Clock, retention: timedelta) -> None:
        self._database = database
        self._clock = time
        self._retention = retention
        self._facts: dict[visibility.Facts, visibility.Facts] = {}
        self._listeners: list[Listener] = []
        self._loading = asyncio.Lock()
        #: By id.
        self.titles: dict[str, titles.Title] = {}
        self._series: dict[str, str] = {}
        #: The names of genres in English, by id.
        self.genre_names: dict[str, str] = {}
        #: Grows with each change of any title.
        self.epoch = 0
        #: Whether what there is has been loaded.
        self.ready = False

    def require(self) -> None:
        """Lets pass once the titles are loaded. Raises TitlesNotReady before."""
        if not self.ready:
            raise errors.TitlesNotReady

    def listen(self, listener: Listener) -> None:
        """Has `listener` called after each change."""
        self._listeners.append(listener)

    async def load(self) -> None:
        """Takes in what was written since it was called last. Raises DatabaseUnavailable."""
        async with self._loading:
            while changed := await self._changed():
                for version in changed:
                    self._put(title_documents.title(version, self._facts))
                self.epoch = changed[-1].epoch
                for listener in self._listeners:
                    listener([version.title_id for version in changed])
            # One that knows nothing yet waits for catalog: its follower says when.
            self.ready = self.ready or bool(self.titles)

    def find(self, subject: type_pb2.Subject) -> titles.Title:
        """Returns the title that a subject names: the title itself, or the series of an episode.

        Raises TitleNotFound or EpisodeNotFound, and SubjectNotSupported for channels and programs.
        """
        subject_id = subjects.require(subject, "title_id", "episode_id")
        title_id = self._series.get(subject_id, "") if subject.episode_id else subject_id
        if (title := self.titles.get(title_id)) is None:
            raise subjects.not_found(subject)
        return title

    def catalogue(self) -> titles.Catalogue:
        """Returns the titles as they are now; they stay so, whatever changes later."""
        return titles.Catalogue(dict(self.titles), self.epoch)

    async def as_of(self, epoch: int) -> titles.Catalogue:
        """Returns the titles as they were. Raises InputGone when that is too long ago, or DatabaseUnavailable."""
        async with self._database.reading() as session:
            superseded = await storage.titles.superseded_time(session, epoch)
            if superseded is not None and superseded <= self._clock.now() - self._retention:
                raise errors.InputGone("catalog")
            changed = await storage.titles.changed_since(session, epoch)
            versions = await storage.titles.versions_at(session, epoch, changed)
        # What has not changed since is the same as now, unless this replica has not caught up with it yet.
        then = {title_id: title for title_id, title in self.titles.items() if title_id not in changed}
        then |= {version.title_id: title_documents.title(version, self._facts) for version in versions}
        return titles.Catalogue(then, epoch)

    def _put(self, title: titles.Title) -> None:
        before = self.titles.get(title.title_id)
        for episode in before.episodes if before else ():
            self._series.pop(episode.episode_id, None)
        self._series.update((episode.episode_id, title.title_id) for episode in title.episodes)
        self.genre_names.update(title.genres)
        self.titles[title.title_id] = title

    async def _changed(self) -> Sequence[storage.titles.Version]:
        async with self._database.reading() as session:
            return await storage.titles.after(session, self.epoch, limit=_TITLES_AT_ONCE)
