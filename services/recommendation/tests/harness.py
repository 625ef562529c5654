"""Recommendation with all components, connected as in production, and fakes of viewing and identity."""

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
    embedding_admin_service_pb2_grpc,
    recommendation_admin_service_pb2,
    recommendation_admin_service_pb2_grpc,
    recommendation_internal_pb2_grpc,
    recommendation_service_pb2_grpc,
    taste_service_pb2_grpc,
)
from marquee.viewing.v1 import viewing_internal_pb2, viewing_internal_pb2_grpc, viewing_pb2

from services.kit import client, ids, testing, watchable_subjects
from services.recommendation import event_consumer, storage
from services.recommendation.handlers import admin, embedding_admin, home, internal, taste
from services.recommendation.home import home_service
from services.recommendation.ranking import feature_gatherer, model_trainer, popularity_tracker, viewer_clients
from services.recommendation.replay import decision_recorder, decision_replay
from services.recommendation.tests import builders, conftest, fakes, guide_harness
from services.recommendation.tests.input_builders import NOW
from services.recommendation.vectors import embedding_client


class Viewing(viewing_internal_pb2_grpc.ViewingInternalServiceServicer):
    """Returns the signals that a test has added for each profile."""

    def __init__(self):
        self.signals = {}
        self.revisions = {}
        self.household = []
        self.bookmarks = {}
        self.forgotten = []
        self.calls = 0
        #: The number of subjects that each request for signals named.
        self.subject_counts = []
        #: How many responses lack the latest write.
        self.lagging = 0
        self._before = {}
        #: The error that every call raises; None if calls succeed.
        self.failure = None
        #: While it is cleared, calls wait.
        self.open = asyncio.Event()
        self.open.set()

    def add_signals(self, profile_id, *signals):
        """Adds signals of a profile; returns the token of the write."""
        by_title = self.signals.setdefault(profile_id, {})
        self._before[profile_id] = (list(by_title.values()), self.revisions.get(profile_id, 0))
        for title_signals in signals:
            by_title.pop(title_signals.subject.title_id, None)
            by_title[title_signals.subject.title_id] = title_signals
        self.revisions[profile_id] = self.revisions.get(profile_id, 0) + 1
        return str(self.revisions[profile_id])

    async def GetSignals(self, request, rpc):
        await self._handle_call()
        self.subject_counts.append(request.subject_count)
        now = self.signals.get(request.profile_id, {}).values(), self.revisions.get(request.profile_id, 0)
        signals, revision = self._before[request.profile_id] if self.lagging else now
        self.lagging = max(self.lagging - 1, 0)
        return viewing_internal_pb2.GetSignalsResponse(
            signals=reversed(list(signals)),
            revision=revision,
            household=self.household,
            bookmarks=self.bookmarks.get(request.profile_id, []),
        )

    async def ForgetSignals(self, request, rpc):
        await self._handle_call()
        self.forgotten.append((request.profile_id, request.subject.title_id, list(request.kinds)))
        self.signals[request.profile_id].pop(request.subject.title_id, None)
        return viewing_internal_pb2.ForgetSignalsResponse(revision=int(self.add_signals(request.profile_id)))

    async def _handle_call(self):
        self.calls += 1
        await self.open.wait()
        if self.failure is not None:
            raise self.failure


class Identity(
    identity_service_pb2_grpc.IdentityServiceServicer, identity_internal_pb2_grpc.IdentityInternalServiceServicer
):
    """Returns the preferences that a test has set for profiles."""

    def __init__(self):
        self.preferences = {}
        self.failure = None

    async def GetProfile(self, request, rpc):
        if self.failure is not None:
            raise self.failure
        preferences = self.preferences.get(request.profile_id, identity_pb2.Preferences())
        return identity_internal_pb2.GetProfileResponse(
            profile=identity_pb2.Profile(profile_id=request.profile_id, preferences=preferences)
        )

    async def UpdateProfile(self, request, rpc):
        self.preferences[request.profile.profile_id] = request.profile.preferences
        return identity_service_pb2.UpdateProfileResponse(profile=request.profile)


@dataclasses.dataclass
class App:
    """Recommendation, the fakes behind it, and clients of its API."""

    world: conftest.World
    viewing: Viewing
    identity: Identity
    gatherer: feature_gatherer.FeatureGatherer
    homes: home_service.HomeService
    recorder: decision_recorder.DecisionRecorder
    popularity_tracker: popularity_tracker.PopularityTracker
    model_trainer: model_trainer.ModelTrainer
    guide: guide_harness.Guide
    mesh: client.Mesh
    channel: grpc.aio.Channel
    account_id: str
    profile_id: str

    @property
    def recommendation(self):
        return recommendation_service_pb2_grpc.RecommendationServiceStub(self.channel)

    @property
    def taste(self):
        return taste_service_pb2_grpc.TasteServiceStub(self.channel)

    @property
    def admin(self):
        return recommendation_admin_service_pb2_grpc.RecommendationAdminServiceStub(self.channel)

    def viewer(self, **claims):
        """Returns the metadata of a call of the profile."""
        return testing.bearing(testing.a_token(account_id=self.account_id, profile_id=self.profile_id, **claims))

    def add_signals(self, *signals):
        """Adds signals of the profile; returns the token of the write."""
        return self.viewing.add_signals(self.profile_id, *signals)

    async def handle_event(self, **payload):
        """Has the replica and the consumer handle an event."""
        event = event_internal_pb2.Event(event_id=ids.new(), **payload)
        event.occur_time.FromDatetime(NOW)
        await self.homes.listen(event)
        await self.guide.service.listen(event)
        async with self.world.database.transaction() as tx:
            await event_consumer.on_event(tx, event)

    async def add_titles(self, count=60, **words):
        """Has catalog report titles of four genres in turn, with vectors; returns their ids."""
        genres = ("Drama", "Mystery", "Comedy", "Sport")
        title_ids = []
        for number in range(count):
            facts = builders.facts()
            document = builders.document(
                facts,
                f"Title {number}",
                **{"genres": [genres[number % 4]], "featured": number % 10 == 0, **words},
            )
            self.world.catalog.put(facts, document)
            await self.world.title_sync.listen(builders.changed(facts))
            title_ids.append(facts.title_id)
        await self.world.title_sync.load()
        vectors = [
            storage.vectors.NewVector(title_id, b"text", fakes.vector(f"{genres[number % 4]} Title {number}"))
            for number, title_id in enumerate(title_ids)
        ]
        async with self.world.database.transaction() as tx:
            await storage.vectors.write(tx, vectors, fakes.MODEL, NOW)
        await self.world.vector_store.load()
        return title_ids


@contextlib.asynccontextmanager
async def open_app(
    world,
    *,
    patience=testing.PATIENCE,
    budget=testing.PATIENCE,
    replay_patience=testing.PATIENCE,
    pause=testing.PATIENCE,
):
    """Starts recommendation; the default timeouts are long enough for a slow machine."""
    viewing, identity = Viewing(), Identity()
    epg, entitlement, of_guide = guide_harness.fakes_of_guide()
    async with contextlib.AsyncExitStack() as stack:
        address = await stack.enter_async_context(
            testing.serving(
                (viewing_internal_pb2_grpc.add_ViewingInternalServiceServicer_to_server, viewing),
                (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, identity),
                (identity_internal_pb2_grpc.add_IdentityInternalServiceServicer_to_server, identity),
                *of_guide,
            )
        )
        peers = dict.fromkeys(("viewing", "identity", "epg", "entitlement"), address)
        mesh = testing.a_mesh("recommendation", {**world.peers, **peers})
        stack.push_async_callback(mesh.close)
        popularity = popularity_tracker.PopularityTracker(world.database, world.outbox)
        trainer = model_trainer.ModelTrainer(world.database, world.clock)
        gatherer = feature_gatherer.FeatureGatherer(
            world.title_store,
            world.vector_index,
            popularity,
            trainer,
            viewer_clients.ViewerClients(mesh, patience=patience, pause=pause),
            world.database,
            world.clock,
            patience=patience,
            pause=pause,
        )
        recorder = decision_recorder.DecisionRecorder(world.database, conftest.RETENTION, world.clock)
        homes = home_service.HomeService(gatherer, recorder, world.clock, budget=budget)
        replayer = decision_replay.DecisionReplayer(
            gatherer, world.vector_store, world.database, world.clock, patience=replay_patience
        )
        guide = guide_harness.build(world, mesh, gatherer, epg, entitlement)
        query_vectors = conftest.patient_query_vectors(embedding_client.EmbeddingClient(mesh))
        recording = asyncio.create_task(recorder.run())
        channel = await stack.enter_async_context(
            testing.channel_to(
                (
                    recommendation_service_pb2_grpc.add_RecommendationServiceServicer_to_server,
                    home.Recommendation(gatherer, homes, replayer, query_vectors, guide.service),
                ),
                (
                    taste_service_pb2_grpc.add_TasteServiceServicer_to_server,
                    taste.Taste(gatherer, homes, world.database),
                ),
                (
                    recommendation_admin_service_pb2_grpc.add_RecommendationAdminServiceServicer_to_server,
                    admin.RecommendationAdmin(world.database, trainer, replayer, world.clock),
                ),
                (
                    recommendation_internal_pb2_grpc.add_RecommendationInternalServiceServicer_to_server,
                    internal.RecommendationInternal(world.vector_index, query_vectors),
                ),
                (
                    embedding_admin_service_pb2_grpc.add_EmbeddingAdminServiceServicer_to_server,
                    embedding_admin.EmbeddingAdmin(world.database, world.embedding_client, world.clock),
                ),
            )
        )
        account_id = ids.new()
        entitlement.channel_ids = {account_id: None, "": None}
        try:
            yield App(
                world,
                viewing,
                identity,
                gatherer,
                homes,
                recorder,
                popularity,
                trainer,
                guide,
                mesh,
                channel,
                account_id,
                ids.new(),
            )
        finally:
            await homes.close()
            recording.cancel()
            await asyncio.gather(recording, return_exceptions=True)


def liked(title_id):
    return viewing_internal_pb2.SubjectSignals(
        subject=watchable_subjects.title(title_id), thumb=viewing_pb2.THUMB_UP, rate_time=_now()
    )


def disliked(title_id):
    return viewing_internal_pb2.SubjectSignals(
        subject=watchable_subjects.title(title_id), thumb=viewing_pb2.THUMB_DOWN, rate_time=_now()
    )


def hidden(title_id):
    return viewing_internal_pb2.SubjectSignals(subject=watchable_subjects.title(title_id), suppress_time=_now())


def watched(title_id, completion=1.0):
    return viewing_internal_pb2.SubjectSignals(
        subject=watchable_subjects.title(title_id), completion=completion, finished=completion >= 1, watch_time=_now()
    )


def snoozed(title_id, delay):
    signals = watched(title_id, 0.1)
    signals.dismiss_time.CopyFrom(_now())
    signals.snooze_until_time.FromDatetime(NOW + delay)
    return signals


def bookmark(title_id, seconds=300):
    message = viewing_pb2.Bookmark(subject=watchable_subjects.title(title_id), update_time=_now())
    message.position.FromSeconds(seconds)
    message.duration.FromSeconds(5400)
    return message


def train():
    """Returns a new request to train a model."""
    return recommendation_admin_service_pb2.TrainModelRequest(request_id=ids.new())


def shown(home_):
    """Returns the ids of all titles of a home, the hero first."""
    hero = [home_.hero.subject.title_id] if home_.HasField("hero") else []
    return [*hero, *(item.subject.title_id for rail in home_.rails for item in rail.items)]


def _now():
    message = timestamp_pb2.Timestamp()
    message.FromDatetime(NOW)
    return message
