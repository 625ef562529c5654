"""The Python SDK logs in and plays over gRPC through the edge, and decrypts the segments itself."""

import asyncio
import base64
import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin

import grpc
import m3u8
import pytest
from google.protobuf import duration_pb2
from lxml import etree
from marquee.catalog.v1 import catalog_service_pb2
from marquee.entitlement.v1 import entitlement_pb2, entitlement_service_pb2
from marquee.playback.v1 import playback_pb2, playback_service_pb2, playback_service_pb2_grpc
from marquee.viewing.v1 import viewing_service_pb2

from clients.python import AccessDenied, Marquee, MarqueeError
from deploy.local import topology
from services.kit import ids, watchable_subjects
from tests.journeys import demo_titles, frame_decoder

pytestmark = [pytest.mark.journey, pytest.mark.timeout(1800)]

_MPD = {"mpd": "urn:mpeg:dash:schema:mpd:2011", "cenc": "urn:mpeg:cenc:2013"}


@pytest.fixture
async def box(platform, edge):
    """A client of a viewer with the Standard plan."""
    viewer = edge.register_viewer("STANDARD")
    async with Marquee(platform.url, timeout_factor=10) as client:
        await client.log_in(viewer.email, viewer.password)
        yield client


def manifest_url(session, protocol):
    return next(manifest.url for manifest in session.manifests if manifest.protocol == protocol)


def hls_url(session):
    return manifest_url(session, playback_pb2.MANIFEST_PROTOCOL_HLS)


def dash_url(session):
    return manifest_url(session, playback_pb2.MANIFEST_PROTOCOL_DASH)


def license_url(session):
    return next(keys.license_url for keys in session.key_systems if keys.system == "org.w3.clearkey")


async def start(client, title_id, device="Living room"):
    request = playback_service_pb2.StartSessionRequest(
        subject=watchable_subjects.title(title_id),
        device=playback_pb2.Device(display_name=device),
        request_id=ids.new(),
    )
    return (await client.playback.StartSession(request)).session


async def stop(client, session):
    await client.playback.StopSession(playback_service_pb2.StopSessionRequest(session_id=session.session_id))


def fetched(edge, url, **headers):
    answer = edge.get(url, **headers)
    assert answer.status in {200, 206}, (url, answer)
    return answer.body


def key_ids(edge, session):
    """Returns the key ids in the DASH manifest."""
    manifest = etree.fromstring(fetched(edge, dash_url(session)))
    return {found.replace("-", "") for found in manifest.xpath("//@cenc:default_KID", namespaces=_MPD)}


def licensed(edge, session, wanted):
    """Requests a Clear Key license; returns the keys by their ids, in hexadecimal."""
    request = {"kids": [_text(bytes.fromhex(key_id)) for key_id in wanted], "type": "temporary"}
    answer = edge.post(license_url(session), request)
    assert 200 == answer.status, answer.body
    return {_bytes(key["kid"]).hex(): _bytes(key["k"]) for key in answer.json["keys"]}


def _text(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def hls_segments(edge, session):
    """Returns the size, the initialization segment and the playlist of the first HLS rendition."""
    master = m3u8.loads(fetched(edge, hls_url(session)).decode(), hls_url(session))
    rendition = master.playlists[0]
    playlist = m3u8.loads(fetched(edge, rendition.absolute_uri).decode(), rendition.absolute_uri)
    initialization = urljoin(rendition.absolute_uri, playlist.segments[0].init_section.uri)
    return rendition.stream_info.resolution, initialization, playlist


def dash_segments(edge, session):
    """Returns the size, the initialization segment and the first segment of the first DASH rendition."""
    manifest = etree.fromstring(fetched(edge, dash_url(session)))
    base = urljoin(dash_url(session), manifest.findtext("mpd:BaseURL", namespaces=_MPD))
    rendition = manifest.find(".//mpd:AdaptationSet[@contentType='video']/mpd:Representation", _MPD)
    template = rendition.find("mpd:SegmentTemplate", _MPD)
    first = template.get("media").replace("$Number%05d$", f"{int(template.get('startNumber')):05d}")
    size = (int(rendition.get("width")), int(rendition.get("height")))
    return size, urljoin(base, template.get("initialization")), urljoin(base, first)


async def test_a_client_logs_in_finds_plays_and_continues(box, edge, cello):
    found = await box.catalog.SearchTitles(catalog_service_pb2.SearchTitlesRequest(query="borowed celo"))
    assert demo_titles.CELLO == found.results[0].title.display_name
    session = await start(box, cello)
    keys = licensed(edge, session, key_ids(edge, session))

    (width, height), initialization, playlist = hls_segments(edge, session)
    addresses = [urljoin(playlist.base_uri, segment.uri) for segment in playlist.segments]
    head = fetched(edge, initialization)
    segments = [fetched(edge, address) for address in (addresses[0], addresses[-1])]

    beat = playback_service_pb2.HeartbeatRequest(
        session_id=session.session_id,
        position=duration_pb2.Duration(seconds=14),
        state=playback_pb2.PLAYER_STATE_PLAYING,
    )
    await box.playback.Heartbeat(beat)
    await stop(box, session)
    async with asyncio.timeout(180):
        while not (
            items := (await box.viewing.ListContinueWatching(viewing_service_pb2.ListContinueWatchingRequest())).items
        ):
            await asyncio.sleep(0.1)
    again = await start(box, cello)
    await stop(box, again)

    (key,) = keys.values()
    first, last = (frame_decoder.decode_frames(head, segment, key, width=width, height=height) for segment in segments)
    assert len(first) >= 16
    assert frame_decoder.has_content(first[0])
    assert abs(first[0].astype(int) - last[-1]).mean() > 1, "the picture stands still"
    assert [(demo_titles.CELLO, timedelta(seconds=14))] == [
        (item.display_name, item.position.ToTimedelta()) for item in items
    ]
    assert timedelta(seconds=14) == again.resume_position.ToTimedelta()


@pytest.mark.parametrize("name", [demo_titles.CELLO, demo_titles.GREENHOUSE], ids=["cbcs", "cenc"])
async def test_dash_and_hls_have_the_same_picture_which_only_the_key_decrypts(box, edge, playable, name):
    session = await start(box, playable(name))
    (key_id,) = key_ids(edge, session)
    key = licensed(edge, session, [key_id])[key_id]

    size, initialization, playlist = hls_segments(edge, session)
    dash_size, dash_initialization, dash_segment = dash_segments(edge, session)
    width, height = size
    segment = fetched(edge, urljoin(playlist.base_uri, playlist.segments[0].uri))
    head = fetched(edge, initialization)
    dash_head, dash_media = fetched(edge, dash_initialization), fetched(edge, dash_segment)
    await stop(box, session)

    assert (size, head, segment) == (dash_size, dash_head, dash_media)
    opened = frame_decoder.decode_frames(head, segment, key, width=width, height=height)
    closed = frame_decoder.decode_frames(head, segment, bytes(16), width=width, height=height)
    assert frame_decoder.has_content(opened[0])
    assert not len(closed) or abs(opened[0].astype(int) - closed[0]).mean() > frame_decoder.CONTENT_DEVIATION


async def test_the_key_of_the_playlist_is_that_of_the_license(box, edge, cello):
    session = await start(box, cello)
    license_keys = licensed(edge, session, key_ids(edge, session))

    _, _, playlist = hls_segments(edge, session)
    addresses = {urljoin(playlist.base_uri, key.uri) for key in playlist.keys if key and key.keyformat == "identity"}
    playlist_keys = [fetched(edge, address) for address in addresses]
    await stop(box, session)

    assert list(license_keys.values()) == playlist_keys


async def test_a_byte_range_of_a_segment_is_returned(box, edge, cello):
    session = await start(box, cello)
    _, _, segment = dash_segments(edge, session)
    whole = fetched(edge, segment)

    part = edge.get(segment, range="bytes=100-299")
    await stop(box, session)

    assert (206, whole[100:300]) == (part.status, part.body)
    assert f"bytes 100-299/{len(whole)}" == part.headers["content-range"]


async def test_no_license_is_issued_after_the_session_ended(box, edge, cello):
    session = await start(box, cello)
    wanted = key_ids(edge, session)
    await stop(box, session)

    answer = edge.post(license_url(session), {"kids": [_text(bytes.fromhex(key_id)) for key_id in wanted]})

    assert (400, "SESSION_ENDED") == (answer.status, answer.reason)


async def test_the_token_of_another_session_opens_neither_playlist_nor_license(box, edge, cello):
    first, second = await start(box, cello), await start(box, cello, "Kitchen")
    mixed = license_url(first).partition("?")[0] + "?" + license_url(second).partition("?")[2]

    answer = edge.post(mixed, {"kids": []})
    playlist = edge.get(hls_url(first).partition("?")[0] + "?" + hls_url(second).partition("?")[2])
    await stop(box, first)
    await stop(box, second)

    assert [(401, "PLAYBACK_TOKEN_INVALID")] * 2 == [
        (reported.status, reported.reason) for reported in (answer, playlist)
    ]


async def test_a_locked_title_is_refused_with_the_offers_that_give_access(platform):
    async with Marquee(platform.url) as basic:
        await basic.log_in("basic@ott.test", "test123")
        title_id = demo_titles.title_id(demo_titles.COURIER)
        with pytest.raises(AccessDenied) as refused:
            await start(basic, title_id)
        asked = await basic.entitlement.CheckAccess(
            entitlement_service_pb2.CheckAccessRequest(subject=watchable_subjects.title(title_id))
        )

    decision = refused.value.decision
    assert (grpc.StatusCode.PERMISSION_DENIED, "NOT_ENTITLED") == (refused.value.code, refused.value.reason)
    assert [entitlement_pb2.ACCESS_REASON_CODE_NOT_IN_SUBSCRIPTION] == [reason.code for reason in decision.reasons]
    assert ["Premium"] == [option.offer.display_name for option in decision.options]
    assert list(asked.decision.reasons) == list(decision.reasons)


async def test_a_third_stream_is_refused_until_another_is_stopped(box, cello):
    living_room, kitchen = await start(box, cello, "Living room"), await start(box, cello, "Kitchen")

    with pytest.raises(AccessDenied) as refused:
        await start(box, cello, "Bedroom")
    ways = [option.stop_stream for option in refused.value.decision.options]
    (way,) = (way for way in ways if way.device_display_name == "Kitchen")
    await box.playback.StopSession(playback_service_pb2.StopSessionRequest(session_id=way.session_id))
    bedroom = await start(box, cello, "Bedroom")
    await stop(box, bedroom)
    await stop(box, living_room)

    assert "TOO_MANY_STREAMS" == refused.value.reason
    assert {"Living room": living_room.session_id, "Kitchen": kitchen.session_id} == {
        way.device_display_name: way.session_id for way in ways
    }


async def test_invalid_messages_are_refused_with_their_fields(box):
    with pytest.raises(MarqueeError) as refused:
        await start(box, "not-an-id")

    assert (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_INVALID") == (refused.value.code, refused.value.reason)
    assert ["subject.title_id"] == list(refused.value.violations)


async def test_no_session_starts_without_a_token(platform, cello):
    async with grpc.aio.insecure_channel(platform.address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await playback_service_pb2_grpc.PlaybackServiceStub(channel).StartSession(
                playback_service_pb2.StartSessionRequest(subject=watchable_subjects.title(cello), request_id=ids.new())
            )

    assert grpc.StatusCode.UNAUTHENTICATED == refused.value.code()


def buf_curl(platform, *words):
    """Runs `buf curl`, which learns the contract by reflection."""
    buf = Path(sys.executable).parent / "buf"
    options = ("--protocol", "grpc", "--http2-prior-knowledge")
    run = subprocess.run([buf, "curl", *options, *words], capture_output=True, text=True, check=True, cwd=platform.home)
    return run.stdout


def test_reflection_lists_every_public_method(platform):
    methods = buf_curl(platform, "--list-methods", platform.url).splitlines()

    services = {method.strip().partition("/")[0] for method in methods}
    areas = {
        re.fullmatch(r"marquee\.(\w+)\.v1\.\w+", name).group(1) for name in services if name.startswith("marquee.")
    }
    internal = {"embedding"}
    assert {"gateway", *(service.name for service in topology.SERVICES)} - internal == areas
    assert not [name for name in services if "Internal" in name]


def test_a_method_can_be_called_by_reflection(platform):
    request = json.dumps({"query": "borowed celo", "pageSize": 1})

    answer = buf_curl(platform, "--data", request, f"{platform.url}/marquee.catalog.v1.CatalogService/SearchTitles")

    assert [demo_titles.CELLO] == [result["title"]["displayName"] for result in json.loads(answer)["results"]]
