"""No method names a title to a viewer from whom it is hidden, neither by its id nor by a text."""

import dataclasses
from collections.abc import Iterator

import grpc
import pytest
from google.protobuf.message import Message
from marquee.playback.v1 import playback_service_pb2
from marquee.recommendation.v1 import recommendation_service_pb2

from services.kit import ids, watchable_subjects
from tests.journeys import edge_client, hidden_titles, methods_returning_titles
from tests.journeys.methods_returning_titles import SECRET

pytestmark = [pytest.mark.journey, pytest.mark.timeout(1800)]

_PAGES = 10
_DETAILS = "grpc-status-details-bin"

#: Methods that return what the profile itself did, with the ids that it named: without names once it may not see them.
_OWN_RECORD = {
    "ViewingService.ListBookmarks",
    "ViewingService.ListRatings",
    "ViewingService.ListHistory",
    "ViewingService.ListSuppressions",
    "TasteService.ListTasteSignals",
    "TasteService.ExportTaste",
}
#: Methods whose response has a place for a title that nothing fills here: no package is offered for one title, and no
#: programme of the demo channels is like the titles of the test, which badges would name as their reason.
_NO_TITLE_YET = {"EntitlementService.ListPackages", "RecommendationService.ListGuideBadges"}
_METHODS = [methods_returning_titles.name_of(method) for method in methods_returning_titles.title_methods()]


@dataclasses.dataclass
class Household:
    """The profiles of one account, and a profile of another one that was an adult's."""

    adult: hidden_titles.Viewer
    kid: hidden_titles.Viewer
    curious: hidden_titles.Viewer
    former: hidden_titles.Viewer


@pytest.fixture(scope="module")
def world(platform, edge, tmp_path_factory):
    with hidden_titles.build(platform, edge, tmp_path_factory.mktemp("titles")) as built:
        yield built


@pytest.fixture(scope="module")
def household(world):
    """Profiles that have watched, once every service answers with the titles."""
    viewers = world.household(100, adult=hidden_titles.ADULT, kid=hidden_titles.KID, curious=hidden_titles.KID)
    edge_client.wait_until(lambda: mentions(world, viewers["adult"], "EntitlementService.CheckAccess", b"\x10\x01"))
    world.watch(viewers["adult"], world.mature)
    world.watch(viewers["kid"], world.shown)
    hidden = [*world.mature, *world.closed]
    for title in hidden:  # A client may report whatever it likes.
        world.view(viewers["curious"], title)
    named = frozenset(each for title in hidden for each in (title.title_id, title.episode_id))
    return Household(
        viewers["adult"], viewers["kid"], dataclasses.replace(viewers["curious"], named=named), world.former_adult()
    )


def requests_of(world, viewer, method) -> Iterator[Message]:
    """Yields the requests of a method."""
    if method != "RecommendationService.ListRailItems":
        yield from methods_returning_titles.REQUESTS[method]
        return
    home = recommendation_service_pb2.GetHomeRequest(page_size=30)
    for rail in world.call("RecommendationService.GetHome", home, viewer.token).home.rails:
        if rail.next_page_token:
            yield recommendation_service_pb2.ListRailItemsRequest(
                rail_id=rail.rail_id, page_token=rail.next_page_token, page_size=50
            )


def responses(world, viewer, method, title) -> Iterator[tuple[bytes, bytes]]:
    """Yields each request of a method about a title with its response or error; pages are followed."""
    for template in requests_of(world, viewer, method):
        request = type(template).FromString(filled(template.SerializeToString(), world, title))
        fields = request.DESCRIPTOR.fields_by_name
        if "request_id" in fields:
            request.request_id = ids.new()
        for _ in range(_PAGES):
            sent = request.SerializeToString()
            try:
                response = world.call(method, request, viewer.token)
            except grpc.RpcError as failed:
                yield sent, failed.details().encode() + dict(failed.trailing_metadata()).get(_DETAILS, b"")
                break
            yield sent, response.SerializeToString()
            if "page_token" not in fields or not response.next_page_token:
                break
            request.page_token = response.next_page_token


def filled(request: bytes, world, title) -> bytes:
    """Returns a request with a title in the place of the placeholders."""
    ids_ = {
        methods_returning_titles.TITLE: title.title_id,
        methods_returning_titles.EPISODE: title.episode_id,
        methods_returning_titles.COLLECTION: world.collection_id,
    }
    for placeholder, id_ in ids_.items():
        request = request.replace(placeholder.encode(), id_.encode())
    return request


def mentions(world, viewer, method, *texts) -> bool:
    """Returns whether a response of a method about a mature title holds one of some texts."""
    return any(
        text in response
        for title in world.mature[:2]
        for _, response in responses(world, viewer, method, title)
        for text in texts
    )


def hidden_in(viewer, method, request, response, titles) -> list[str]:
    """Returns what a response holds of hidden titles, besides the ids that the viewer has named."""
    found = [SECRET] if SECRET.lower().encode() in response.lower() else []
    known = viewer.named if method in _OWN_RECORD else frozenset()
    for id_ in (each for title in titles for each in (title.title_id, title.episode_id)):
        if id_.encode() in response and id_.encode() not in request and id_ not in known:
            found.append(id_)
    return found


def test_every_method_that_can_return_a_title_has_a_request():
    assert set(_METHODS) == set(methods_returning_titles.REQUESTS)


@pytest.mark.parametrize("method", [each for each in _METHODS if each not in _NO_TITLE_YET])
def test_an_adult_is_told_of_mature_titles(world, household, method):
    texts = [SECRET.encode(), SECRET.lower().encode(), *(title.title_id.encode() for title in world.mature)]

    edge_client.wait_until(lambda: mentions(world, household.adult, method, *texts))


@pytest.mark.parametrize("who", ["kid", "curious", "former", "anybody"])
@pytest.mark.parametrize("method", _METHODS)
def test_nobody_is_told_of_a_title_that_is_hidden_from_them(world, household, method, who):
    viewer = hidden_titles.Viewer() if who == "anybody" else getattr(household, who)
    hidden = [*world.mature, *world.closed]
    reported = {}

    for title in (*world.shown, *world.mature[:2], *world.closed, hidden_titles.Title()):
        for request, response in responses(world, viewer, method, title):
            if found := hidden_in(viewer, method, request, response, hidden):
                reported[title.title_id] = found, response

    assert {} == reported


def test_a_kid_is_not_told_what_an_adult_of_its_account_plays(world):
    viewers = world.household(1, adult=hidden_titles.ADULT, kid=hidden_titles.KID)
    edge_client.wait_until(lambda: mentions(world, viewers["adult"], "EntitlementService.CheckAccess", b"\x10\x01"))

    def start(viewer, title):
        request = playback_service_pb2.StartSessionRequest(
            subject=watchable_subjects.title(title.title_id), request_id=ids.new()
        )
        return world.call("PlaybackService.StartSession", request, viewer.token)

    start(viewers["adult"], world.mature[0])
    with pytest.raises(grpc.RpcError) as to_adult:
        start(viewers["adult"], world.shown[0])
    with pytest.raises(grpc.RpcError) as to_kid:
        start(viewers["kid"], world.shown[0])

    assert SECRET.encode() in dict(to_adult.value.trailing_metadata())[_DETAILS]
    assert b"TOO_MANY_STREAMS" in dict(to_kid.value.trailing_metadata())[_DETAILS]
    assert SECRET.encode() not in dict(to_kid.value.trailing_metadata())[_DETAILS]
