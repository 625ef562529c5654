"""A catalog that tells what a test put into it, titles to put there, and viewers."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import timedelta

from google.protobuf import duration_pb2
from marquee.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from marquee.event.v1 import event_pb2
from marquee.viewing.v1 import viewing_pb2, viewing_pb2_grpc

from services.kit import clock, context, db, errors, ids, testing
from services.viewing import worker


class TitleNotFound(errors.NotFound):
    reason, domain = "TITLE_NOT_FOUND", "catalog.marquee"


class Catalog(catalog_pb2_grpc.CatalogServiceServicer):
    """Knows the titles of a test, and hides what is above the caller's ceiling as the real one does."""

    def __init__(self):
        self.titles: dict[str, catalog_pb2.Title] = {}
        self.title_calls = 0

    def add(self, title):
        self.titles[title.title_id] = title
        return title.title_id

    def _seen(self, title_id):
        title = self.titles.get(title_id)
        return title if title and title.maturity_rating <= context.caller().maturity_ceiling else None

    async def GetTitle(self, request, rpc):
        self.title_calls += 1
        title = self._seen(request.title_id)
        if title is None:
            raise TitleNotFound("There is no such title.", metadata={"title_id": request.title_id})
        return catalog_pb2.GetTitleResponse(title=title)

    async def BatchGetTitles(self, request, rpc):
        answer = catalog_pb2.BatchGetTitlesResponse()
        for title in filter(None, map(self._seen, request.title_ids)):
            answer.titles.add().CopyFrom(title)
            del answer.titles[-1].seasons[:]
        return answer


def a_film(title="The Long Tide", maturity_rating=3):
    return catalog_pb2.Title(
        title_id=ids.new(), type=catalog_pb2.TITLE_TYPE_FILM, title=title, maturity_rating=maturity_rating
    )


def a_series(title="Harbour Lights", seasons=(2, 2), maturity_rating=3):
    """Answers a series with so many episodes in each season, told in the wrong order."""
    series = catalog_pb2.Title(
        title_id=ids.new(), type=catalog_pb2.TITLE_TYPE_SERIES, title=title, maturity_rating=maturity_rating
    )
    for number, count in reversed(list(enumerate(seasons, 1))):
        season = series.seasons.add(season_number=number)
        for episode in range(count, 0, -1):
            season.episodes.add(
                episode_id=ids.new(), episode_number=episode, season_number=number, title=f"Night {episode}"
            )
    return series


def episodes_of(series):
    """Answers the ids of a series' episodes by season and number."""
    told = [(season.season_number, episode) for season in series.seasons for episode in season.episodes]
    return {(number, episode.episode_number): episode.episode_id for number, episode in told}


def seconds(value):
    return duration_pb2.Duration(seconds=int(value), nanos=round(value % 1 * 1e9))


@dataclass
class Viewer:
    """Somebody who watches, with a token of their own."""

    house: House
    profile_id: str = field(default_factory=ids.new)
    maturity_ceiling: int = 5

    @property
    def bearing(self):
        return testing.bearing(testing.a_token(profile_id=self.profile_id, maturity_ceiling=self.maturity_ceiling))

    async def save(self, title_id, position=60.0, duration=3600.0, episode_id=""):
        request = viewing_pb2.SaveBookmarkRequest(
            title_id=title_id, episode_id=episode_id, position=seconds(position), duration=seconds(duration)
        )
        self.house.clock.advance(timedelta(seconds=1))
        return (await self.house.viewing.SaveBookmark(request, metadata=self.bearing)).bookmark

    async def bookmarks(self, **more):
        return await self.house.viewing.ListBookmarks(viewing_pb2.ListBookmarksRequest(**more), metadata=self.bearing)

    async def goes_on_with(self, **more):
        return await self.house.viewing.ListContinueWatching(
            viewing_pb2.ListContinueWatchingRequest(**more), metadata=self.bearing
        )

    async def played(self, title_id, position, *, at, duration=3600.0, episode_id=""):
        """Has playback tell of this viewer."""
        told = event_pb2.PlaybackProgressed(
            profile_id=self.profile_id,
            title_id=title_id,
            episode_id=episode_id,
            position=seconds(position),
            duration=seconds(duration),
        )
        event = event_pb2.Event(event_id=ids.new(), playback_progressed=told)
        event.occur_time.FromDatetime(at)
        async with self.house.database.transaction() as tx:
            await worker.on_event(tx, event)


@dataclass
class House:
    """Viewing as it runs, and what it stands on."""

    viewing: viewing_pb2_grpc.ViewingServiceAsyncStub
    catalog: Catalog
    clock: clock.FixedClock
    database: db.Database
    stop_catalog: contextlib.AsyncExitStack

    def viewer(self, **more):
        return Viewer(self, **more)
