"""What holds of every page that is answered, through the contract, whatever the titles and the histories are."""

import random

import grpc
import pytest
from marquee.recommendation.v1 import recommendation_service_pb2
from marquee.viewing.v1 import viewing_internal_pb2, viewing_pb2

from services.kit import subjects, testing, visibility
from services.recommendation.tests import builders, harness
from services.recommendation.tests.test_home import get

_COUNT = 80


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as opened:
        yield opened


async def a_catalogue(app, chance):
    """Titles of every state and rating; returns the ids of those that a profile of 13 years may know of."""
    open_ids = []
    for title_id in await app.add_titles(_COUNT):
        state = chance.choice([visibility.PUBLISHED] * 4 + [1, 5])
        age = chance.choice([0, 8, 13, 13, 18, None])
        facts = builders.facts(title_id, state=state, maturity_age=age)
        app.world.catalog.put(facts)
        await app.world.title_sync.listen(builders.changed(facts))
        if state == visibility.PUBLISHED and age is not None and age <= 13:
            open_ids.append(title_id)
    await app.world.title_sync.load()
    return open_ids


def a_history(chance, title_ids):
    """What a profile told of some titles, and which of them it must not be shown any more."""
    told, banned = [], set()
    for title_id in chance.sample(title_ids, 16):
        kinds = chance.sample(
            [harness.liked, harness.hidden, harness.watched, half, disliked, listed], chance.randint(1, 3)
        )
        whole = viewing_internal_pb2.SubjectSignals(subject=subjects.title(title_id))
        for kind in kinds:
            whole.MergeFrom(kind(title_id))
        told.append(whole)
        if whole.finished or whole.HasField("suppress_time") or whole.thumb == viewing_pb2.THUMB_DOWN:
            banned.add(title_id)
    return told, banned


def half(title_id):
    return harness.watched(title_id, 0.5)


def disliked(title_id):
    told = harness.liked(title_id)
    told.thumb = viewing_pb2.THUMB_DOWN
    return told


def listed(title_id):
    told = viewing_internal_pb2.SubjectSignals(subject=subjects.title(title_id))
    told.add_time.CopyFrom(harness.liked(title_id).rate_time)
    return told


async def pages(ask):
    """The titles of every page, in their order."""
    found, token = [], ""
    while True:
        answer = await ask(token)
        found += (
            harness.shown(answer.home) if hasattr(answer, "home") else [each.subject.title_id for each in answer.items]
        )
        token = answer.next_page_token
        if not token:
            return found


async def picks(app, viewer, mood):
    """Everything that is picked for a mood, one after the other, until nothing fits any more."""
    found = []
    while True:
        excluded = [subjects.title(each) for each in found]
        asked = recommendation_service_pb2.PickForMoodRequest(mood=mood, excluded=excluded)
        try:
            found.append((await app.recommendation.PickForMood(asked, metadata=viewer)).item.subject.title_id)
        except grpc.aio.AioRpcError as refused:
            assert "NOTHING_FITS" == testing.reason_of(refused)
            return found


@pytest.mark.parametrize("seed", range(3))
async def test_no_page_shows_what_is_hidden_finished_disliked_or_closed(app, seed):
    chance = random.Random(seed)
    open_ids = await a_catalogue(app, chance)
    told, banned = a_history(chance, open_ids)
    app.add_signals(*told)
    viewer, asked = app.viewer(maturity_ceiling=13), chance.choice(open_ids)

    def similar(token):
        request = recommendation_service_pb2.ListSimilarTitlesRequest(
            subject=subjects.title(asked), page_size=7, page_token=token
        )
        return app.recommendation.ListSimilarTitles(request, metadata=viewer)

    def post_play(token):
        request = recommendation_service_pb2.ListPostPlayRequest(
            subject=subjects.title(asked), page_size=4, page_token=token
        )
        return app.recommendation.ListPostPlay(request, metadata=viewer)

    shown = {
        "home": await pages(lambda token: get(app, viewer, page_size=2, page_token=token)),
        "similar": await pages(similar),
        "post-play": await pages(post_play),
        "pick": await picks(app, viewer, "title"),
    }

    for where, title_ids in shown.items():
        assert len(title_ids) == len(set(title_ids)) > 2, where
        assert set(title_ids) <= set(open_ids) - banned, where
