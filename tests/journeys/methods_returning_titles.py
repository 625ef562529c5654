"""The methods that viewers can call and that can return titles, and a request for each of them.

Ids in the requests are placeholders: a request that holds one is sent for each title of a test.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from google.protobuf import descriptor, descriptor_pool, duration_pb2
from google.protobuf.message import Message
from marquee.catalog.v1 import catalog_service_pb2, collection_service_pb2
from marquee.entitlement.v1 import entitlement_service_pb2
from marquee.playback.v1 import playback_service_pb2
from marquee.recommendation.v1 import recommendation_service_pb2, taste_service_pb2
from marquee.viewing.v1 import viewing_pb2, viewing_service_pb2

from deploy.seed import demo_channels
from gateway import contract
from services.kit import clock, ids, timestamps, watchable_subjects

TITLE, EPISODE, COLLECTION, SIGNAL, RAIL = (ids.new() for _ in range(5))
#: What every text of a hidden title contains.
SECRET = "Zyxomorph"
#: How long the titles of a test are: shorter than those of the demo data, so that a pick can ask for them alone.
SHORT = duration_pb2.Duration(seconds=60)

CONTRACT = Path(__file__).parents[2] / "proto" / "gen" / "marquee.binpb"
_VIEWERS = {contract.Audience.PUBLIC, contract.Audience.ACCOUNT, contract.Audience.PROFILE}
SUBJECT = "marquee.type.v1.Subject"
#: Fields that viewers never receive.
_NEVER_SENT = {"marquee.epg.v1.Channel.filler"}
POSITION = duration_pb2.Duration(seconds=20)
_PLACE = {"position": POSITION, "duration": SHORT}

_DEMO_GUIDE = recommendation_service_pb2.GuideWindow(
    channel_ids=[channel.channel_id for channel in demo_channels.load()],
    start_time=timestamps.from_datetime(clock.SystemClock().now()),
    end_time=timestamps.from_datetime(clock.SystemClock().now() + timedelta(days=7)),
)

#: By method: the requests that make it return titles.
REQUESTS: Mapping[str, list[Message]] = {
    "CatalogService.GetTitle": [catalog_service_pb2.GetTitleRequest(title_id=TITLE)],
    "CatalogService.BatchGetTitles": [catalog_service_pb2.BatchGetTitlesRequest(title_ids=[TITLE])],
    "CatalogService.ListTitles": [
        catalog_service_pb2.ListTitlesRequest(page_size=100),
        catalog_service_pb2.ListTitlesRequest(page_size=100, genre_id=SECRET.lower()),
    ],
    "CatalogService.GetEpisode": [catalog_service_pb2.GetEpisodeRequest(episode_id=EPISODE)],
    "CatalogService.ListEpisodes": [catalog_service_pb2.ListEpisodesRequest(title_id=TITLE)],
    "CatalogService.GetFilters": [catalog_service_pb2.GetFiltersRequest()],
    "CatalogService.SearchTitles": [
        catalog_service_pb2.SearchTitlesRequest(query=SECRET, page_size=50),
        catalog_service_pb2.SearchTitlesRequest(query=SECRET[:-2], page_size=50),
    ],
    "CatalogService.SuggestSearch": [catalog_service_pb2.SuggestSearchRequest(query=SECRET[:5], page_size=20)],
    "CollectionService.GetCollection": [
        collection_service_pb2.GetCollectionRequest(collection_id=COLLECTION, page_size=100)
    ],
    "CollectionService.ListCollections": [collection_service_pb2.ListCollectionsRequest(page_size=50, title_limit=20)],
    "EntitlementService.CheckAccess": [
        entitlement_service_pb2.CheckAccessRequest(subject=watchable_subjects.title(TITLE)),
        entitlement_service_pb2.CheckAccessRequest(subject=watchable_subjects.episode(EPISODE)),
    ],
    "EntitlementService.BatchCheckAccess": [
        entitlement_service_pb2.BatchCheckAccessRequest(
            subjects=[watchable_subjects.title(TITLE), watchable_subjects.episode(EPISODE)]
        )
    ],
    "EntitlementService.ListPackages": [entitlement_service_pb2.ListPackagesRequest()],
    "PlaybackService.StartSession": [
        playback_service_pb2.StartSessionRequest(subject=watchable_subjects.title(TITLE)),
        playback_service_pb2.StartSessionRequest(subject=watchable_subjects.episode(EPISODE)),
    ],
    "RecommendationService.GetHome": [recommendation_service_pb2.GetHomeRequest(page_size=30)],
    "RecommendationService.ListRailItems": [
        recommendation_service_pb2.ListRailItemsRequest(rail_id=RAIL, page_token=RAIL, page_size=50)
    ],
    "RecommendationService.ListSimilarTitles": [
        recommendation_service_pb2.ListSimilarTitlesRequest(subject=watchable_subjects.title(TITLE), page_size=50),
        recommendation_service_pb2.ListSimilarTitlesRequest(subject=watchable_subjects.episode(EPISODE), page_size=50),
    ],
    "RecommendationService.ListPostPlay": [
        recommendation_service_pb2.ListPostPlayRequest(subject=watchable_subjects.title(TITLE), page_size=20),
        recommendation_service_pb2.ListPostPlayRequest(subject=watchable_subjects.episode(EPISODE), page_size=20),
    ],
    "RecommendationService.PickForMood": [recommendation_service_pb2.PickForMoodRequest(max_duration=SHORT)],
    "RecommendationService.GetTonight": [recommendation_service_pb2.GetTonightRequest(page_size=50)],
    "RecommendationService.ListGuideBadges": [recommendation_service_pb2.ListGuideBadgesRequest(window=_DEMO_GUIDE)],
    "TasteService.ListTasteSignals": [taste_service_pb2.ListTasteSignalsRequest(page_size=200)],
    "TasteService.PauseTasteSignal": [taste_service_pb2.PauseTasteSignalRequest(signal_id=f"rated.{TITLE}")],
    "TasteService.ResumeTasteSignal": [taste_service_pb2.ResumeTasteSignalRequest(signal_id=f"rated.{TITLE}")],
    "TasteService.ExportTaste": [taste_service_pb2.ExportTasteRequest()],
    "ViewingService.SaveBookmark": [
        viewing_service_pb2.SaveBookmarkRequest(subject=watchable_subjects.title(TITLE), **_PLACE),
        viewing_service_pb2.SaveBookmarkRequest(subject=watchable_subjects.episode(EPISODE), **_PLACE),
    ],
    "ViewingService.ListBookmarks": [viewing_service_pb2.ListBookmarksRequest(page_size=200)],
    "ViewingService.ListContinueWatching": [viewing_service_pb2.ListContinueWatchingRequest(page_size=50)],
    "ViewingService.RateSubject": [
        viewing_service_pb2.RateSubjectRequest(subject=watchable_subjects.title(TITLE), thumb=viewing_pb2.THUMB_UP)
    ],
    "ViewingService.ListRatings": [viewing_service_pb2.ListRatingsRequest(page_size=200)],
    "ViewingService.AddToWatchlist": [
        viewing_service_pb2.AddToWatchlistRequest(subject=watchable_subjects.title(TITLE))
    ],
    "ViewingService.ListWatchlist": [viewing_service_pb2.ListWatchlistRequest(page_size=100)],
    "ViewingService.ListHistory": [viewing_service_pb2.ListHistoryRequest(page_size=100)],
    "ViewingService.ListRecentlyViewed": [viewing_service_pb2.ListRecentlyViewedRequest(page_size=100)],
    "ViewingService.ListSuppressions": [viewing_service_pb2.ListSuppressionsRequest(page_size=100)],
    "ViewingService.BatchGetSubjectStates": [
        viewing_service_pb2.BatchGetSubjectStatesRequest(
            subjects=[watchable_subjects.title(TITLE), watchable_subjects.episode(EPISODE)]
        )
    ],
    "ViewingService.GetStats": [viewing_service_pb2.GetStatsRequest()],
}


def title_methods() -> Iterator[descriptor.MethodDescriptor]:
    """Yields every method that viewers can call and whose response can hold a title."""
    yield from methods_returning(_is_title)


def methods_returning(
    is_named: Callable[[str], bool], public_documents_of: str = ""
) -> Iterator[descriptor.MethodDescriptor]:
    """Yields every method that viewers can call and whose response can hold a message of such a name.

    Methods about a session are left out: it exists only where `StartSession` was allowed, and tests of playback check
    what it states. Documents may hold anything. A public one is opened by the token in its address, which
    `StartSession` returns, unless it is of the service `public_documents_of`.
    """
    contract_ = contract.Contract.parse(CONTRACT.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in contract_.files.file:
        pool.Add(file)
    for method in contract_.visible_methods:
        found = pool.FindMethodByName(f"{method.service}.{method.name}")
        names = _type_names(found.output_type, set())
        may_hold_names = method.is_document and (
            method.audience is not contract.Audience.PUBLIC or method.service == public_documents_of
        )
        if "session_id" in found.input_type.fields_by_name:
            continue
        if method.audience in _VIEWERS and (may_hold_names or any(map(is_named, names))):
            yield found


def name_of(method: descriptor.MethodDescriptor) -> str:
    """Returns the name of a method with its service, such as `CatalogService.GetTitle`."""
    return f"{method.containing_service.name}.{method.name}"


def _type_names(message_type: descriptor.Descriptor, names: set[str]) -> set[str]:
    """Returns the names of a type and of all types in its fields; fields for ids of titles count as `Subject`."""
    if message_type.full_name not in names:
        names.add(message_type.full_name)
        for field in message_type.fields:
            if field.full_name in _NEVER_SENT:
                continue
            if field.message_type is not None:
                _type_names(field.message_type, names)
            elif re.search(r"(^|_)(title|episode)_ids?$", field.name):
                names.add(SUBJECT)
    return names


def _is_title(name: str) -> bool:
    return name == SUBJECT or (name.startswith("marquee.catalog.v1.") and not name.endswith("Response"))
