"""The catalog, and its fakes in the tests of playback, viewing, entitlement and recommendation."""

import dataclasses
import operator
from typing import Any

import grpc
import pytest
from marquee.catalog.v1 import (
    catalog_internal_pb2,
    catalog_internal_pb2_grpc,
    catalog_pb2,
    catalog_service_pb2,
    catalog_service_pb2_grpc,
)

from services.catalog.tests import builders as catalog_builders
from services.catalog.tests import conftest as catalog_conftest
from services.entitlement.tests import harness as entitlement_harness
from services.kit import ids, testing
from services.playback.tests import fakes as playback_fakes
from services.recommendation.tests import builders as recommendation_builders
from services.recommendation.tests import fakes as recommendation_fakes
from services.viewing.tests import builders as viewing_builders
from services.viewing.tests import fakes as viewing_fakes
from tests.contracts.implementations import ADULT, KID, by, refusal

_REGISTER = catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server
_REGISTER_INTERNAL = catalog_internal_pb2_grpc.add_CatalogInternalServiceServicer_to_server


@dataclasses.dataclass
class Catalog:
    """A catalog with a film, a mature film, and a series of two seasons with two episodes each."""

    channel: grpc.aio.Channel
    film_id: str
    mature_id: str
    series_id: str = ""
    #: In their order.
    episode_ids: list[str] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self.titles: Any = catalog_service_pb2_grpc.CatalogServiceStub(self.channel)
        self.internal: Any = catalog_internal_pb2_grpc.CatalogInternalServiceStub(self.channel)


@pytest.fixture
async def real(database_url, redis_url):
    seasons = [
        {"number": season, "episodes": [{"episode_id": ids.new(), "number": n, "title": f"Part {n}"} for n in (1, 2)]}
        for season in (1, 2)
    ]
    film, mature = catalog_builders.a_row(), catalog_builders.a_row(maturity="R")
    series = catalog_builders.a_series(seasons=seasons)
    episode_ids = [episode["episode_id"] for season in seasons for episode in season["episodes"]]
    async with catalog_conftest.run_replica(await database_url("catalog"), redis_url) as running:
        await running.import_rows(film, mature, series)
        yield Catalog(running.channel, film["title_id"], mature["title_id"], series["title_id"], episode_ids)


@pytest.fixture
async def of_playback():
    fake = playback_fakes.Catalog()
    film_id, mature_id = fake.film(), fake.film(age=17)
    async with testing.channel_to((_REGISTER, fake)) as channel:
        yield Catalog(channel, film_id, mature_id, *fake.series(2, 2))


@pytest.fixture
async def of_viewing():
    fake, series = viewing_fakes.Catalog(), viewing_builders.a_series(age=8)
    film_id, mature_id = (fake.add(viewing_builders.a_film(age=age)) for age in (8, 17))
    fake.add(series)
    internal = viewing_fakes.CatalogInternal(fake)
    async with testing.channel_to((_REGISTER, fake), (_REGISTER_INTERNAL, internal)) as channel:
        yield Catalog(channel, film_id, mature_id, series.title_id, list(series.ids.values()))


@pytest.fixture
async def of_entitlement():
    fake, episode_ids = entitlement_harness.Catalog(), [ids.new() for _ in range(4)]
    film, mature, series = (entitlement_harness.some_facts(ids.new(), revision=n) for n in (1, 2, 3))
    mature.maturity_rating.age = 17
    series.type = catalog_pb2.TITLE_TYPE_SERIES
    series.episode_ids.extend(episode_ids)
    fake.facts = [film, mature, series]
    async with testing.channel_to((_REGISTER_INTERNAL, fake)) as channel:
        yield Catalog(channel, film.title_id, mature.title_id, series.title_id, episode_ids)


@pytest.fixture
async def of_recommendation():
    fake, episode_ids = recommendation_fakes.Catalog(), [ids.new() for _ in range(4)]
    film, mature = recommendation_builders.facts(), recommendation_builders.facts(maturity_age=17)
    series = recommendation_builders.facts(type=catalog_pb2.TITLE_TYPE_SERIES, episode_ids=episode_ids)
    episodes = [
        catalog_internal_pb2.EpisodeRef(episode_id=episode_id, season_number=1 + n // 2, episode_number=1 + n % 2)
        for n, episode_id in enumerate(episode_ids)
    ]
    for facts in (film, mature):
        fake.put(facts, recommendation_builders.document(facts, "A film"))
    fake.put(series, recommendation_builders.document(series, "A series", episodes=episodes))
    async with testing.channel_to((_REGISTER_INTERNAL, fake)) as channel:
        yield Catalog(channel, film.title_id, mature.title_id, series.title_id, episode_ids)


_FOR_VIEWERS = ("real", "of_playback", "of_viewing")


@by(*_FOR_VIEWERS)
async def test_a_title_has_its_kind_and_a_name(peer):
    kinds = {peer.film_id: catalog_pb2.TITLE_TYPE_FILM, peer.series_id: catalog_pb2.TITLE_TYPE_SERIES}
    for title_id, kind in kinds.items():
        request = catalog_service_pb2.GetTitleRequest(title_id=title_id)
        title = (await peer.titles.GetTitle(request, metadata=KID)).title

        assert (title_id, kind) == (title.title_id, title.type)
        assert title.display_name


@by(*_FOR_VIEWERS)
async def test_a_title_above_the_ceiling_is_hidden_like_one_that_does_not_exist(peer):
    await peer.titles.GetTitle(catalog_service_pb2.GetTitleRequest(title_id=peer.mature_id), metadata=ADULT)
    for title_id in (peer.mature_id, ids.new()):
        request = catalog_service_pb2.GetTitleRequest(title_id=title_id)

        expected = (grpc.StatusCode.NOT_FOUND, "TITLE_NOT_FOUND", "platform.marquee", {"title_id": title_id})
        assert expected == await refusal(peer.titles.GetTitle(request, metadata=KID))


@by(*_FOR_VIEWERS)
async def test_a_batch_has_the_visible_titles_in_the_order_of_the_request(peer):
    title_ids = [peer.series_id, ids.new(), peer.mature_id, peer.film_id]
    request = catalog_service_pb2.BatchGetTitlesRequest(title_ids=title_ids)
    response = await peer.titles.BatchGetTitles(request, metadata=KID)

    assert [peer.series_id, peer.film_id] == [title.title_id for title in response.titles]


@by(*_FOR_VIEWERS)
async def test_an_episode_names_its_series(peer):
    request = catalog_service_pb2.GetEpisodeRequest(episode_id=peer.episode_ids[2])
    episode = (await peer.titles.GetEpisode(request, metadata=KID)).episode
    unknown = ids.new()
    missing = peer.titles.GetEpisode(catalog_service_pb2.GetEpisodeRequest(episode_id=unknown), metadata=KID)

    assert (peer.episode_ids[2], peer.series_id) == (episode.episode_id, episode.title_id)
    expected = (grpc.StatusCode.NOT_FOUND, "EPISODE_NOT_FOUND", "platform.marquee", {"episode_id": unknown})
    assert expected == await refusal(missing)


@by("real", "of_playback")
async def test_episodes_are_listed_page_by_page_in_their_order(peer):
    request = catalog_service_pb2.ListEpisodesRequest(title_id=peer.series_id, page_size=3)
    first = await peer.titles.ListEpisodes(request, metadata=KID)
    request.page_token = first.next_page_token
    second = await peer.titles.ListEpisodes(request, metadata=KID)

    episodes = [*first.episodes, *second.episodes]
    assert peer.episode_ids == [episode.episode_id for episode in episodes]
    assert [(1, 1), (1, 2), (2, 1), (2, 2)] == [(each.season_number, each.episode_number) for each in episodes]
    assert {peer.series_id} == {episode.title_id for episode in episodes}
    assert (3, "") == (len(first.episodes), second.next_page_token)


@by("real", "of_viewing")
async def test_an_episode_index_has_the_episodes_in_their_order_and_leaves_out_unknown_series(peer):
    request = catalog_internal_pb2.BatchGetEpisodeIndexRequest(title_ids=[ids.new(), peer.series_id])
    [index] = (await peer.internal.BatchGetEpisodeIndex(request, metadata=testing.as_service("viewing"))).indexes

    assert (peer.series_id, peer.episode_ids) == (index.title_id, [each.episode_id for each in index.episodes])
    assert [(1, 1), (1, 2), (2, 1), (2, 2)] == [(each.season_number, each.episode_number) for each in index.episodes]


@by("real", "of_viewing")
async def test_the_series_of_episodes_are_resolved_and_unknown_episodes_left_out(peer):
    request = catalog_internal_pb2.ResolveEpisodesRequest(episode_ids=[ids.new(), *peer.episode_ids[1:3]])
    response = await peer.internal.ResolveEpisodes(request, metadata=testing.as_service("viewing"))

    resolved = {(each.episode_id, each.title_id) for each in response.episodes}
    assert {(episode_id, peer.series_id) for episode_id in peer.episode_ids[1:3]} == resolved


@by("real", "of_entitlement", "of_recommendation", "of_viewing")
async def test_facts_come_once_for_each_title_with_revisions_of_their_own(peer):
    stream = peer.internal.StreamTitleFacts(
        catalog_internal_pb2.StreamTitleFactsRequest(), metadata=testing.as_service("recommendation")
    )
    facts = {each.title_id: each async for response in stream for each in response.facts}

    assert {peer.film_id, peer.mature_id, peer.series_id} == set(facts)
    assert {catalog_pb2.TITLE_STATE_PUBLISHED} == {each.state for each in facts.values()}
    assert [8, 17] == [facts[title_id].maturity_rating.age for title_id in (peer.film_id, peer.mature_id)]
    assert [[], peer.episode_ids] == [list(facts[title_id].episode_ids) for title_id in (peer.film_id, peer.series_id)]
    assert len(facts) == len(set(map(operator.attrgetter("revision"), facts.values())))


@by("real", "of_recommendation")
async def test_documents_are_of_the_requested_titles_or_of_all(peer):
    async def documents(*title_ids):
        request = catalog_internal_pb2.StreamTitleDocumentsRequest(title_ids=title_ids)
        stream = peer.internal.StreamTitleDocuments(request, metadata=testing.as_service("recommendation"))
        return {each.title_id: each async for response in stream for each in response.documents}

    requested = await documents(peer.series_id, ids.new())

    assert {peer.series_id} == set(requested)
    assert peer.episode_ids == [episode.episode_id for episode in requested[peer.series_id].episodes]
    assert {peer.film_id, peer.mature_id, peer.series_id} == set(everything := await documents())
    assert all(each.display_names["en"] for each in everything.values())
