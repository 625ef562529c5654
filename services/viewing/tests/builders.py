"""A catalog that tells what a test put into it, titles to put there, and viewers."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import timedelta

from google.protobuf import duration_pb2, timestamp_pb2
from marquee.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from marquee.event.v1 import event_internal_pb2
from marquee.viewing.v1 import viewing_pb2, viewing_pb2_grpc
from sqlalchemy import text

from services.kit import clock, context, db, errors, ids, testing
from services.viewing import series_sync, event_consumer

_BOOKMARKS = """
    INSERT INTO bookmark (profile_id, title_id, episode_id, position, duration, watched, reached, update_time)
    SELECT :profile, gen_random_uuid(), '', '30 minutes', '1 hour', false, 0.5,
           CAST(:now AS timestamptz) - n * interval '1 minute'
      FROM generate_series(1, :count) n
"""
_STATES = """
    INSERT INTO title_state (profile_id, title_id, watch_time, begun_count, reached, watch_duration, told, latest_time,
                             change_time)
    SELECT profile_id, title_id, update_time, 1, reached, duration * reached, true, update_time, update_time
      FROM bookmark
"""


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


class CatalogInternal(catalog_pb2_grpc.CatalogInternalServiceServicer):
    """Tells services of every title of a test."""

    def __init__(self, catalog):
        self.catalog = catalog

    async def StreamTitleDocuments(self, request, rpc):
        for title_id in request.title_ids:
            title = self.catalog.titles.get(title_id)
            if title is None:
                continue
            documents = [
                catalog_pb2.EpisodeDocument(
                    episode_id=episode_id, season_number=season_number, episode_number=episode_number
                )
                for (season_number, episode_number), episode_id in sorted(episodes_of(title).items())
            ]
            document = catalog_pb2.TitleDocument(title_id=title_id, revision=1 + len(documents), episodes=documents)
            yield catalog_pb2.StreamTitleDocumentsResponse(documents=[document])


def a_film(title="The Long Tide", maturity_rating=3, **more):
    return catalog_pb2.Title(
        title_id=ids.new(), type=catalog_pb2.TITLE_TYPE_FILM, title=title, maturity_rating=maturity_rating, **more
    )


def a_series(title="Harbour Lights", seasons=(2, 2), maturity_rating=3, **more):
    """Answers a series with so many episodes in each season, told in the wrong order."""
    series = catalog_pb2.Title(
        title_id=ids.new(), type=catalog_pb2.TITLE_TYPE_SERIES, title=title, maturity_rating=maturity_rating, **more
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


def at(time):
    message = timestamp_pb2.Timestamp()
    message.FromDatetime(time)
    return message


def an_event(title_id, kind="TITLE_VIEW", **more):
    """Answers what a client saw happen, by default that a title's page was opened."""
    kind = viewing_pb2.ViewingEventType.Value(f"VIEWING_EVENT_TYPE_{kind}")
    return viewing_pb2.ViewingEvent(**{"event_id": ids.new(), "type": kind, "title_id": title_id, **more})


def a_signal(title_id, occur_time=testing.NOW, completion=0.0, **more):
    """Answers a signal to bring in."""
    duration = seconds(3600) if completion else None
    return viewing_pb2.SignalImport(
        title_id=title_id, completion=completion, duration=duration, occur_time=at(occur_time), **more
    )


def titles_changed(title, revision):
    """Answers how catalog tells that a title changed."""
    facts = catalog_pb2.TitleFacts(title_id=title.title_id, type=title.type, revision=revision)
    return event_internal_pb2.Event(event_id=ids.new(), titles_changed=event_internal_pb2.TitlesChanged(titles=[facts]))


@dataclass
class Viewer:
    """Somebody who watches, with a token of their own."""

    house: House
    profile_id: str = field(default_factory=ids.new)
    account_id: str = field(default_factory=ids.new)
    maturity_ceiling: int = 5

    @property
    def bearing(self):
        token = testing.a_token(
            account_id=self.account_id, profile_id=self.profile_id, maturity_ceiling=self.maturity_ceiling
        )
        return testing.bearing(token)

    def sibling(self):
        """Answers another profile of the same account."""
        return Viewer(self.house, account_id=self.account_id)

    async def call(self, method, /, **fields):
        """Calls a method of viewing, a second later than whatever was before."""
        self.house.clock.advance(timedelta(seconds=1))
        request = getattr(viewing_pb2, f"{method}Request")(**fields)
        return await getattr(self.house.viewing, method)(request, metadata=self.bearing)

    async def save(self, title_id, position=60.0, duration=3600.0, episode_id=""):
        answer = await self.call(
            "SaveBookmark",
            title_id=title_id,
            episode_id=episode_id,
            position=seconds(position),
            duration=seconds(duration),
        )
        return answer.bookmark

    async def bookmarks(self, **more):
        return await self.house.viewing.ListBookmarks(viewing_pb2.ListBookmarksRequest(**more), metadata=self.bearing)

    async def goes_on_with(self, **more):
        return await self.house.viewing.ListContinueWatching(
            viewing_pb2.ListContinueWatchingRequest(**more), metadata=self.bearing
        )

    async def rate(self, title_id, thumb="UP"):
        return await self.call("RateTitle", title_id=title_id, thumb=viewing_pb2.Thumb.Value(f"THUMB_{thumb}"))

    async def signals(self, title_count=0):
        """Answers all that other services are told of this viewer."""
        request = viewing_pb2.GetSignalsRequest(
            profile_id=self.profile_id, account_id=self.account_id, title_count=title_count
        )
        return await self.house.internal.GetSignals(request, metadata=testing.as_service("recommendation"))

    async def signals_on_behalf(self):
        """Answers what a service is told that asks for this viewer, as this viewer."""
        request = viewing_pb2.GetSignalsRequest(profile_id=self.profile_id, account_id=self.account_id)
        metadata = (*testing.as_service("recommendation"), *self.bearing)
        return await self.house.internal.GetSignals(request, metadata=metadata)

    async def excluded(self):
        """Answers what other services are told that this viewer must not be shown."""
        request = viewing_pb2.GetExcludedTitlesRequest(profile_id=self.profile_id, account_id=self.account_id)
        answer = await self.house.internal.GetExcludedTitles(request, metadata=testing.as_service("catalog"))
        return list(answer.title_ids)

    async def signal(self, title_id):
        """Answers what other services are told of this viewer and a title; None for nothing."""
        return next((told for told in (await self.signals()).titles if told.title_id == title_id), None)

    async def imports(self, *signals):
        request = viewing_pb2.ImportSignalsRequest(
            account_id=self.account_id, profile_id=self.profile_id, signals=signals
        )
        return (await self.house.admin.ImportSignals(request, metadata=testing.as_service("seed"))).changed_count

    async def forgets(self, title_id, *kinds):
        request = viewing_pb2.ForgetSignalsRequest(
            account_id=self.account_id,
            profile_id=self.profile_id,
            title_id=title_id,
            kinds=[viewing_pb2.SignalKind.Value(f"SIGNAL_KIND_{kind}") for kind in kinds],
        )
        self.house.clock.advance(timedelta(seconds=1))
        return await self.house.internal.ForgetSignals(request, metadata=testing.as_service("recommendation"))

    async def played(self, title_id, position, *, at, duration=3600.0, episode_id="", **more):
        """Has playback tell of this viewer."""
        told = event_internal_pb2.PlaybackProgressed(
            account_id=self.account_id,
            profile_id=self.profile_id,
            title_id=title_id,
            episode_id=episode_id,
            position=seconds(position),
            duration=seconds(duration),
            **more,
        )
        event = event_internal_pb2.Event(event_id=ids.new(), playback_progressed=told)
        event.occur_time.FromDatetime(at)
        await self.house.hear(event)


@dataclass
class House:
    """Viewing as it runs, and what it stands on."""

    viewing: viewing_pb2_grpc.ViewingServiceAsyncStub
    internal: viewing_pb2_grpc.ViewingInternalServiceAsyncStub
    admin: viewing_pb2_grpc.ViewingAdminServiceAsyncStub
    catalog: Catalog
    clock: clock.FixedClock
    database: db.Database
    stop_catalog: contextlib.AsyncExitStack
    listener: event_consumer.Listener
    follower: series_sync.SeriesSync

    def viewer(self, **more):
        return Viewer(self, **more)

    def film(self, *arguments, **more):
        return self.catalog.add(a_film(*arguments, **more))

    async def hear(self, event):
        """Has viewing hear of an event, as its consumer would."""
        async with self.database.transaction() as tx:
            await self.listener.on_event(tx, event)

    async def told(self):
        """Answers what was told since the last time, in order."""
        async with self.database.transaction() as tx:
            rows = await tx.execute(text("DELETE FROM outbox RETURNING position, event"))
            return [event_internal_pb2.Event.FromString(row.event) for row in sorted(rows)]

    async def count(self):
        """Has viewing count what was recorded since the last time; answers how many batches that were."""
        recorded = [event for event in await self.told() if event.HasField("viewing_events_recorded")]
        for event in recorded:
            await self.hear(event)
        return len(recorded)

    async def watched(self, viewer, count):
        """Has a viewer have watched half of so many films, one a minute before the other; answers them in order."""
        values = {"profile": viewer.profile_id, "account": viewer.account_id, "count": count, "now": self.clock.now()}
        async with self.database.transaction() as tx:
            await tx.execute(text("INSERT INTO profile VALUES (:profile, :account, 1)"), values)
            await tx.execute(text(_BOOKMARKS), values)
            await tx.execute(text(_STATES), values)
            titles = await tx.scalars(text("SELECT title_id::text FROM bookmark ORDER BY update_time DESC"))
            return list(titles)

    async def rows(self, table):
        """Answers how many rows a table has."""
        async with self.database.reading() as session:
            return (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
