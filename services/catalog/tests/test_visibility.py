"""No response reveals a title that the viewer may not see."""

from datetime import timedelta

import grpc
import hypothesis
from hypothesis import strategies as st
from marquee.catalog.v1 import catalog_pb2, catalog_service_pb2, collection_admin_service_pb2, collection_service_pb2

from services.catalog.domain import import_schema
from services.catalog.tests import builders
from services.kit import ids, testing, visibility

TITLES = [ids.new() for _ in range(8)]
COLLECTION = ids.new()
COUNTRIES = ["US", "IN", "FR"]
HOURS = st.integers(-3, 3)


@st.composite
def windows(draw):
    start, length = draw(HOURS), draw(st.integers(1, 4))
    spans = {
        "from": testing.NOW + timedelta(hours=start),
        "until": testing.NOW + timedelta(hours=start + length),
    }
    kept = draw(st.sets(st.sampled_from(sorted(spans))))
    return {name: time.isoformat() for name, time in spans.items() if name in kept}


FACTS = st.fixed_dictionaries(
    {
        "state": st.sampled_from(["DRAFT", "APPROVED", "ARCHIVED", *["PUBLISHED"] * 6]),
        "maturity": st.sampled_from(["G", "PG", "PG-13", "R", "NC-17"]),
        "availability": st.fixed_dictionaries(
            {
                "territories": st.lists(st.sampled_from(COUNTRIES), max_size=2, unique=True),
                "windows": st.lists(windows(), max_size=2),
            }
        ),
    }
)
VIEWERS = st.builds(visibility.Viewer, st.sampled_from([0, 8, 13, 17, 18]), st.sampled_from([*COUNTRIES, ""]))


async def answered(catalog, metadata):
    """The ids that each method shows, and the genres that are counted; each title has a genre of its own."""
    titles = catalog.titles
    listed = await titles.ListTitles(catalog_service_pb2.ListTitlesRequest(), metadata=metadata)
    batch = await titles.BatchGetTitles(catalog_service_pb2.BatchGetTitlesRequest(title_ids=TITLES), metadata=metadata)
    found = await titles.SearchTitles(catalog_service_pb2.SearchTitlesRequest(query="secret"), metadata=metadata)
    filters = await titles.GetFilters(catalog_service_pb2.GetFiltersRequest(), metadata=metadata)
    got = set()
    for title_id in TITLES:
        try:
            answer = await titles.GetTitle(catalog_service_pb2.GetTitleRequest(title_id=title_id), metadata=metadata)
        except grpc.aio.AioRpcError as failed:
            assert "TITLE_NOT_FOUND" == testing.reason_of(failed)
        else:
            got.add(answer.title.title_id)
    collections = await catalog.collections.ListCollections(
        collection_service_pb2.ListCollectionsRequest(title_limit=20), metadata=metadata
    )
    collected = set()
    try:
        request = collection_service_pb2.GetCollectionRequest(collection_id=COLLECTION)
        answer = await catalog.collections.GetCollection(request, metadata=metadata)
    except grpc.aio.AioRpcError as failed:
        assert "COLLECTION_NOT_FOUND" == testing.reason_of(failed)
    else:
        collected = {title.title_id for title in answer.titles}
    return {
        "ListCollections": {title.title_id for one in collections.collections for title in one.titles},
        "title_count": sum(one.title_count for one in collections.collections),
        "GetCollection": collected,
        "ListTitles": {title.title_id for title in listed.titles},
        "total_size": listed.total_size,
        "BatchGetTitles": {title.title_id for title in batch.titles},
        "SearchTitles": {result.title.title_id for result in found.results},
        "GetFilters": {TITLES[int(genre.value)] for genre in filters.genres},
        "GetTitle": got,
    }


@hypothesis.settings(
    max_examples=15, deadline=None, suppress_health_check=list(hypothesis.HealthCheck), derandomize=True
)
@hypothesis.given(
    facts=st.lists(FACTS, min_size=len(TITLES), max_size=len(TITLES)),
    viewers=st.lists(VIEWERS, min_size=2, max_size=2),
    steps=st.lists(st.integers(0, 2), min_size=2, max_size=2),
)
async def test_every_method_shows_exactly_what_the_predicate_allows(catalog, facts, viewers, steps):
    imported = [
        builders.a_row(title_id=title_id, title="Secret", genres=[str(index)], **changes)
        for index, (title_id, changes) in enumerate(zip(TITLES, facts, strict=True))
    ]
    catalog.clock.advance(testing.NOW - catalog.clock.now())
    judged = [import_schema.read(row)[0].facts for row in imported]
    await catalog.import_rows(*imported)
    collection = catalog_pb2.Collection(collection_id=COLLECTION, title_ids=TITLES)
    collection.texts["en"].display_name = "Secrets"
    save = collection_admin_service_pb2.SaveCollectionRequest(collection=collection)
    await catalog.collection_admin.SaveCollection(save, metadata=builders.EDITOR)

    for step in steps:
        catalog.clock.advance(timedelta(hours=step))
        for viewer in viewers:
            metadata = testing.bearing(
                testing.a_token(
                    maturity_ceiling=viewer.maturity_ceiling,
                    country_code=viewer.country_code,
                    lifetime=timedelta(days=30),
                )
            )
            now = catalog.clock.now()
            allowed = {
                title_id
                for title_id, facts in zip(TITLES, judged, strict=True)
                if visibility.visible(facts, viewer, now)
            }
            assert await answered(catalog, metadata) == {
                "ListCollections": allowed,
                "title_count": len(allowed),
                "GetCollection": allowed,
                "ListTitles": allowed,
                "total_size": len(allowed),
                "BatchGetTitles": allowed,
                "SearchTitles": allowed,
                "GetFilters": allowed,
                "GetTitle": allowed,
            }
