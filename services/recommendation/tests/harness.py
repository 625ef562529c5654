"""Recommendation whole, as it is wired, beside fakes of the services that know the viewer."""

import asyncio
import contextlib
import dataclasses

import grpc
from google.protobuf import timestamp_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import (
    identity_internal_pb2,
    identity_internal_pb2_grpc,
    identity_pb2,
    identity_service_pb2,
    identity_service_pb2_grpc,
)
from marquee.recommendation.v1 import (
    recommendation_admin_service_pb2,
    recommendation_admin_service_pb2_grpc,
    recommendation_service_pb2_grpc,
    taste_service_pb2_grpc,
)
from marquee.viewing.v1 import viewing_internal_pb2, viewing_internal_pb2_grpc, viewing_pb2

from services.kit import ids, subjects, testing
from services.recommendation import storage
from services.recommendation.handlers import admin, home, postplay, taste
from services.recommendation.home import home_service
from services.recommendation.ranking import feature_gatherer, model_trainer, popularity_tracker, viewer_clients
from services.recommendation.replay import decision_recorder, decision_replay
from services.recommendation.tests import builders, conftest, fakes
from services.recommendation.tests.scenarios import NOW
from services.recommendation.vectors import embedding_client


class Viewing(viewing_internal_pb2_grpc.ViewingInternalServiceServicer):
    """Tells what a test has put down for each profile."""

    def __init__(self):
        self.told = {}
        self.revisions = {}
        self.household = []
        self.bookmarks = {}
        self.forgotten = []
        self.calls = 0
        #: So many answers are given still as they were before the latest write.
        self.lagging = 0
        self._before = {}
        #: Raised instead of an answer, if it is set.
        self.failure = None
        #: Cleared, it lets calls wait.
        self.open = asyncio.Event()
        self.open.set()

    def tell(self, profile_id, *told):
        """Has a profile write signals; returns the token of the write."""
        known = self.told.setdefault(profile_id, {})
        self._before[profile_id] = (list(known.values()), self.revisions.get(profile_id, 0))
        for each in told:
            known.pop(each.subject.title_id, None)
            known[each.subject.title_id] = each
        self.revisions[profile_id] = self.revisions.get(profile_id, 0) + 1
        return str(self.revisions[profile_id])

    async def GetSignals(self, request, rpc):
        await self._answer()
        now = self.told.get(request.profile_id, {}).values(), self.revisions.get(request.profile_id, 0)
        titles, revision = self._before[request.profile_id] if self.lagging else now
        self.lagging = max(self.lagging - 1, 0)
        return viewing_internal_pb2.GetSignalsResponse(
            signals=reversed(list(titles)),
            revision=revision,
            household=self.household,
            bookmarks=self.bookmarks.get(request.profile_id, []),
        )

    async def ForgetSignals(self, request, rpc):
        await self._answer()
        self.forgotten.append((request.profile_id, request.subject.title_id, list(request.kinds)))
        self.told[request.profile_id].pop(request.subject.title_id, None)
        return viewing_internal_pb2.ForgetSignalsResponse(revision=int(self.tell(request.profile_id)))

    async def _answer(self):
        self.calls += 1
        await self.open.wait()
        if self.failure is not None:
            raise self.failure


class Identity(
    identity_service_pb2_grpc.IdentityServiceServicer, identity_internal_pb2_grpc.IdentityInternalServiceServicer
):
    """Tells what a test has put down as the wishes of profiles."""

    def __init__(self):
        self.preferences = {}
        self.failure = None

    async def GetProfile(self, request, rpc):
        if self.failure is not None:
            raise self.failure
        wishes = self.preferences.get(request.profile_id, identity_pb2.Preferences())
        return identity_internal_pb2.GetProfileResponse(
            profile=identity_pb2.Profile(profile_id=request.profile_id, preferences=wishes)
        )

    async def UpdateProfile(self, request, rpc):
        self.preferences[request.profile.profile_id] = request.profile.preferences
        return identity_service_pb2.UpdateProfileResponse(profile=request.profile)


@dataclasses.dataclass
class Stage:
    """Recommendation, and how to reach it."""

    world: conftest.World
    viewing: Viewing
    identity: Identity
    room: feature_gatherer.FeatureGatherer
    homes: home_service.HomeService
    recorder: decision_recorder.DecisionRecorder
    watching: popularity_tracker.PopularityTracker
    training: model_trainer.Training
    channel: grpc.aio.Channel
    account_id: str
    profile_id: str

    @property
    def choosing(self):
        return recommendation_service_pb2_grpc.RecommendationServiceStub(self.channel)

    @property
    def taste(self):
        return taste_service_pb2_grpc.TasteServiceStub(self.channel)

    @property
    def admin(self):
        return recommendation_admin_service_pb2_grpc.RecommendationAdminServiceStub(self.channel)

    def viewer(self, **claims):
        """The metadata of the profile."""
        return testing.bearing(testing.a_token(account_id=self.account_id, profile_id=self.profile_id, **claims))

    def tell(self, *told):
        return self.viewing.tell(self.profile_id, *told)

    async def hear(self, **payload):
        """Lets an event come that replicas and the database hear."""
        event = event_internal_pb2.Event(event_id=ids.new(), **payload)
        event.occur_time.FromDatetime(NOW)
        await self.homes.listen(event)
        async with self.world.database.transaction() as tx:
            await popularity_tracker.on_event(tx, event)

    async def titles(self, count=60, **words):
        """Has catalog tell of titles of four genres in turn, with vectors; returns their ids."""
        genres = ("Drama", "Mystery", "Comedy", "Sport")
        found = []
        for number in range(count):
            told = builders.facts()
            document = builders.document(
                told,
                f"Title {number}",
                **{"genres": [genres[number % 4]], "featured": number % 10 == 0, **words},
            )
            self.world.catalog.put(told, document)
            await self.world.titles.listen(builders.changed(told))
            found.append(told.title_id)
        await self.world.titles.catch_up()
        made = [
            storage.vectors.Made(title_id, b"text", fakes.vector(f"{genres[place % 4]} Title {place}"))
            for place, title_id in enumerate(found)
        ]
        async with self.world.database.transaction() as tx:
            await storage.vectors.write(tx, made, fakes.MODEL, NOW)
        await self.world.vectors.catch_up()
        return found


@contextlib.asynccontextmanager
async def open_stage(
    world, *, seconds=testing.PATIENCE, budget=testing.PATIENCE, patience=testing.PATIENCE, silence=testing.PATIENCE
):
    """Wires recommendation over a world; homes wait for other services as long as a slow machine takes, if not told."""
    viewing, identity = Viewing(), Identity()
    async with contextlib.AsyncExitStack() as stack:
        at = await stack.enter_async_context(
            testing.serving(
                (viewing_internal_pb2_grpc.add_ViewingInternalServiceServicer_to_server, viewing),
                (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, identity),
                (identity_internal_pb2_grpc.add_IdentityInternalServiceServicer_to_server, identity),
            )
        )
        mesh = testing.a_mesh("recommendation", {**world.peers, "viewing": at, "identity": at})
        stack.push_async_callback(mesh.close)
        watched = popularity_tracker.PopularityTracker(world.database, world.outbox)
        trained = model_trainer.Training(world.database, world.clock)
        place = feature_gatherer.FeatureGatherer(
            world.library,
            world.space,
            watched,
            trained,
            viewer_clients.ViewerClients(mesh, seconds=seconds, silence=silence),
            world.database,
            world.clock,
        )
        recorder = decision_recorder.DecisionRecorder(world.database, world.clock, conftest.RETENTION)
        kept = home_service.HomeService(place, recorder, world.clock, budget=budget)
        replayer = decision_replay.Replayer(place, world.vectors, world.database, world.clock, patience=patience)
        queries = embedding_client.Queries(embedding_client.MeshEmbedder(mesh), world.clock)
        writing = asyncio.create_task(recorder.run())
        channel = await stack.enter_async_context(
            testing.channel_to(
                (
                    recommendation_service_pb2_grpc.add_RecommendationServiceServicer_to_server,
                    home.Recommendation(place, kept, replayer, postplay.PostPlay(place, queries)),
                ),
                (
                    taste_service_pb2_grpc.add_TasteServiceServicer_to_server,
                    taste.Taste(place, kept, world.database),
                ),
                (
                    recommendation_admin_service_pb2_grpc.add_RecommendationAdminServiceServicer_to_server,
                    admin.RecommendationAdmin(world.database, trained, replayer, world.clock),
                ),
            )
        )
        try:
            yield Stage(
                world,
                viewing,
                identity,
                place,
                kept,
                recorder,
                watched,
                trained,
                channel,
                ids.new(),
                ids.new(),
            )
        finally:
            await kept.close()
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)


def liked(title_id):
    return viewing_internal_pb2.SubjectSignals(
        subject=subjects.title(title_id), thumb=viewing_pb2.THUMB_UP, rate_time=_now()
    )


def disliked(title_id):
    return viewing_internal_pb2.SubjectSignals(
        subject=subjects.title(title_id), thumb=viewing_pb2.THUMB_DOWN, rate_time=_now()
    )


def hidden(title_id):
    return viewing_internal_pb2.SubjectSignals(subject=subjects.title(title_id), suppress_time=_now())


def watched(title_id, completion=1.0):
    return viewing_internal_pb2.SubjectSignals(
        subject=subjects.title(title_id), completion=completion, finished=completion >= 1, watch_time=_now()
    )


def put_off(title_id, delay):
    told = watched(title_id, 0.1)
    told.dismiss_time.CopyFrom(_now())
    told.snooze_until_time.FromDatetime(NOW + delay)
    return told


def bookmark(title_id, seconds=300):
    mark = viewing_pb2.Bookmark(subject=subjects.title(title_id), update_time=_now())
    mark.position.FromSeconds(seconds)
    mark.duration.FromSeconds(5400)
    return mark


def train():
    """A new request to train a model."""
    return recommendation_admin_service_pb2.TrainModelRequest(request_id=ids.new())


def shown(home_):
    """Every title of a home, the hero first."""
    led = [home_.hero.subject.title_id] if home_.HasField("hero") else []
    return [*led, *(item.subject.title_id for rail in home_.rails for item in rail.items)]


def _now():
    stamp = timestamp_pb2.Timestamp()
    stamp.FromDatetime(NOW)
    return stamp
