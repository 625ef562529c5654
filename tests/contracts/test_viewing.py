"""Viewing, and its fakes in the tests of playback and of recommendation."""

import dataclasses
from datetime import timedelta

import pytest
from marquee.viewing.v1 import (
    viewing_internal_pb2,
    viewing_internal_pb2_grpc,
    viewing_pb2,
    viewing_service_pb2,
    viewing_service_pb2_grpc,
)

from services.kit import ids, testing, watchable_subjects
from services.playback.tests import fakes as playback_fakes
from services.recommendation.tests import harness as recommendation_harness
from tests.contracts.implementations import by


@dataclasses.dataclass
class Bookmarks:
    """Viewing with the bookmarks of a film and of two episodes of a series, saved in this order."""

    stub: viewing_service_pb2_grpc.ViewingServiceStub
    token: str
    film_id: str
    series_id: str
    episode_ids: list[str]


@dataclasses.dataclass
class Signals:
    """Viewing, and a profile that likes two titles; it rated the second one last."""

    stub: viewing_internal_pb2_grpc.ViewingInternalServiceStub
    title_ids: list[str]
    account_id: str = dataclasses.field(default_factory=ids.new)
    profile_id: str = dataclasses.field(default_factory=ids.new)

    @property
    def owner(self):
        return {"account_id": self.account_id, "profile_id": self.profile_id}


@pytest.fixture
async def real_bookmarks(viewing_harness):
    viewer, film_id, series = viewing_harness.viewer(), viewing_harness.film(), viewing_harness.series()
    episode_ids = list(series.ids.values())[:2]
    await viewer.save(film_id, 60)
    for episode_id in episode_ids:
        await viewer.save("", 60, episode_id=episode_id)
    token = testing.a_token(account_id=viewer.account_id, profile_id=viewer.profile_id)
    yield Bookmarks(viewing_harness.viewing, token, film_id, series.title_id, episode_ids)


@pytest.fixture
async def of_playback():
    fake, film_id, series_id, episode_ids = playback_fakes.Viewing(), ids.new(), ids.new(), [ids.new(), ids.new()]
    fake.add_bookmark(film_id, timedelta(minutes=1))
    for episode_id in episode_ids:
        fake.add_bookmark(series_id, timedelta(minutes=1), episode_id=episode_id)
    register = viewing_service_pb2_grpc.add_ViewingServiceServicer_to_server
    async with testing.channel_to((register, fake)) as channel:
        stub = viewing_service_pb2_grpc.ViewingServiceStub(channel)
        yield Bookmarks(stub, testing.a_token(), film_id, series_id, episode_ids)


@pytest.fixture
async def real_signals(viewing_harness):
    viewer, title_ids = viewing_harness.viewer(), [viewing_harness.film(), viewing_harness.film()]
    for title_id in title_ids:
        await viewer.rate(title_id)
    yield Signals(viewing_harness.internal, title_ids, viewer.account_id, viewer.profile_id)


@pytest.fixture
async def of_recommendation():
    fake, title_ids = recommendation_harness.Viewing(), [ids.new(), ids.new()]
    register = viewing_internal_pb2_grpc.add_ViewingInternalServiceServicer_to_server
    async with testing.channel_to((register, fake)) as channel:
        signals = Signals(viewing_internal_pb2_grpc.ViewingInternalServiceStub(channel), title_ids)
        for title_id in title_ids:
            fake.add_signals(signals.profile_id, recommendation_harness.liked(title_id))
        yield signals


@by("real_bookmarks", "of_playback")
async def test_bookmarks_of_a_series_are_those_of_its_episodes_the_latest_first(peer):
    async def listed(subject):
        request = viewing_service_pb2.ListBookmarksRequest(subject=subject, page_size=200)
        return (await peer.stub.ListBookmarks(request, metadata=testing.bearing(peer.token))).bookmarks

    [film], series = (
        await listed(watchable_subjects.title(peer.film_id)),
        await listed(watchable_subjects.title(peer.series_id)),
    )
    [episode] = await listed(watchable_subjects.episode(peer.episode_ids[0]))

    assert (watchable_subjects.title(peer.film_id), False) == (film.subject, film.HasField("parent"))
    assert [watchable_subjects.episode(each) for each in reversed(peer.episode_ids)] == [
        each.subject for each in series
    ]
    assert all(each.parent == watchable_subjects.title(peer.series_id) for each in series)
    assert (series[-1], 60) == (episode, episode.position.seconds)
    assert [] == list(await listed(watchable_subjects.title(ids.new())))


@by("real_signals", "of_recommendation")
async def test_signals_come_once_for_each_title_the_latest_first_with_a_revision(peer):
    request = viewing_internal_pb2.GetSignalsRequest(**peer.owner)
    response = await peer.stub.GetSignals(request, metadata=testing.as_service("recommendation"))

    assert peer.title_ids[::-1] == [each.subject.title_id for each in response.signals]
    assert {viewing_pb2.THUMB_UP} == {each.thumb for each in response.signals}
    assert response.revision == 2


@by("real_signals", "of_recommendation")
async def test_a_profile_without_signals_has_revision_zero(peer):
    request = viewing_internal_pb2.GetSignalsRequest(account_id=ids.new(), profile_id=ids.new())
    response = await peer.stub.GetSignals(request, metadata=testing.as_service("recommendation"))

    assert (0, 0) == (response.revision, len(response.signals))


@by("real_signals", "of_recommendation")
async def test_a_forgotten_signal_is_gone_with_the_revision_that_is_returned(peer):
    request = viewing_internal_pb2.ForgetSignalsRequest(
        **peer.owner,
        subject=watchable_subjects.title(peer.title_ids[0]),
        kinds=[viewing_internal_pb2.SIGNAL_KIND_RATED],
    )
    forgotten = await peer.stub.ForgetSignals(request, metadata=testing.as_service("recommendation"))
    response = await peer.stub.GetSignals(
        viewing_internal_pb2.GetSignalsRequest(**peer.owner), metadata=testing.as_service("recommendation")
    )

    assert peer.title_ids[1:] == [each.subject.title_id for each in response.signals]
    assert (3, 3) == (forgotten.revision, response.revision)
