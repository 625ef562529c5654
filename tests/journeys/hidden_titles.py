"""A household in a country of its own, with titles that only some of its profiles may know of."""

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message
from marquee.catalog.v1 import catalog_pb2, collection_admin_service_pb2
from marquee.entitlement.v1 import entitlement_admin_service_pb2, entitlement_pb2
from marquee.identity.v1 import identity_admin_service_pb2, identity_service_pb2
from marquee.packager.v1 import packager_admin_service_pb2, packager_pb2
from marquee.policy.v1 import policy_pb2
from marquee.viewing.v1 import viewing_pb2, viewing_service_pb2

from gateway import contract
from services.kit import ids, watchable_subjects
from tests import local_platform
from tests.journeys import demo_titles, edge_client, methods_returning_titles
from tests.journeys.methods_returning_titles import SECRET

#: Where the titles are shown, and no other test has an account; and another country.
HERE, ELSEWHERE = "NZ", "IS"
ADULT, KID = 18, 8
_SECONDS = 60
#: How long streams that stay open are read.
_STREAM_SECONDS = 2
#: The first page of a rail holds fewer items.
_MATURE_FILMS = 40
_AREAS = ("catalog", "entitlement", "epg", "identity", "packager", "playback", "recommendation", "viewing")
_PASSWORD = "a quiet evening in"


@dataclasses.dataclass(frozen=True)
class Title:
    """A title with its first episode; titles without episodes have an id that is not one."""

    title_id: str = dataclasses.field(default_factory=ids.new)
    episode_id: str = dataclasses.field(default_factory=ids.new)


@dataclasses.dataclass(frozen=True)
class Viewer:
    """A profile that is logged in, or anybody."""

    token: str = ""
    #: The titles that the profile named before.
    named: frozenset[str] = frozenset()


@dataclasses.dataclass
class World:
    """The titles and the services. They are called directly, since the edge refuses so many calls of one account."""

    channels: dict[str, grpc.Channel]
    paths: dict[str, str]
    edge: edge_client.Edge
    #: What an adult in the country sees and a kid does not: a film with media, a series, and more films.
    mature: list[Title] = dataclasses.field(default_factory=list)
    #: What nobody in the country sees.
    closed: list[Title] = dataclasses.field(default_factory=list)
    #: What everybody in the country sees: a film with media and a series.
    shown: list[Title] = dataclasses.field(default_factory=list)
    collection_id: str = dataclasses.field(default_factory=ids.new)

    def call(self, method: str, request: Message, token: str = "") -> Any:
        """Calls a method such as `CatalogService.GetTitle`; returns all messages of a stream. Raises RpcError."""
        path = self.paths[method]
        found = descriptor_pool.Default().FindMethodByName(path.strip("/").replace("/", "."))
        response = message_factory.GetMessageClass(found.output_type)
        channel = self.channels[path.split(".")[1]]
        kind = channel.unary_stream if found.server_streaming else channel.unary_unary
        call = kind(path, type(request).SerializeToString, response.FromString)
        metadata = [("authorization", f"Bearer {token}")] if token else []
        stays_open = not found.GetOptions().Extensions[policy_pb2.method].HasField("timeout")
        seconds = _STREAM_SECONDS if stays_open else _SECONDS
        returned = call(request, metadata=metadata, timeout=seconds, wait_for_ready=True)
        return list(returned) if found.server_streaming else returned

    def admin(self, method: str, request: Message) -> Any:
        """Calls a method as an admin."""
        return self.call(method, request, self.edge.log_in("admin@ott.test", "admin123").token)

    def household(self, max_streams: int, **ceilings: int) -> dict[str, Viewer]:
        """Returns the profiles, by their names, of a new account in the country that may watch everything."""
        account = _account(HERE, ceilings)
        imported = self.save_account(account)
        package = entitlement_pb2.Package(
            package_id=ids.new(),
            display_name="Everything",
            max_streams=max_streams,
            includes_all_titles=True,
            includes_all_channels=True,
        )
        self.admin(
            "EntitlementAdminService.SavePackage", entitlement_admin_service_pb2.SavePackageRequest(package=package)
        )
        subscription = entitlement_pb2.Subscription(
            account_id=imported.accounts[0].account_id,
            state=entitlement_pb2.SUBSCRIPTION_STATE_ACTIVE,
            package_ids=[package.package_id],
        )
        self.admin(
            "EntitlementAdminService.SaveSubscription",
            entitlement_admin_service_pb2.SaveSubscriptionRequest(subscription=subscription),
        )
        return self.log_in(account, imported)

    def save_account(
        self, account: identity_admin_service_pb2.AccountImport
    ) -> identity_admin_service_pb2.ImportAccountsResponse:
        """Creates or changes an account."""
        request = identity_admin_service_pb2.ImportAccountsRequest(accounts=[account])
        return self.admin("IdentityAdminService.ImportAccounts", request)

    def log_in(
        self,
        account: identity_admin_service_pb2.AccountImport,
        imported: identity_admin_service_pb2.ImportAccountsResponse,
    ) -> dict[str, Viewer]:
        """Returns the profiles of an account by name."""
        viewers = {}
        for each in imported.profiles:
            request = identity_service_pb2.LogInRequest(
                email=account.email, password=account.password, profile_id=each.profile.profile_id
            )
            viewers[each.profile.display_name] = Viewer(self.call("IdentityService.LogIn", request).access_token)
        return viewers

    def former_adult(self) -> Viewer:
        """Returns a profile that watched mature titles, and titles of another country, before it could not any more."""
        grown = _account(ELSEWHERE, {"former": ADULT})
        viewer = self.log_in(grown, self.save_account(grown))["former"]
        named = self.watch(viewer, [*self.mature[:2], self.closed[0]])
        moved = _account(HERE, {"former": KID}, grown.email)
        return dataclasses.replace(self.log_in(moved, self.save_account(moved))["former"], named=named)

    def watch(self, viewer: Viewer, titles: list[Title]) -> frozenset[str]:
        """Has a profile watch, rate, list and view titles, and hide the last one; returns the ids that it named."""
        for title in titles:
            subject = watchable_subjects.title(title.title_id)
            is_film = title is not titles[1]
            place = {"position": methods_returning_titles.POSITION, "duration": methods_returning_titles.SHORT}
            self.call(
                "ViewingService.SaveBookmark",
                viewing_service_pb2.SaveBookmarkRequest(
                    subject=subject if is_film else watchable_subjects.episode(title.episode_id), **place
                ),
                viewer.token,
            )
            rate = viewing_service_pb2.RateSubjectRequest(subject=subject, thumb=viewing_pb2.THUMB_UP)
            self.call("ViewingService.RateSubject", rate, viewer.token)
            self.call(
                "ViewingService.AddToWatchlist",
                viewing_service_pb2.AddToWatchlistRequest(subject=subject),
                viewer.token,
            )
            self.view(viewer, title)
        hide = viewing_service_pb2.SuppressSubjectRequest(subject=watchable_subjects.title(titles[-1].title_id))
        self.call("ViewingService.SuppressSubject", hide, viewer.token)
        return frozenset(each for title in titles for each in (title.title_id, title.episode_id))

    def view(self, viewer: Viewer, title: Title) -> None:
        """Has a client report that a profile opened the page of a title, whether or not the profile may see it."""
        event = viewing_pb2.ViewingEvent(
            event_id=ids.new(),
            type=viewing_pb2.VIEWING_EVENT_TYPE_SUBJECT_VIEW,
            subject=watchable_subjects.title(title.title_id),
        )
        request = viewing_service_pb2.RecordEventsRequest(events=[event])
        self.call("ViewingService.RecordEvents", request, viewer.token)


@contextlib.contextmanager
def connect(platform: local_platform.Platform, edge: edge_client.Edge) -> Iterator[World]:
    """Returns the services, without titles."""
    methods = contract.Contract.parse(methods_returning_titles.CONTRACT.read_bytes()).methods
    paths = {f"{method.service.rpartition('.')[2]}.{method.name}": method.path for method in methods}
    with contextlib.ExitStack() as stack:
        channels = {area: stack.enter_context(grpc.insecure_channel(platform.service_address(area))) for area in _AREAS}
        yield World(channels, paths, edge)


@contextlib.contextmanager
def build(platform: local_platform.Platform, edge: edge_client.Edge, folder: Path) -> Iterator[World]:
    """Imports the titles and makes their media; returns when services answer with them."""
    mature = [_film(maturity="R"), _series(maturity="R"), *(_film(maturity="R") for _ in range(_MATURE_FILMS))]
    closed = [
        _film(availability={"territories": [ELSEWHERE]}),
        _series(availability={"territories": [ELSEWHERE]}),
        _film(state="DRAFT"),
        _film(state="ARCHIVED"),
        _film(availability={"territories": [HERE], "windows": [{"from": "2090-01-01T00:00:00Z"}]}),
        _series(availability={"territories": [HERE], "windows": [{"until": "2020-01-01T00:00:00Z"}]}),
    ]
    shown = [_without_secret(_film()), _without_secret(_series())]
    file = folder / "titles.jsonl"
    file.write_text("\n".join(map(json.dumps, [*mature, *closed, *shown])))
    platform.run_cli("import", str(file))
    with connect(platform, edge) as world:
        world.mature, world.closed, world.shown = ([_title(row) for row in rows] for rows in (mature, closed, shown))
        _save_collection(world)
        for asset_id in [_order_asset(world, title) for title in (world.mature[0], world.shown[0])]:
            demo_titles.wait_until_ready(edge, asset_id)
        yield world


def _save_collection(world: World) -> None:
    collection = catalog_pb2.Collection(
        collection_id=world.collection_id,
        texts={"en": catalog_pb2.CollectionText(display_name="Islands")},
        title_ids=[title.title_id for title in (*world.shown, *world.closed, *world.mature)],
    )
    request = collection_admin_service_pb2.SaveCollectionRequest(collection=collection)
    world.admin("CollectionAdminService.SaveCollection", request)


def _order_asset(world: World, title: Title) -> str:
    request = packager_admin_service_pb2.CreateAssetRequest(
        subject=watchable_subjects.title(title.title_id),
        request_id=ids.new(),
        source_uri=f"demo:{title.title_id}",
        display_name="Island",
        profile=packager_pb2.PACKAGING_PROFILE_QUICK,
        encryption_scheme=packager_pb2.ENCRYPTION_SCHEME_CBCS,
    )
    return str(world.admin("PackagerAdminService.CreateAsset", request).asset.asset_id)


def _account(country_code: str, ceilings: dict[str, int], email: str = "") -> identity_admin_service_pb2.AccountImport:
    return identity_admin_service_pb2.AccountImport(
        email=email or f"{ids.new()}@journeys.test",
        password=_PASSWORD,
        display_name="Ada",
        country_code=country_code,
        profiles=[
            identity_admin_service_pb2.ProfileImport(display_name=name, maturity_ceiling=ceiling)
            for name, ceiling in ceilings.items()
        ],
    )


def _film(**changes: Any) -> dict[str, Any]:
    return {
        "title_id": ids.new(),
        "type": "film",
        "title": f"{SECRET} Night",
        "synopsis": f"A {SECRET} leaves the island by night.",
        "language": "en",
        "release_date": "2024-03-08",
        "duration_minutes": 1,
        "maturity": "G",
        "state": "PUBLISHED",
        "genres": [SECRET],
        "moods": [f"{SECRET} mood"],
        "themes": [f"{SECRET} theme"],
        "credits": [{"person": f"Ada {SECRET}", "role": "actor", "character": f"Captain {SECRET}"}],
        "availability": {"territories": [HERE, ELSEWHERE]},
        **changes,
    }


def _series(**changes: Any) -> dict[str, Any]:
    episodes = [
        {"episode_id": ids.new(), "number": number, "title": f"{SECRET} {number}", "duration_minutes": 1}
        for number in (1, 2)
    ]
    seasons = [{"number": 1, "episodes": episodes}]
    return {**_film(type="series", seasons=seasons), "duration_minutes": None, **changes}


def _without_secret(row: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(row).replace(SECRET, "Quiet"))
    return changed


def _title(row: dict[str, Any]) -> Title:
    episodes = [episode["episode_id"] for season in row.get("seasons", ()) for episode in season["episodes"]]
    return Title(row["title_id"], episodes[0]) if episodes else Title(row["title_id"])
