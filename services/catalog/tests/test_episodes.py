"""The episodes of a series, as viewers see them."""

import grpc
import pytest
from marquee.catalog.v1 import catalog_service_pb2
from marquee.type.v1 import type_pb2

from services.catalog.domain import titles
from services.catalog.tests import builders
from services.kit import ids, paging, testing


def a_long_series(**changes):
    seasons = [
        {
            "number": season,
            "episodes": [
                {"episode_id": ids.new(), "number": number, "title": f"S{season}E{number}"} for number in range(1, 6)
            ],
        }
        for season in (2, 1)
    ]
    return builders.a_series(**{"seasons": seasons, **changes})


async def list_episodes(catalog, row, metadata=builders.VIEWER, **request):
    request = catalog_service_pb2.ListEpisodesRequest(title_id=row["title_id"], **request)
    return await catalog.titles.ListEpisodes(request, metadata=metadata)


async def get_episode(catalog, episode_id, metadata=builders.VIEWER, **request):
    request = catalog_service_pb2.GetEpisodeRequest(episode_id=episode_id, **request)
    return (await catalog.titles.GetEpisode(request, metadata=metadata)).episode


async def reason(call):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return testing.reason_of(raised.value)


def names(response):
    return [episode.display_name for episode in response.episodes]


async def test_an_episode_comes_out_as_it_went_in(catalog):
    row = builders.a_series()
    episode = row["seasons"][0]["episodes"][1]
    episode.update(
        synopsis="Onions.",
        duration_minutes=31,
        localized={"hi": {"title": "भाग दो"}},
        images=[{"kind": "still", "uri": "https://example.test/still.jpg"}],
    )
    await catalog.import_rows(row)

    shown = await get_episode(catalog, episode["episode_id"])

    assert [shown] == [one for one in (await list_episodes(catalog, row)).episodes if one.episode_number == 2]
    assert (row["title_id"], titles.season_id(row["title_id"], 1), 1, 2) == (
        shown.title_id,
        shown.season_id,
        shown.season_number,
        shown.episode_number,
    )
    assert ("Part 2", "Onions.", 31 * 60) == (shown.display_name, shown.synopsis, shown.duration.seconds)
    assert [(type_pb2.IMAGE_KIND_STILL, "https://example.test/still.jpg")] == [
        (image.kind, image.uri) for image in shown.images
    ]
    assert "भाग दो" == (await get_episode(catalog, episode["episode_id"], display_language_code="hi-IN")).display_name


async def test_episodes_come_by_season_and_number_in_pages(catalog):
    row = a_long_series()
    await catalog.import_rows(row)
    pages, token = [], ""
    while not pages or token:
        response = await list_episodes(catalog, row, page_size=4, page_token=token)
        pages.append(names(response))
        token = response.next_page_token

    assert [4, 4, 2] == [len(page) for page in pages]
    assert [f"S{season}E{number}" for season in (1, 2) for number in range(1, 6)] == [
        name for page in pages for name in page
    ]


async def test_one_season_is_listed_by_its_id_or_its_number(catalog):
    row = a_long_series()
    await catalog.import_rows(row)
    title = (
        await catalog.titles.GetTitle(
            catalog_service_pb2.GetTitleRequest(title_id=row["title_id"]), metadata=builders.VIEWER
        )
    ).title
    assert [(1, 5), (2, 5)] == [(season.season_number, season.episode_count) for season in title.seasons]

    by_number = await list_episodes(catalog, row, season_number=2, page_size=2)
    by_id = await list_episodes(catalog, row, season_id=title.seasons[1].season_id, page_size=2)

    assert ["S2E1", "S2E2"] == names(by_number) == names(by_id)
    assert 5 == by_number.total_size == by_id.total_size
    assert [] == names(await list_episodes(catalog, row, season_number=3))
    assert [] == names(await list_episodes(catalog, row, season_id=ids.new()))


async def test_a_change_of_a_series_is_seen_at_once(catalog):
    row = builders.a_series()
    await catalog.import_rows(row)
    assert ["Part 1", "Part 2"] == names(await list_episodes(catalog, row))
    first, second = row["seasons"][0]["episodes"]
    first.update(number=2, title="Now second")
    second.update(number=1, title="Now first")

    await catalog.import_rows(row)

    assert ["Now first", "Now second"] == names(await list_episodes(catalog, row))
    assert "Now second" == (await get_episode(catalog, first["episode_id"])).display_name


async def test_episodes_of_a_hidden_series_are_not_found(catalog):
    row = builders.a_series(maturity="R")
    await catalog.import_rows(row)
    episode_id = row["seasons"][0]["episodes"][0]["episode_id"]
    child = builders.viewer(maturity_ceiling=8)

    assert "EPISODE_NOT_FOUND" == await reason(get_episode(catalog, episode_id, child))
    assert "TITLE_NOT_FOUND" == await reason(list_episodes(catalog, row, child))
    assert "EPISODE_NOT_FOUND" == await reason(get_episode(catalog, ids.new()))


async def test_a_page_token_belongs_to_one_list_of_episodes(catalog):
    row, other = a_long_series(), a_long_series()
    await catalog.import_rows(row, other)
    token = (await list_episodes(catalog, row, page_size=1)).next_page_token
    forged = paging.token([1, "x", ids.new()], of=["episodes", row["title_id"], "", None])

    for call in (
        list_episodes(catalog, other, page_token=token),
        list_episodes(catalog, row, season_number=1, page_token=token),
        list_episodes(catalog, row, page_token=forged),
    ):
        assert "PAGE_TOKEN_INVALID" == await reason(call)
