"""Builders of titles, events and viewers."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import timedelta

import grpc
from google.protobuf import duration_pb2, timestamp_pb2
from marquee.catalog.v1 import catalog_internal_pb2, catalog_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import (
    viewing_admin_service_pb2,
    viewing_admin_service_pb2_grpc,
    viewing_internal_pb2,
    viewing_internal_pb2_grpc,
    viewing_pb2,
    viewing_service_pb2,
    viewing_service_pb2_grpc,
)
from sqlalchemy import text

from services.kit import clock, db, ids, testing, watchable_subjects
from services.viewing import event_consumer, replica_sync, series_sync
from services.viewing.tests import fakes

_BOOKMARKS = """
    INSERT INTO bookmark (profile_id, title_id, episode_id, position, duration, watched, reached, update_time)
    SELECT :profile, gen_random_uuid(), '', '30 minutes', '1 hour', false, 0.5,
           CAST(:now AS timestamptz) - n * interval '1 minute'
      FROM generate_series(1, :count) n
"""
_STATES = """
    INSERT INTO title_state (profile_id, title_id, watch_time, continue_time, bookmark_count, reached, watch_duration,
                             has_signals, latest_time, change_time)
    SELECT profile_id, title_id, update_time, update_time, 1, reached, duration * reached, true, update_time,
           update_time
      FROM bookmark
"""


def a_title(kind, display_name, age, genres):
    return catalog_pb2.Title(
        title_id=ids.new(),
        type=kind,
        display_name=display_name,
        maturity_rating=type_pb2.MaturityRating(age=age),
        genres=[catalog_pb2.Genre(genre_id=name.lower(), display_name=name) for name in genres],
    )


def a_film(display_name="The Long Tide", age=13, genres=()):
    return a_title(catalog_pb2.TITLE_TYPE_FILM, display_name, age, genres)


def a_series(display_name="Harbour Lights", seasons=(2, 2), age=13, genres=()):
    """Returns a series with the given number of episodes in each season."""
    episodes = [an_episode(season, number) for season, count in enumerate(seasons, 1) for number in range(1, count + 1)]
    return fakes.Series(a_title(catalog_pb2.TITLE_TYPE_SERIES, display_name, age, genres), episodes)


def an_episode(season_number, episode_number):
    return catalog_internal_pb2.EpisodeRef(
        episode_id=ids.new(),
        season_number=season_number,
        episode_number=episode_number,
        display_name=f"Night {episode_number}",
        duration=seconds(2400),
    )


def seconds(value):
    return duration_pb2.Duration(seconds=int(value), nanos=round(value % 1 * 1e9))


def at(time):
    message = timestamp_pb2.Timestamp()
    message.FromDatetime(time)
    return message


def a_subject(title_id="", episode_id=""):
    """Returns the subject of an episode, or else of a title."""
    return watchable_subjects.episode(episode_id) if episode_id else watchable_subjects.title(title_id)


def an_event(title_id="", kind="SUBJECT_VIEW", episode_id="", **more):
    """Returns an event of a client; the default event is a view of the page of a title."""
    kind = viewing_pb2.ViewingEventType.Value(f"VIEWING_EVENT_TYPE_{kind}")
    subject = a_subject(title_id, episode_id)
    return viewing_pb2.ViewingEvent(**{"event_id": ids.new(), "type": kind, "subject": subject, **more})


def a_signal(title_id, occur_time=testing.NOW, completion=0.0, episode_id="", **more):
    """Returns a signal to import."""
    return viewing_admin_service_pb2.SignalImport(
        subject=a_subject(title_id, episode_id),
        parent=watchable_subjects.title(title_id) if episode_id else None,
        completion=completion,
        duration=seconds(3600) if completion else None,
        occur_time=at(occur_time),
        **more,
    )


def titles_changed(series, revision):
    """Returns the event that a series changed."""
    facts = catalog_internal_pb2.TitleFacts(
        title_id=series.title_id, type=series.title.type, revision=revision, episode_ids=series.ids.values()
    )
    return event_internal_pb2.Event(event_id=ids.new(), titles_changed=event_internal_pb2.TitlesChanged(titles=[facts]))


@dataclass
class Viewer:
    """A profile of an account, which calls viewing with its own token."""

    harness: Harness
    profile_id: str = field(default_factory=ids.new)
    account_id: str = field(default_factory=ids.new)
    maturity_ceiling: int = 18

    @property
    def bearing(self):
        token = testing.a_token(
            account_id=self.account_id, profile_id=self.profile_id, maturity_ceiling=self.maturity_ceiling
        )
        return testing.bearing(token)

    def sibling(self):
        """Returns another profile of the same account."""
        return Viewer(self.harness, account_id=self.account_id)

    async def call(self, method, /, **fields):
        """Advances the clock by a second and calls a method; `title_id` and `episode_id` give the subject."""
        self.harness.clock.advance(timedelta(seconds=1))
        named = {name: fields.pop(name) for name in ("title_id", "episode_id") if name in fields}
        if named:
            fields["subject"] = a_subject(**named)
        request = getattr(viewing_service_pb2, f"{method}Request")(**fields)
        return await getattr(self.harness.viewing, method)(request, metadata=self.bearing)

    async def save(self, title_id, position=60.0, duration=3600.0, episode_id=""):
        values = {"position": seconds(position), "duration": seconds(duration)}
        return (await self.call("SaveBookmark", title_id=title_id, episode_id=episode_id, **values)).bookmark

    async def bookmarks(self, **more):
        request = viewing_service_pb2.ListBookmarksRequest(**more)
        return await self.harness.viewing.ListBookmarks(request, metadata=self.bearing)

    async def continue_watching(self, **more):
        request = viewing_service_pb2.ListContinueWatchingRequest(**more)
        return await self.harness.viewing.ListContinueWatching(request, metadata=self.bearing)

    async def rate(self, title_id, thumb="UP"):
        return await self.call("RateSubject", title_id=title_id, thumb=viewing_pb2.Thumb.Value(f"THUMB_{thumb}"))

    async def signals(self, subject_count=0):
        """Returns all signals of this viewer, as other services get them."""
        request = viewing_internal_pb2.GetSignalsRequest(
            profile_id=self.profile_id, account_id=self.account_id, subject_count=subject_count
        )
        return await self.harness.internal.GetSignals(request, metadata=testing.as_service("recommendation"))

    async def signal(self, title_id):
        """Returns the signals of this viewer about a title; None if there are none."""
        selected = (await self.signals()).signals
        return next((each for each in selected if each.subject.title_id == title_id), None)

    async def imports(self, *signals):
        request = viewing_admin_service_pb2.ImportSignalsRequest(
            account_id=self.account_id, profile_id=self.profile_id, signals=signals
        )
        response = await self.harness.admin.ImportSignals(request, metadata=testing.as_service("operator"))
        return response.changed_count

    async def forgets(self, title_id, *kinds):
        request = viewing_internal_pb2.ForgetSignalsRequest(
            account_id=self.account_id,
            profile_id=self.profile_id,
            subject=watchable_subjects.title(title_id),
            kinds=[viewing_internal_pb2.SignalKind.Value(f"SIGNAL_KIND_{kind}") for kind in kinds],
        )
        self.harness.clock.advance(timedelta(seconds=1))
        return await self.harness.internal.ForgetSignals(request, metadata=testing.as_service("recommendation"))

    async def plays(self, title_id, position, *, at, duration=3600.0, episode_id="", **more):
        """Has viewing consume an event of playback about this viewer."""
        progress = event_internal_pb2.PlaybackProgressed(
            account_id=self.account_id,
            profile_id=self.profile_id,
            subject=a_subject(title_id, episode_id),
            parent=watchable_subjects.title(title_id) if episode_id else None,
            position=seconds(position),
            duration=seconds(duration),
            **more,
        )
        event = event_internal_pb2.Event(event_id=ids.new(), playback_progressed=progress)
        event.occur_time.FromDatetime(at)
        await self.harness.consume(event)


@dataclass
class Harness:
    """A running viewing service with its dependencies."""

    viewing: viewing_service_pb2_grpc.ViewingServiceAsyncStub
    internal: viewing_internal_pb2_grpc.ViewingInternalServiceAsyncStub
    admin: viewing_admin_service_pb2_grpc.ViewingAdminServiceAsyncStub
    catalog: fakes.Catalog
    clock: clock.FixedClock
    database: db.Database
    database_url: str
    catalog_server: contextlib.AsyncExitStack
    event_consumer: event_consumer.EventConsumer
    series_sync: series_sync.SeriesSync
    title_sync: replica_sync.TitleSync
    channel: grpc.aio.Channel

    def viewer(self, **more):
        return Viewer(self, **more)

    def film(self, *arguments, **more):
        return self.catalog.add(a_film(*arguments, **more))

    def series(self, *arguments, **more):
        series = a_series(*arguments, **more)
        self.catalog.add(series)
        return series

    async def consume(self, event):
        """Has viewing consume an event."""
        async with self.database.transaction() as tx:
            await self.event_consumer.consume(tx, event)

    async def published(self):
        """Returns the events that were published since the previous call, in order."""
        async with self.database.transaction() as tx:
            rows = await tx.execute(text("DELETE FROM outbox RETURNING position, event"))
            return [event_internal_pb2.Event.FromString(row.event) for row in sorted(rows)]

    async def count_events(self):
        """Has viewing count the events of clients that are not counted yet; returns the number of batches."""
        recorded = [event for event in await self.published() if event.HasField("viewing_events_recorded")]
        for event in recorded:
            await self.consume(event)
        return len(recorded)

    async def watched(self, viewer, count):
        """Stores that a viewer watched half of `count` films, one per minute; returns their ids, the latest first."""
        values = {"profile": viewer.profile_id, "account": viewer.account_id, "count": count, "now": self.clock.now()}
        async with self.database.transaction() as tx:
            await tx.execute(text("INSERT INTO profile VALUES (:profile, :account, 1)"), values)
            await tx.execute(text(_BOOKMARKS), values)
            await tx.execute(text(_STATES), values)
            titles = await tx.scalars(text("SELECT title_id::text FROM bookmark ORDER BY update_time DESC"))
            return list(titles)

    async def rows(self, table):
        """Returns the number of rows of a table."""
        async with self.database.reading() as session:
            return (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
