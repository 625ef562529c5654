"""Titles in memory, loaded from the service's own database, so that it starts without catalog."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

from marquee.type.v1 import type_pb2

from services.kit import clock, db, visibility, watchable_subjects
from services.recommendation import errors, storage
from services.recommendation.convert import title_documents
from services.recommendation.domain import explanations, titles

_TITLES_AT_ONCE = 1000

#: Receives the ids of the titles that have changed.
Listener = Callable[[Sequence[str]], None]


class TitleStore:
    """All titles as they are now, deleted ones included, and as they were.

    Args:
        database: the database of recommendation.
        time: tells how far back earlier versions are kept.
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
        self._series_by_episode: dict[str, str] = {}
        #: By id.
        self.genres: dict[str, titles.Term] = {}
        #: The languages of explanations, and those that titles or genres have names in.
        self._languages = set(explanations.LANGUAGES)
        #: Grows with each change of any title.
        self.epoch = 0
        #: Whether the titles have been loaded.
        self.is_loaded = False

    def require_loaded(self) -> None:
        """Raises TitlesNotReady until the titles are loaded."""
        if not self.is_loaded:
            raise errors.TitlesNotReady

    def add_listener(self, listener: Listener) -> None:
        """Has `listener` called after each change."""
        self._listeners.append(listener)

    async def load(self) -> None:
        """Loads what was stored since the last call. Raises DatabaseUnavailable."""
        async with self._loading:
            while versions := await self._list_new_versions():
                for version in versions:
                    self._put(title_documents.title(version, self._facts))
                self.epoch = versions[-1].epoch
                for listener in self._listeners:
                    listener([version.title_id for version in versions])
            # An empty store is loaded once catalog has answered, which its sync reports.
            self.is_loaded = self.is_loaded or bool(self.titles)

    def find(self, subject: type_pb2.Subject) -> titles.Title:
        """Returns the title that a subject names: the title itself, or the series of an episode.

        Raises TitleNotFound or EpisodeNotFound, and SubjectNotSupported for channels and programs.
        """
        watchable_subjects.require(subject, "title_id", "episode_id")
        title = self.titles.get(self.find_title(subject.title_id, subject.episode_id))
        if title is None:
            raise watchable_subjects.not_found(subject)
        return title

    def find_title(self, title_id: str, episode_id: str) -> str:
        """Returns the title that a title or an episode belongs to; empty for an unknown one."""
        found = self._series_by_episode.get(episode_id, "") if episode_id else title_id
        return found if found in self.titles else ""

    def find_language(self, language: str) -> str:
        """Returns the language in which a reader of `language` gets the texts of a home.

        Callers may state any language, and homes are computed, cached and recorded by language.
        """
        return next((code for code in titles.fallbacks(language) if code in self._languages), titles.FALLBACK_LANGUAGE)

    def snapshot(self) -> titles.Catalogue:
        """Returns the titles as they are now. Later changes do not affect the snapshot."""
        return titles.Catalogue(dict(self.titles), self.epoch)

    async def load_snapshot(self, epoch: int) -> titles.Catalogue:
        """Returns the titles as they were. Raises InputGone if they are not kept, or DatabaseUnavailable."""
        async with self._database.reading() as session:
            superseded = await storage.titles.superseded_time(session, epoch)
            if superseded is not None and superseded <= self._clock.now() - self._retention:
                raise errors.InputGone("catalog")
            changed = await storage.titles.changed_since(session, epoch)
            versions = await storage.titles.versions_at(session, epoch, changed)
        # Titles that have not changed since are as in memory, unless this replica has not loaded them yet.
        snapshot = {title_id: title for title_id, title in self.titles.items() if title_id not in changed}
        snapshot |= {version.title_id: title_documents.title(version, self._facts) for version in versions}
        return titles.Catalogue(snapshot, epoch)

    def _put(self, title: titles.Title) -> None:
        previous = self.titles.get(title.title_id)
        for episode in previous.episodes if previous else ():
            self._series_by_episode.pop(episode.episode_id, None)
        self._series_by_episode.update((episode.episode_id, title.title_id) for episode in title.episodes)
        self.genres.update((genre.term_id, genre) for genre in title.genres)
        self.titles[title.title_id] = title
        self._languages.update(title.names, (language for genre in title.genres for language, _ in genre.translations))

    async def _list_new_versions(self) -> Sequence[storage.titles.Version]:
        async with self._database.reading() as session:
            return await storage.titles.after(session, self.epoch, limit=_TITLES_AT_ONCE)
