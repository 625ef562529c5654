"""Calls of the collection services, with defaults."""

from google.protobuf.timestamp_pb2 import Timestamp
from marquee.catalog.v1 import catalog_pb2, collection_admin_service_pb2, collection_service_pb2

from services.catalog.tests import builders
from services.kit import ids


def at(time):
    message = Timestamp()
    message.FromDatetime(time)
    return message


def a_collection(*title_ids, name="A Night in the Fog", tagline="", window=(None, None), **changes):
    start, end = (at(time) if time else None for time in window)
    texts = changes.pop("texts", {"en": (name, tagline)})
    draft = catalog_pb2.Collection(
        **{"collection_id": ids.new(), "title_ids": title_ids, **changes},
    )
    for language, (display_name, line) in texts.items():
        draft.texts[language].display_name = display_name
        draft.texts[language].tagline = line
    if start or end:
        draft.window.CopyFrom(catalog_pb2.AvailabilityWindow(start_time=start, end_time=end))
    return draft


async def save(catalog, draft, metadata=builders.EDITOR):
    request = collection_admin_service_pb2.SaveCollectionRequest(collection=draft)
    return await catalog.collection_admin.SaveCollection(request, metadata=metadata)


async def delete(catalog, collection_id, etag=""):
    request = collection_admin_service_pb2.DeleteCollectionRequest(collection_id=collection_id, etag=etag)
    await catalog.collection_admin.DeleteCollection(request, metadata=builders.EDITOR)


async def list_drafts(catalog, **request):
    return await catalog.collection_admin.ListCollections(
        collection_admin_service_pb2.CollectionAdminServiceListCollectionsRequest(**request), metadata=builders.EDITOR
    )


async def list_collections(catalog, metadata=builders.VIEWER, **request):
    return await catalog.collections.ListCollections(
        collection_service_pb2.ListCollectionsRequest(**request), metadata=metadata
    )


async def get_collection(catalog, collection_id, metadata=builders.VIEWER, **request):
    return await catalog.collections.GetCollection(
        collection_service_pb2.GetCollectionRequest(collection_id=collection_id, **request), metadata=metadata
    )


async def names(catalog, **request):
    return [one.display_name for one in (await list_collections(catalog, **request)).collections]
