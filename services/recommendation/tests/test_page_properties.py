"""Properties of every page, through the gRPC API, for random titles and histories."""

import random

import grpc
import pytest
from marquee.recommendation.v1 import recommendation_service_pb2
from marquee.viewing.v1 import viewing_internal_pb2, viewing_pb2

from services.kit import testing, visibility, watchable_subjects
from services.recommendation.tests import builders, harness
from services.recommendation.tests.test_home import get

_COUNT = 80


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as running:
        yield running


async def a_catalogue(app, generator):
    """Adds titles of every state and rating; returns the ids of those visible at a maturity ceiling of 13."""
    visible_ids = []
    for title_id in await app.add_titles(_COUNT):
        state = generator.choice([visibility.PUBLISHED] * 4 + [1, 5])
        age = generator.choice([0, 8, 13, 13, 18, None])
        facts = builders.facts(title_id, state=state, maturity_age=age)
        app.world.catalog.put(facts)
        await app.world.title_sync.listen(builders.changed(facts))
        if state == visibility.PUBLISHED and age is not None and age <= 13:
            visible_ids.append(title_id)
    await app.world.title_sync.load()
    return visible_ids


def a_history(generator, title_ids):
    """Returns random signals of a profile, and the ids of the titles that must not be shown to it."""
    title_signals, excluded_ids = [], set()
    for title_id in generator.sample(title_ids, 16):
        kinds = generator.sample(
            [harness.liked, harness.hidden, harness.watched, half_watched, disliked, listed], generator.randint(1, 3)
        )
        merged = viewing_internal_pb2.SubjectSignals(subject=watchable_subjects.title(title_id))
        for kind in kinds:
            merged.MergeFrom(kind(title_id))
        title_signals.append(merged)
        if merged.finished or merged.HasField("suppress_time") or merged.thumb == viewing_pb2.THUMB_DOWN:
            excluded_ids.add(title_id)
    return title_signals, excluded_ids


def half_watched(title_id):
    return harness.watched(title_id, 0.5)


def disliked(title_id):
    title_signals = harness.liked(title_id)
    title_signals.thumb = viewing_pb2.THUMB_DOWN
    return title_signals


def listed(title_id):
    title_signals = viewing_internal_pb2.SubjectSignals(subject=watchable_subjects.title(title_id))
    title_signals.add_time.CopyFrom(harness.liked(title_id).rate_time)
    return title_signals


async def pages(get_page):
    """Returns the title ids of all pages, in order."""
    title_ids, token = [], ""
    while True:
        response = await get_page(token)
        title_ids += (
            harness.shown(response.home)
            if hasattr(response, "home")
            else [each.subject.title_id for each in response.items]
        )
        token = response.next_page_token
        if not token:
            return title_ids


async def picks(app, viewer, mood):
    """Returns all picks for a mood, one after another, until nothing fits."""
    title_ids = []
    while True:
        excluded = [watchable_subjects.title(each) for each in title_ids]
        request = recommendation_service_pb2.PickForMoodRequest(mood=mood, excluded=excluded)
        try:
            title_ids.append((await app.recommendation.PickForMood(request, metadata=viewer)).item.subject.title_id)
        except grpc.aio.AioRpcError as error:
            assert "NOTHING_FITS" == testing.reason_of(error)
            return title_ids


@pytest.mark.parametrize("seed", range(3))
async def test_no_page_shows_a_hidden_finished_disliked_or_closed_title(app, seed):
    generator = random.Random(seed)
    visible_ids = await a_catalogue(app, generator)
    title_signals, excluded_ids = a_history(generator, visible_ids)
    app.add_signals(*title_signals)
    viewer, title_id = app.viewer(maturity_ceiling=13), generator.choice(visible_ids)

    def similar(token):
        request = recommendation_service_pb2.ListSimilarTitlesRequest(
            subject=watchable_subjects.title(title_id), page_size=7, page_token=token
        )
        return app.recommendation.ListSimilarTitles(request, metadata=viewer)

    def post_play(token):
        request = recommendation_service_pb2.ListPostPlayRequest(
            subject=watchable_subjects.title(title_id), page_size=4, page_token=token
        )
        return app.recommendation.ListPostPlay(request, metadata=viewer)

    shown = {
        "home": await pages(lambda token: get(app, viewer, page_size=2, page_token=token)),
        "similar": await pages(similar),
        "post-play": await pages(post_play),
        "pick": await picks(app, viewer, "title"),
    }

    for source, title_ids in shown.items():
        assert len(title_ids) == len(set(title_ids)) > 2, source
        assert set(title_ids) <= set(visible_ids) - excluded_ids, source
