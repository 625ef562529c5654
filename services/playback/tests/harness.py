"""A playback service on a real server, database and Redis, with small fakes of the other services."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import jwt
from google.api import httpbody_pb2
from marquee.catalog.v1 import catalog_service_pb2_grpc
from marquee.entitlement.v1 import entitlement_internal_pb2_grpc, entitlement_service_pb2_grpc
from marquee.epg.v1 import epg_internal_pb2_grpc, epg_service_pb2_grpc
from marquee.event.v1 import event_internal_pb2
from marquee.packager.v1 import packager_internal_pb2_grpc
from marquee.playback.v1 import playback_pb2, playback_service_pb2, playback_service_pb2_grpc
from marquee.viewing.v1 import viewing_service_pb2_grpc

from services.kit import clock as kit_clock
from services.kit import (
    db,
    errors,
    event_streams,
    events,
    ids,
    process,
    signing,
    status,
    testing,
    timestamps,
    watchable_subjects,
)
from services.kit import redis as kit_redis
from services.playback import domain, handlers
from services.playback.linear import (
    as_run_log,
    channel_manifests,
    channel_windows,
    encoded_runs,
    packaged_items,
    timelines,
    track_tables,
)
from services.playback.media import manifests
from services.playback.sessions import channel_sessions, service_clients, session_expiry, stream_slots
from services.playback.tests import channel_fakes
from services.playback.tests.fakes import (
    KEY_ID,
    Catalog,
    Entitlement,
    EntitlementInternal,
    Packager,
    Viewing,
)

PUBLIC_URL = "http://edge.test"
LEASE = domain.LEASE

MASTER = """#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,URI="audio-en.m3u8",GROUP-ID="audio",LANGUAGE="en",NAME="en",DEFAULT=YES,AUTOSELECT=YES
#EXT-X-STREAM-INF:BANDWIDTH=611861,CODECS="avc1.42c00c,mp4a.40.2",RESOLUTION=256x144,AUDIO="audio"
video-144p.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3611861,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,AUDIO="audio"
video-720p.m3u8
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
      <Representation id="0" bandwidth="539008" codecs="avc1.42c00c">
        <SegmentTemplate initialization="video/144p/init.mp4" media="video/144p/$Number%05d$.m4s" startNumber="1"/>
      </Representation>
      <Representation id="2" bandwidth="3539008" codecs="avc1.64001f">
        <SegmentTemplate initialization="video/720p/init.mp4" media="video/720p/$Number%05d$.m4s" startNumber="1"/>
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


@dataclass
class Service:
    """A running playback service and its fakes."""

    channel: grpc.aio.Channel
    stub: playback_service_pb2_grpc.PlaybackServiceStub
    entitlement: Entitlement
    catalog: Catalog
    packager: Packager
    viewing: Viewing
    epg: channel_fakes.Epg
    log: as_run_log.AsRunLog
    media: Path
    slots: stream_slots.StreamSlots
    expiry: session_expiry.SessionExpiry
    keys: signing.SigningKeys
    redis: kit_redis.Client
    clock: kit_clock.FixedClock
    database: db.Database

    async def start(
        self, title_id: str = "", token: str | None = None, *, episode_id: str = "", **request: Any
    ) -> playback_pb2.Session:
        subject = watchable_subjects.episode(episode_id) if episode_id else None
        if title_id:
            subject = watchable_subjects.title(title_id)
        response = await self.stub.StartSession(
            playback_service_pb2.StartSessionRequest(**{"subject": subject, "request_id": ids.new(), **request}),
            metadata=testing.bearing(token or testing.a_token()),
        )
        return response.session

    async def beat(
        self, session_id: str, token: str, seconds: int = 0, **request: Any
    ) -> playback_service_pb2.HeartbeatResponse:
        fields = {
            "position": timestamps.from_timedelta(timedelta(seconds=seconds)),
            "state": playback_pb2.PLAYER_STATE_PLAYING,
            **request,
        }
        return await self.stub.Heartbeat(
            playback_service_pb2.HeartbeatRequest(session_id=session_id, **fields), metadata=testing.bearing(token)
        )

    async def pass_time(self, duration: timedelta) -> None:
        """Advances the clock, and that of the leases, without a heartbeat."""
        self.clock.advance(duration)
        await age_leases(self.redis, duration)

    async def stop(self, session_id: str, token: str, **request: Any) -> None:
        await self.stub.StopSession(
            playback_service_pb2.StopSessionRequest(session_id=session_id, **request), metadata=testing.bearing(token)
        )

    async def playlist(self, session: playback_pb2.Session, name: str = "master.m3u8", token: str | None = None) -> str:
        response = await self.stub.GetHlsPlaylist(
            playback_service_pb2.GetHlsPlaylistRequest(
                session_id=session.session_id, playlist=name, token=token_of(session) if token is None else token
            )
        )
        return response.data.decode()

    async def license(self, session: playback_pb2.Session, body: bytes, token: str | None = None) -> Any:
        return await self.stub.GetLicense(
            playback_service_pb2.GetLicenseRequest(
                session_id=session.session_id,
                token=token_of(session) if token is None else token,
                body=httpbody_pb2.HttpBody(content_type="application/json", data=body),
            )
        )

    async def published(self) -> list[event_internal_pb2.Event]:
        """Every event that playback has published."""
        entries = await self.redis.xrange(event_streams.name_of("playback"))
        return [event_internal_pb2.Event.FromString(fields[b"event"]) for _, fields in entries]


async def age_leases(redis: kit_redis.Client, duration: timedelta) -> None:
    """Makes all leases so much older: the clock of Redis cannot be set."""
    async for key in redis.scan_iter("playback:*:slots"):
        for session_id in await redis.zrange(key, 0, -1):
            await redis.zincrby(key, -duration.total_seconds() * 1000, session_id)


def account_of(token: str) -> str:
    """Returns the account of an access token."""
    return str(jwt.decode(token, options={"verify_signature": False})["sub"])


def token_of(session: playback_pb2.Session | playback_pb2.Renewed) -> str:
    """Returns the playback token in the addresses of a session, or of its renewal."""
    return session.manifests[0].url.partition("?token=")[2]


def write_asset(media: Path) -> str:
    """Writes an asset into a media store, in the layout of the packager."""
    asset_id = ids.new()
    for name, text in (
        ("hls/master.m3u8", MASTER),
        ("hls/video-144p.m3u8", VIDEO),
        ("dash/manifest.mpd", MANIFEST),
        ("thumbnails/index.vtt", "WEBVTT\n"),
    ):
        path = media / asset_id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return asset_id


@contextlib.asynccontextmanager
async def run_service(database_url: str, redis_url: str, folder: Path) -> AsyncIterator[Service]:
    """Runs playback with its fakes and its relay. Tests end overdue sessions themselves."""
    clock = testing.a_clock()
    database, redis = db.Database(database_url, "playback"), kit_redis.connect(redis_url)
    outbox, slots = events.Outbox("playback", database, redis, clock), stream_slots.StreamSlots(redis)
    keys = signing.SigningKeys(folder / "keys")
    entitlement, catalog, viewing, epg = Entitlement(), Catalog(), Viewing(), channel_fakes.Epg()
    packager = Packager(write_asset(folder / "media"))
    async with contextlib.AsyncExitStack() as stack:
        for close in (database.close, redis.aclose):
            stack.push_async_callback(close)
        address = await stack.enter_async_context(
            testing.serving(
                (entitlement_service_pb2_grpc.add_EntitlementServiceServicer_to_server, entitlement),
                (
                    entitlement_internal_pb2_grpc.add_EntitlementInternalServiceServicer_to_server,
                    EntitlementInternal(entitlement),
                ),
                (catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server, catalog),
                (packager_internal_pb2_grpc.add_PackagerInternalServiceServicer_to_server, packager),
                (viewing_service_pb2_grpc.add_ViewingServiceServicer_to_server, viewing),
                (epg_service_pb2_grpc.add_EpgServiceServicer_to_server, epg),
                (epg_internal_pb2_grpc.add_EpgInternalServiceServicer_to_server, channel_fakes.EpgInternal(epg)),
                time=clock,
            )
        )
        peers = dict.fromkeys(("entitlement", "catalog", "packager", "viewing", "epg"), address)
        mesh = testing.a_mesh("playback", peers, clock)
        stack.push_async_callback(mesh.close)
        clients = service_clients.ServiceClients(mesh, clock)
        store = manifests.MediaStore(folder / "media", PUBLIC_URL)
        schedules = channel_fakes.Schedules(epg)
        tables = track_tables.TrackTables(store)
        items = packaged_items.PackagedItems(clients.load_asset, tables)
        log = as_run_log.AsRunLog(database, schedules, items.get, clock)
        loader = timelines.Timelines(log, schedules, clock)
        encoders = encoded_runs.EncodedRuns(mesh, clock)
        windows = channel_windows.ChannelWindows(log, schedules, items, tables, loader, encoders, clock)
        servicer = handlers.Playback(
            database=database,
            outbox=outbox,
            slots=slots,
            clients=clients,
            channels=channel_sessions.ChannelSessions(windows, loader, slots, clock),
            channel_media=channel_manifests.ChannelManifests(windows, keys, PUBLIC_URL, clock),
            store=store,
            keys=keys,
            public_url=PUBLIC_URL,
            clock=clock,
            shared_clock=testing.FixedSharedClock(clock),
        )
        registration = (playback_service_pb2_grpc.add_PlaybackServiceServicer_to_server, servicer)
        await stack.enter_async_context(process.background(outbox.relay()))
        channel = await stack.enter_async_context(testing.channel_to(registration, time=clock))
        yield Service(
            channel,
            playback_service_pb2_grpc.PlaybackServiceStub(channel),
            entitlement,
            catalog,
            packager,
            viewing,
            epg,
            log,
            folder / "media",
            slots,
            session_expiry.SessionExpiry(database, outbox, slots, testing.FixedSharedClock(clock)),
            keys,
            redis,
            clock,
            database,
        )


def refusal(failed: grpc.aio.AioRpcError) -> errors.Error:
    """Returns the error of a refused call."""
    return status.raised_by(failed, "playback")
