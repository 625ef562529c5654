"""The guide in memory, loaded from the service's own database."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from marquee.epg.v1 import epg_pb2

from services.kit import db, visibility
from services.recommendation import storage
from services.recommendation.convert import guide_messages
from services.recommendation.domain import guide, guide_vectors, score_parts, titles, vectors
from services.recommendation.domain.vectors import Vector
from services.recommendation.ranking.title_store import TitleStore
from services.recommendation.vectors.vector_index import VectorIndex

_CHANNELS_AT_ONCE, _VECTORS_AT_ONCE = 50, 2000
_HIDDEN = visibility.Facts(0, None)


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """The guide with the titles at one moment, and the vectors of its rows. It does not change."""

    #: Equal versions are equal guides.
    version: tuple[int, ...]
    matrix: guide.GuideMatrix
    vectors: score_parts.TitleVectors


@dataclass(frozen=True, slots=True, eq=False)
class _Contents:
    """What a guide is built from."""

    version: tuple[int, ...]
    catalogue: titles.Catalogue
    genres: Mapping[str, titles.Term]
    channels: Mapping[str, guide.Channel]
    programmes: Mapping[str, Sequence[guide.Programme]]
    vectors: guide_vectors.KnownVectors
    find_title: Callable[[str, str], str]


class GuideStore:
    """All channels, their programmes, and the vectors of their texts.

    Args:
        database: the database of recommendation.
        title_store: the titles that programmes show.
        vector_index: the vectors of titles.
    """

    def __init__(self, database: db.Database, title_store: TitleStore, vector_index: VectorIndex) -> None:
        self._database = database
        self._title_store = title_store
        self._index = vector_index
        self._channels: dict[str, guide.Channel] = {}
        self._programmes: dict[str, Sequence[guide.Programme]] = {}
        #: The exact vectors of texts, and the models that made them.
        self._vectors: dict[bytes, tuple[str, Vector]] = {}
        self._channel_epoch = self._vector_epoch = 0
        self._loading, self._building = asyncio.Lock(), asyncio.Lock()
        self._facts: Mapping[str, visibility.Facts] | None = None
        self._facts_version = 0
        #: The guide as it was built last, and the same with the current facts of channels.
        self._built: Guide | None = None
        self._current: Guide | None = None

    async def load(self) -> None:
        """Loads what was stored since the last call. Raises DatabaseUnavailable."""
        async with self._loading:
            has_changed = False
            while stored := await self._list_new_channels():
                for channel, programmes in stored:
                    self._put(channel, programmes)
                self._channel_epoch, has_changed = stored[-1][0].epoch, True
            while found := await self._list_new_vectors():
                for each in found:
                    self._vectors[each.text_hash] = each.model_version, vectors.exact(each.vector)
                self._vector_epoch = found[-1].epoch
            if has_changed:
                self._drop_unused_vectors()

    def replace_facts(self, facts: Mapping[str, visibility.Facts]) -> None:
        """Sets what decides who may see each channel; a channel without facts is hidden.

        Before the first call, the facts that were stored with the schedules count.
        """
        if facts != self._facts:
            self._facts = facts
            self._facts_version += 1

    async def get_guide(self) -> Guide:
        """Returns the guide with the titles as they are now. It is built in a thread when something has changed."""
        async with self._building:
            if self._built is None or self._built.version != self._version():
                self._built = await asyncio.to_thread(_build, self._copy())
        version = (*self._built.version, self._facts_version)
        if self._current is None or self._current.version != version:
            self._current = dataclasses.replace(
                self._built, version=version, matrix=self._with_facts(self._built.matrix)
            )
        return self._current

    def _version(self) -> tuple[int, ...]:
        return self._title_store.epoch, self._index.version, self._channel_epoch, self._vector_epoch

    def _with_facts(self, matrix: guide.GuideMatrix) -> guide.GuideMatrix:
        """Returns the guide with the current facts of channels, for which nothing else is built again."""
        facts = self._facts
        if facts is None:
            return matrix
        channels = (
            dataclasses.replace(channel, facts=facts.get(channel.channel_id, _HIDDEN)) for channel in matrix.channels
        )
        return dataclasses.replace(matrix, channels=tuple(channels))

    def _copy(self) -> _Contents:
        """Returns what the guide is built from, which does not change while a thread reads it."""
        return _Contents(
            version=self._version(),
            catalogue=self._title_store.snapshot(),
            genres=dict(self._title_store.genres),
            channels=dict(self._channels),
            programmes=dict(self._programmes),
            vectors=guide_vectors.KnownVectors(
                self._index.version,
                self._index.model_version,
                self._index.matrix,
                dict(self._index.rows),
                dict(self._vectors),
            ),
            find_title=self._title_store.find_title,
        )

    def _put(self, stored: storage.guide.StoredChannel, programmes: Sequence[guide.Programme]) -> None:
        if stored.channel is None:
            self._channels.pop(stored.channel_id, None)
            self._programmes.pop(stored.channel_id, None)
        else:
            self._channels[stored.channel_id] = guide_messages.channel(epg_pb2.Channel.FromString(stored.channel))
            self._programmes[stored.channel_id] = programmes

    def _drop_unused_vectors(self) -> None:
        used = {each.text_hash for programmes in self._programmes.values() for each in programmes}
        used.update(channel.text_hash for channel in self._channels.values())
        for text_hash in self._vectors.keys() - used:
            del self._vectors[text_hash]

    async def _list_new_channels(self) -> list[tuple[storage.guide.StoredChannel, Sequence[guide.Programme]]]:
        async with self._database.reading() as session:
            channels = await storage.guide.channels_after(session, self._channel_epoch, limit=_CHANNELS_AT_ONCE)
            programmes = await storage.guide.programmes_of(session, [each.channel_id for each in channels])
        return [(each, programmes.get(each.channel_id, ())) for each in channels]

    async def _list_new_vectors(self) -> list[storage.guide.StoredVector]:
        async with self._database.reading() as session:
            return await storage.guide.vectors_after(session, self._vector_epoch, limit=_VECTORS_AT_ONCE)


def _build(contents: _Contents) -> Guide:
    titles_by_id = contents.catalogue.titles

    def find_title(title_id: str, episode_id: str) -> str:
        found = contents.find_title(title_id, episode_id)
        return found if found in titles_by_id else ""  # A title may have been added since.

    matrix = guide.build_guide(contents.catalogue, contents.genres, contents.channels, contents.programmes, find_title)
    return Guide(contents.version, matrix, guide_vectors.align_vectors(matrix, contents.vectors))
