"""The streams of documents and facts, and the index of episodes, for other services."""

from datetime import UTC, datetime, timedelta

import grpc
import pytest
from marquee.catalog.v1 import catalog_internal_pb2, catalog_pb2

from services.catalog.tests import builders
from services.kit import ids, testing


async def documents(catalog, *title_ids):
    request = catalog_internal_pb2.StreamTitleDocumentsRequest(title_ids=title_ids)
    stream = catalog.internal.StreamTitleDocuments(
        request, metadata=testing.as_service("recommendation", at=catalog.clock)
    )
    return [document async for message in stream for document in message.documents]


def a_series_of(count, title="Part"):
    episodes = [{"episode_id": ids.new(), "number": number, "title": title} for number in range(1, count + 1)]
    return builders.a_series(seasons=[{"number": 1, "episodes": episodes}])


async def publish_times(catalog, row):
    (reported,) = await documents(catalog, row["title_id"])
    return [episode.publish_time.ToDatetime(UTC) for episode in reported.episodes]


async def test_a_document_tells_what_a_title_is_about(catalog):
    row = builders.a_series(
        title="The Last Recipe",
        original_title="La última receta",
        tagline="Add salt.",
        synopsis="A cook forgets.",
        localized={"hi": {"title": "आख़िरी नुस्ख़ा", "synopsis": "एक रसोइया।"}},
        language="es",
        release_date="2021-10",
        genres=["Drama", "Comedy"],
        moods=["warm"],
        themes=["food"],
        credits=[{"person": f"Person {number // 2}", "role": "actor"} for number in range(40)],
        featured=True,
        state="DRAFT",
    )
    first, second = row["seasons"][0]["episodes"]
    first.update(duration_minutes=31, publish_time="2026-05-01T02:00:00+02:00")
    await catalog.import_rows(row)

    (reported,) = await documents(catalog, row["title_id"].upper())

    assert reported.revision > 0
    reported.revision = 0
    assert (
        catalog_internal_pb2.TitleDocument(
            title_id=row["title_id"],
            type=catalog_pb2.TITLE_TYPE_SERIES,
            display_names={"en": "The Last Recipe", "es": "La última receta", "hi": "आख़िरी नुस्ख़ा"},
            tagline="Add salt.",
            synopsis="A cook forgets.",
            genres=[
                {"genre_id": "drama", "display_name": "Drama"},
                {"genre_id": "comedy", "display_name": "Comedy"},
            ],
            genre_translations=[
                {"term_id": "drama", "display_names": {"hi": "ड्रामा", "de": "Drama"}},
                {"term_id": "comedy", "display_names": {"hi": "कॉमेडी", "de": "Komödie"}},
            ],
            moods=[{"mood_id": "warm", "display_name": "warm"}],
            themes=[{"theme_id": "food", "display_name": "food"}],
            people=[f"Person {number}" for number in range(12)],
            language_code="es",
            release_date={"year": 2021, "month": 10},
            duration={"seconds": 31 * 60},
            featured=True,
            episodes=[
                {
                    "episode_id": first["episode_id"],
                    "season_number": 1,
                    "episode_number": 1,
                    "display_name": "Part 1",
                    "publish_time": datetime(2026, 5, 1, tzinfo=UTC),
                    "duration": {"seconds": 31 * 60},
                },
                {
                    "episode_id": second["episode_id"],
                    "season_number": 1,
                    "episode_number": 2,
                    "display_name": "Part 2",
                    "publish_time": testing.NOW,
                },
            ],
        )
        == reported
    )


async def test_all_documents_come_once_however_many_there_are(catalog):
    rows = [builders.a_row(title=f"Moon {number}") for number in range(450)]
    await catalog.import_rows(*rows)

    reported = await documents(catalog)

    assert [row["title_id"] for row in rows] == [document.title_id for document in reported]
    named = [row["title_id"] for row in rows[:250]]
    assert sorted(named) == sorted(document.title_id for document in await documents(catalog, *named))


async def test_unknown_titles_have_no_document(catalog):
    assert [] == await documents(catalog, ids.new())


async def test_what_is_no_id_is_refused(catalog):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await documents(catalog, "…")

    assert "REQUEST_INVALID" == testing.reason_of(raised.value)


async def test_an_episode_keeps_the_time_it_first_came(catalog):
    row = builders.a_series()
    season = row["seasons"][0]["episodes"]
    await catalog.import_rows(row)
    catalog.clock.advance(timedelta(days=7))
    season.append({"episode_id": ids.new(), "number": 3, "title": "Part 3"})
    await catalog.import_rows({**row, "title": "Renamed"})

    later = testing.NOW + timedelta(days=7)
    assert [testing.NOW, testing.NOW, later] == await publish_times(catalog, row)


async def test_a_time_in_the_file_is_kept_until_the_file_states_another(catalog):
    row = builders.a_series()
    episode = row["seasons"][0]["episodes"][0]
    await catalog.import_rows(row)
    episode["publish_time"] = "2026-05-01T00:00:00Z"
    await catalog.import_rows(row)
    del episode["publish_time"]
    await catalog.import_rows(row)

    assert [datetime(2026, 5, 1, tzinfo=UTC), testing.NOW] == await publish_times(catalog, row)


async def test_a_long_series_fits_into_messages(catalog):
    rows = [a_series_of(900) for _ in range(7)]
    await catalog.import_rows(*rows)

    request = catalog_internal_pb2.StreamTitleDocumentsRequest()
    stream = catalog.internal.StreamTitleDocuments(
        request, metadata=testing.as_service("recommendation", at=catalog.clock)
    )
    documents = [len(message.documents) async for message in stream]
    request = catalog_internal_pb2.StreamTitleFactsRequest()
    stream = catalog.internal.StreamTitleFacts(request, metadata=testing.as_service("recommendation", at=catalog.clock))
    facts = [message.facts async for message in stream]

    assert [5, 2] == documents
    assert [5, 2] == [len(together) for together in facts]
    expected = [episode["episode_id"] for episode in rows[6]["seasons"][0]["episodes"]]
    assert expected == list(facts[1][1].episode_ids)


async def indexes_of(catalog, title_ids):
    """The episode index, and the numbers of series in the messages that it took."""
    indexes, sizes = [], []
    while title_ids:
        response = await catalog.internal.BatchGetEpisodeIndex(
            catalog_internal_pb2.BatchGetEpisodeIndexRequest(title_ids=title_ids),
            metadata=testing.as_service("viewing", at=catalog.clock),
        )
        assert response.ByteSize() < 2 * 1024 * 1024
        indexes += response.indexes
        sizes.append(len(response.indexes))
        title_ids = response.remaining_title_ids
    return indexes, sizes


async def test_an_episode_index_comes_in_messages_of_bounded_size(catalog):
    many = [a_series_of(900) for _ in range(7)]
    long_names = [a_series_of(600, title="千" * 500) for _ in range(2)]
    for row in (*many, *long_names):
        await catalog.import_rows(row)

    indexes, sizes = await indexes_of(catalog, [ids.new(), *(row["title_id"] for row in many)])
    assert ([5, 2], [900] * 7) == (sizes, [len(index.episodes) for index in indexes])
    indexes, sizes = await indexes_of(catalog, [row["title_id"] for row in long_names])
    assert ([1, 1], [600] * 2) == (sizes, [len(index.episodes) for index in indexes])


async def test_episodes_are_listed_and_resolved_for_other_services(catalog):
    series, film = builders.a_series(), builders.a_row()
    await catalog.import_rows(series, film)
    first, second = (episode["episode_id"] for episode in series["seasons"][0]["episodes"])
    metadata = testing.as_service("viewing", at=catalog.clock)

    index = await catalog.internal.BatchGetEpisodeIndex(
        catalog_internal_pb2.BatchGetEpisodeIndexRequest(title_ids=[film["title_id"], series["title_id"], ids.new()]),
        metadata=metadata,
    )
    resolved = await catalog.internal.ResolveEpisodes(
        catalog_internal_pb2.ResolveEpisodesRequest(episode_ids=[second, ids.new(), second]), metadata=metadata
    )

    reported = [(one.title_id, [ref.episode_id for ref in one.episodes]) for one in index.indexes]
    assert [(film["title_id"], []), (series["title_id"], [first, second])] == reported
    assert [(second, series["title_id"])] == [(one.episode_id, one.title_id) for one in resolved.episodes]
