"""A whole playback on a real server, database and Redis, among small honest peers."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
from google.api import httpbody_pb2
from marquee.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from marquee.entitlement.v1 import entitlement_pb2, entitlement_pb2_grpc
from marquee.event.v1 import event_internal_pb2
from marquee.packager.v1 import packager_pb2, packager_pb2_grpc
from marquee.playback.v1 import playback_pb2, playback_pb2_grpc
from marquee.viewing.v1 import viewing_pb2, viewing_pb2_grpc

from services.kit import clock as kit_clock
from services.kit import db, errors, events, ids, process, signing, status, testing
from services.kit import redis as kit_redis
from services.playback import convert, domain, handlers, manifests, peers, slots, worker

PUBLIC_URL = "http://edge.test"
KEY_ID, KEY = bytes(range(16)), bytes(range(100, 116))
DURATION = timedelta(minutes=90)
LEASE = domain.LEASE

MASTER = """#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,URI="audio-en.m3u8",GROUP-ID="audio",LANGUAGE="en",NAME="en",DEFAULT=YES,AUTOSELECT=YES
#EXT-X-STREAM-INF:BANDWIDTH=611861,CODECS="avc1.42c00c,mp4a.40.2",RESOLUTION=256x144,AUDIO="audio"
video-144p.m3u8
"""
VIDEO = f"""#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:5
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MAP:URI="../video/144p/init.mp4"
#EXT-X-KEY:METHOD=SAMPLE-AES,URI="urn:marquee:key:{KEY_ID.hex()}",IV=0x{KEY_ID.hex()},KEYFORMAT="identity"
#EXTINF:4.000,
../video/144p/00001.m4s
#EXTINF:2.000,
../video/144p/00002.m4s
#EXT-X-ENDLIST
"""
MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:cenc="urn:mpeg:cenc:2013" type="static">
  <BaseURL>../</BaseURL>
  <Period id="0">
    <AdaptationSet id="0" contentType="video">
      <ContentProtection value="cbcs" schemeIdUri="urn:mpeg:dash:mp4protection:2011"
        cenc:default_KID="00010203-0405-0607-0809-0a0b0c0d0e0f"/>
      <Representation id="0" bandwidth="539008">
        <SegmentTemplate initialization="video/144p/init.mp4" media="video/144p/$Number%05d$.m4s" startNumber="1"/>
      </Representation>
    </AdaptationSet>
    <AdaptationSet id="1" contentType="text">
      <Representation id="1" bandwidth="116">
        <SegmentTemplate media="text/en/$Number%05d$.vtt" startNumber="1"/>
      </Representation>
    </AdaptationSet>
  </Period>
</MPD>
"""


class Entitlement(entitlement_pb2_grpc.EntitlementServiceServicer):
    """Decides as it was told."""

    def __init__(self) -> None:
        self.max_streams = 1
        self.reasons: list[int] = []
        self.away = False

    def decide(self, title_id):
        return entitlement_pb2.AccessDecision(
            title_id=title_id,
            allowed=not self.reasons,
            reasons=[entitlement_pb2.AccessReason(code=code, message="Because.") for code in self.reasons],
            max_streams=self.max_streams,
        )

    async def CheckAccess(self, request, rpc):
        if self.away:
            raise errors.Unavailable("Not yet.", reason="FACTS_NOT_READY", domain="entitlement.marquee")
        return entitlement_pb2.CheckAccessResponse(decision=self.decide(request.title_id))


class EntitlementInternal(entitlement_pb2_grpc.EntitlementInternalServiceServicer):
    def __init__(self, entitlement: Entitlement) -> None:
        self._entitlement = entitlement

    async def CheckAccessFor(self, request, rpc):
        return entitlement_pb2.CheckAccessForResponse(decision=self._entitlement.decide(request.title_id))


class Catalog(catalog_pb2_grpc.CatalogServiceServicer):
    """Knows the titles that it was given."""

    def __init__(self) -> None:
        self.titles: dict[str, catalog_pb2.Title] = {}

    def film(self, title: str = "The Lamp Keeper") -> str:
        title_id = ids.new()
        self.titles[title_id] = catalog_pb2.Title(title_id=title_id, title=title, type=catalog_pb2.TITLE_TYPE_FILM)
        return title_id

    def series(self, *seasons: int) -> tuple[str, list[str]]:
        """Adds a series with so many episodes a season; answers its id and those of its episodes."""
        title_id, episode_ids = ids.new(), [ids.new() for _ in range(sum(seasons))]
        remaining = iter(episode_ids)
        self.titles[title_id] = catalog_pb2.Title(
            title_id=title_id,
            title="Tides",
            type=catalog_pb2.TITLE_TYPE_SERIES,
            seasons=[
                catalog_pb2.Season(
                    season_number=season,
                    episodes=[
                        catalog_pb2.Episode(
                            episode_id=next(remaining), episode_number=number, title=f"S{season} E{number}"
                        )
                        for number in range(1, count + 1)
                    ],
                )
                for season, count in enumerate(seasons, 1)
            ],
        )
        return title_id, episode_ids

    async def GetTitle(self, request, rpc):
        if request.title_id not in self.titles:
            raise errors.NotFound("No.", reason="TITLE_NOT_FOUND", domain="catalog.marquee")
        return catalog_pb2.GetTitleResponse(title=self.titles[request.title_id])


class Packager(packager_pb2_grpc.PackagerInternalServiceServicer):
    """Has one package for whatever is asked, but for what it was told is not ready."""

    def __init__(self, package_id: str) -> None:
        self.package_id = package_id
        self.unready: set[str] = set()
        self.series: set[str] = set()

    async def GetPlayablePackage(self, request, rpc):
        wanted = request.episode_id or request.title_id
        if wanted in self.unready or (request.title_id in self.series and not request.episode_id):
            raise errors.NotFound("No.", reason="NOTHING_PLAYABLE", domain="packager.marquee")
        package = packager_pb2.MediaPackage(package_id=self.package_id, duration=convert.duration(DURATION))
        return packager_pb2.GetPlayablePackageResponse(package=package)

    async def ListContentKeys(self, request, rpc):
        return packager_pb2.ListContentKeysResponse(keys=[packager_pb2.ContentKey(key_id=KEY_ID, key=KEY)])


class Viewing(viewing_pb2_grpc.ViewingServiceServicer):
    """Knows the bookmarks that it was given."""

    def __init__(self) -> None:
        self.bookmarks: list[viewing_pb2.Bookmark] = []
        self.away = False

    def mark(self, title_id: str, position: timedelta, *, episode_id: str = "", watched: bool = False) -> None:
        """Adds a bookmark that is later than those before."""
        later = testing.NOW + timedelta(seconds=len(self.bookmarks))
        self.bookmarks.append(
            viewing_pb2.Bookmark(
                title_id=title_id,
                episode_id=episode_id,
                position=convert.duration(position),
                duration=convert.duration(DURATION),
                watched=watched,
                update_time=convert.timestamp(later),
            )
        )

    async def ListBookmarks(self, request, rpc):
        if self.away:
            raise errors.Unavailable("Away.", reason="DATABASE_UNAVAILABLE", domain="platform.marquee")
        found = [bookmark for bookmark in self.bookmarks if bookmark.title_id == request.title_id]
        return viewing_pb2.ListBookmarksResponse(bookmarks=found)


@dataclass
class House:
    """A playback and what it lives among."""

    playback: playback_pb2_grpc.PlaybackServiceStub
    entitlement: Entitlement
    catalog: Catalog
    packager: Packager
    viewing: Viewing
    leases: slots.Slots
    sweeper: worker.Sweeper
    keys: signing.SigningKeys
    redis: kit_redis.Client
    clock: kit_clock.FixedClock

    async def start(self, title_id: str, token: str | None = None, **request: Any) -> playback_pb2.Session:
        answer = await self.playback.StartSession(
            playback_pb2.StartSessionRequest(title_id=title_id, **request),
            metadata=testing.bearing(token or testing.a_token()),
        )
        return answer.session

    async def beat(self, session_id: str, token: str, seconds: int = 0, **request: Any) -> None:
        await self.playback.Heartbeat(
            playback_pb2.HeartbeatRequest(
                session_id=session_id, position=convert.duration(timedelta(seconds=seconds)), **request
            ),
            metadata=testing.bearing(token),
        )

    async def stop(self, session_id: str, token: str, **request: Any) -> None:
        await self.playback.StopSession(
            playback_pb2.StopSessionRequest(session_id=session_id, **request), metadata=testing.bearing(token)
        )

    async def playlist(self, session: playback_pb2.Session, name: str = "master.m3u8", token: str | None = None) -> str:
        answer = await self.playback.GetHlsPlaylist(
            playback_pb2.GetHlsPlaylistRequest(
                session_id=session.session_id, playlist=name, token=token_of(session) if token is None else token
            )
        )
        return answer.data.decode()

    async def license(self, session: playback_pb2.Session, body: bytes, token: str | None = None) -> Any:
        return await self.playback.GetLicense(
            playback_pb2.GetLicenseRequest(
                session_id=session.session_id,
                token=token_of(session) if token is None else token,
                body=httpbody_pb2.HttpBody(content_type="application/json", data=body),
            )
        )

    async def told(self) -> list[event_internal_pb2.Event]:
        """Every event that playback has told."""
        entries = await self.redis.xrange(events.stream("playback"))
        return [event_internal_pb2.Event.FromString(fields[b"event"]) for _, fields in entries]


def token_of(session: playback_pb2.Session) -> str:
    """The playback token in a session's addresses."""
    return session.hls_url.partition("?token=")[2]


def a_package(media: Path) -> str:
    """Puts a package into a media store, in packager's layout."""
    package_id = ids.new()
    for name, text in (
        ("hls/master.m3u8", MASTER),
        ("hls/video-144p.m3u8", VIDEO),
        ("dash/manifest.mpd", MANIFEST),
        ("thumbnails/index.vtt", "WEBVTT\n"),
    ):
        path = media / package_id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return package_id


@contextlib.asynccontextmanager
async def open_house(database_url: str, redis_url: str, folder: Path) -> AsyncIterator[House]:
    """Runs a playback with its peers and its relay; sweeping is the test's to do."""
    clock = testing.a_clock()
    database, redis = db.Database(database_url, "playback"), kit_redis.connect(redis_url)
    outbox, leases = events.Outbox("playback", database, redis, clock), slots.Slots(redis)
    keys = signing.SigningKeys(folder / "keys")
    entitlement, catalog, viewing = Entitlement(), Catalog(), Viewing()
    packager = Packager(a_package(folder / "media"))
    async with contextlib.AsyncExitStack() as stack:
        for close in (database.close, redis.aclose):
            stack.push_async_callback(close)
        address = await stack.enter_async_context(
            testing.serving(
                (entitlement_pb2_grpc.add_EntitlementServiceServicer_to_server, entitlement),
                (
                    entitlement_pb2_grpc.add_EntitlementInternalServiceServicer_to_server,
                    EntitlementInternal(entitlement),
                ),
                (catalog_pb2_grpc.add_CatalogServiceServicer_to_server, catalog),
                (packager_pb2_grpc.add_PackagerInternalServiceServicer_to_server, packager),
                (viewing_pb2_grpc.add_ViewingServiceServicer_to_server, viewing),
                time=clock,
            )
        )
        mesh = testing.a_mesh(
            "playback", dict.fromkeys(("entitlement", "catalog", "packager", "viewing"), address), clock
        )
        stack.push_async_callback(mesh.close)
        servicer = handlers.Playback(
            database=database,
            outbox=outbox,
            leases=leases,
            others=peers.Peers(mesh, clock),
            store=manifests.MediaStore(folder / "media", PUBLIC_URL),
            keys=keys,
            public_url=PUBLIC_URL,
            clock=clock,
        )
        registration = (playback_pb2_grpc.add_PlaybackServiceServicer_to_server, servicer)
        await stack.enter_async_context(process.background(outbox.relay()))
        channel = await stack.enter_async_context(testing.channel_to(registration, time=clock))
        yield House(
            playback_pb2_grpc.PlaybackServiceStub(channel),
            entitlement,
            catalog,
            packager,
            viewing,
            leases,
            worker.Sweeper(database, outbox, leases, clock),
            keys,
            redis,
            clock,
        )


def refusal(failed: grpc.aio.AioRpcError) -> errors.Error:
    """The error that a refused call tells."""
    return status.raised_by(failed, "playback")
