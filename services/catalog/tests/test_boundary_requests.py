"""Requests with values at the edges, in every field of every method."""

import pytest
from marquee.catalog.v1 import (
    catalog_admin_service_pb2,
    catalog_service_pb2,
    collection_admin_service_pb2,
    collection_service_pb2,
)

from services.catalog.tests import builders, collection_calls
from services.kit import boundary_requests, testing

# While hypothesis draws a request, the service may use `random` in another thread, which hypothesis takes for its own.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies")


async def test_no_request_of_a_viewer_is_a_fault(catalog):
    await catalog.import_rows(builders.a_series(title_id=boundary_requests.ID, genres=["Drama"]))
    await collection_calls.save(
        catalog, collection_calls.a_collection(boundary_requests.ID, collection_id=boundary_requests.ID)
    )

    await boundary_requests.check(
        catalog.channel,
        "marquee.catalog.v1.CatalogService",
        "marquee.catalog.v1.CollectionService",
        metadata=builders.VIEWER,
        bases={
            "GetTitle": catalog_service_pb2.GetTitleRequest(title_id=boundary_requests.ID),
            "ListEpisodes": catalog_service_pb2.ListEpisodesRequest(title_id=boundary_requests.ID),
            "SearchTitles": catalog_service_pb2.SearchTitlesRequest(query="lighthouse"),
            "SuggestSearch": catalog_service_pb2.SuggestSearchRequest(query="light"),
            "GetCollection": collection_service_pb2.GetCollectionRequest(collection_id=boundary_requests.ID),
        },
    )


async def test_no_request_of_an_editor_or_a_service_is_a_fault(catalog):
    await catalog.import_rows(builders.a_series(title_id=boundary_requests.ID))
    collection = collection_calls.a_collection(
        boundary_requests.ID, window=(testing.NOW, None), collection_id=boundary_requests.ID
    )

    await boundary_requests.check(
        catalog.channel,
        "marquee.catalog.v1.CatalogAdminService",
        "marquee.catalog.v1.CollectionAdminService",
        metadata=builders.EDITOR,
        bases={
            "EnrichTitles": catalog_admin_service_pb2.EnrichTitlesRequest(title_ids=[boundary_requests.ID]),
            "ReviewTitleEnrichment": catalog_admin_service_pb2.ReviewTitleEnrichmentRequest(
                title_id=boundary_requests.ID, field=catalog_admin_service_pb2.ENRICHED_FIELD_MOODS, values=["wry"]
            ),
            "SaveCollection": collection_admin_service_pb2.SaveCollectionRequest(collection=collection),
        },
    )
    await boundary_requests.check(
        catalog.channel,
        "marquee.catalog.v1.CatalogInternalService",
        time=catalog.clock,
    )
