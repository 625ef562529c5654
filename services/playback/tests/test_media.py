import base64
import json
import re
from datetime import timedelta

import grpc
import jwt
import m3u8
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from lxml import etree
from marquee.entitlement.v1 import entitlement_pb2
from marquee.playback.v1 import playback_pb2, playback_service_pb2

from services.kit import access_tokens, ids, testing
from services.playback import domain
from services.playback.media import tokens
from services.playback.tests import fakes, harness
from services.playback.tests.fakes import KEY, KEY_ID
from services.playback.tests.harness import account_of, token_of

MPD = "{urn:mpeg:dash:schema:mpd:2011}"
SESSIONS = "/api/v1/playback/sessions"
KEY_ID_IN_HEX = KEY_ID.hex()


async def refused(call):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return harness.refusal(caught.value).reason


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def license_request(*key_ids):
    return json.dumps({"kids": [encoded(key_id) for key_id in key_ids], "type": "temporary"}).encode()


@pytest.fixture
def token():
    return testing.a_token(account_id=ids.new())


@pytest.fixture
async def session(service, token):
    return await service.start(service.catalog.film(), token)


async def key_of(service, session, key_id=KEY_ID_IN_HEX, token=None):
    request = playback_service_pb2.GetContentKeyRequest(
        session_id=session.session_id, key_id=key_id, token=token_of(session) if token is None else token
    )
    return await service.stub.GetContentKey(request)


async def manifest_of(service, session, token=None):
    request = playback_service_pb2.GetDashManifestRequest(
        session_id=session.session_id, token=token_of(session) if token is None else token
    )
    return await service.stub.GetDashManifest(request)


async def test_the_multivariant_playlist_names_the_playlists_of_the_session(service, session):
    playlist = m3u8.loads(await service.playlist(session))

    address = f"{SESSIONS}/{session.session_id}/hls"
    names = ("video-144p", "video-720p")
    assert [f"{address}/{name}.m3u8?token={token_of(session)}" for name in names] == [
        each.uri for each in playlist.playlists
    ]
    assert [each.uri for each in playlist.media] == [f"{address}/audio-en.m3u8?token={token_of(session)}"]


async def test_a_media_playlist_names_segments_and_keys_with_the_token(service, session):
    playlist = m3u8.loads(await service.playlist(session, "video-144p.m3u8"))

    query = f"?token={token_of(session)}"
    files = f"/media/{service.packager.asset_id}/video/144p"
    assert [each.uri for each in playlist.segments] == [f"{files}/{name}.m4s{query}" for name in ("00001", "00002")]
    assert playlist.segment_map[0].uri == f"{files}/init.mp4{query}"
    [key] = playlist.keys
    assert (key.method, key.keyformat) == ("SAMPLE-AES", "identity")
    assert key.uri == f"{SESSIONS}/{session.session_id}/keys/{KEY_ID.hex()}{query}"


async def test_playlists_name_the_ids_of_keys_for_a_device_that_uses_licenses(service, token):
    capabilities = playback_pb2.DeviceCapabilities(key_systems=["org.w3.clearkey", "com.widevine.alpha"])
    session = await service.start(service.catalog.film(), token, device=playback_pb2.Device(capabilities=capabilities))

    playlist = await service.playlist(session, "video-144p.m3u8")

    address = f"{SESSIONS}/{session.session_id}/keys/{KEY_ID_IN_HEX}?token={token_of(session)}"
    assert [each.system for each in session.key_systems] == ["org.w3.clearkey"]
    assert (
        f'#EXT-X-KEY:METHOD=SAMPLE-AES,URI="{address}",KEYID=0x{KEY_ID_IN_HEX},KEYFORMAT="org.w3.clearkey"\n'
    ) in playlist


async def test_playlists_state_their_content_type_and_are_not_cached(service, session):
    call = service.stub.GetHlsPlaylist(
        playback_service_pb2.GetHlsPlaylistRequest(
            session_id=session.session_id, playlist="master.m3u8", token=token_of(session)
        )
    )
    response = await call

    assert response.content_type == "application/vnd.apple.mpegurl"
    assert dict(await call.initial_metadata())["cache-control"] == "no-store"


async def test_the_dash_manifest_names_segments_and_licenses_with_the_token(service, session):
    response = await manifest_of(service, session)

    query = f"?token={token_of(session)}"
    root = etree.fromstring(response.data)
    assert response.content_type == "application/dash+xml"
    assert [base.text for base in root.iter(f"{MPD}BaseURL")] == [f"/media/{service.packager.asset_id}/"]
    video, _, text = root.iter(f"{MPD}SegmentTemplate")
    assert video.get("initialization") == f"video/144p/init.mp4{query}"
    assert video.get("media") == f"video/144p/$Number%05d$.m4s{query}"
    assert text.get("media") == f"text/en/$Number%05d$.vtt{query}"
    [laurl] = root.iter("{https://dashif.org/CPS}Laurl")
    assert laurl.text == session.key_systems[0].license_url


async def test_every_address_of_a_playlist_carries_the_token(service, session):
    for name in ("master.m3u8", "video-144p.m3u8"):
        playlist = await service.playlist(session, name)
        addresses = re.findall(r'(?m)^(?!#)\S+$|(?<=URI=")[^"]+', playlist)
        assert all(address.endswith(f"?token={token_of(session)}") for address in addresses)


async def test_a_playlist_that_does_not_exist_is_not_found(service, session):
    assert await refused(service.playlist(session, "video-720p.m3u8")) == "PLAYLIST_NOT_FOUND"


@pytest.mark.parametrize("name", ["../dash/manifest.mpd", "..%2fmaster.m3u8", "/etc/passwd", "a/b.m3u8", ".m3u8", ""])
async def test_a_playlist_name_that_is_a_path_is_refused(service, session, name):
    assert await refused(service.playlist(session, name)) == "REQUEST_INVALID"


async def test_a_license_has_the_requested_keys(service, session):
    response = await service.license(session, license_request(KEY_ID))

    assert response.content_type == "application/json"
    assert json.loads(response.data) == {
        "keys": [{"kty": "oct", "kid": encoded(KEY_ID), "k": encoded(KEY)}],
        "type": "temporary",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"kids": []}',
        b'{"kids": "AAECAwQFBgcICQoLDA0ODw"}',
        b'{"kids": [7]}',
        b'{"kids": ["AAEC"]}',
        b'{"kids": ["%%%%"]}',
        b'{"kids": null}',
        b'"kids"',
    ],
)
async def test_a_malformed_license_request_is_refused(service, session, body):
    assert await refused(service.license(session, body)) == "LICENSE_REQUEST_INVALID"


async def test_an_unknown_key_is_not_found(service, session):
    assert await refused(service.license(session, license_request(KEY_ID, bytes(16)))) == "KEY_NOT_FOUND"
    assert await refused(key_of(service, session, "f" * 32)) == "KEY_NOT_FOUND"


async def test_a_key_is_sixteen_bytes(service, session):
    response = await key_of(service, session)

    assert (response.content_type, response.data) == ("application/octet-stream", KEY)


async def test_a_session_that_was_stopped_gets_no_media(service, session, token):
    await service.stop(session.session_id, token)

    assert await refused(service.playlist(session)) == "SESSION_ENDED"
    assert await refused(manifest_of(service, session)) == "SESSION_ENDED"
    assert await refused(service.license(session, license_request(KEY_ID))) == "SESSION_ENDED"
    assert await refused(key_of(service, session)) == "SESSION_ENDED"


async def test_a_session_whose_lease_ended_gets_no_keys(service, session):
    await service.pass_time(domain.LEASE)

    assert await refused(service.license(session, license_request(KEY_ID))) == "SESSION_ENDED"


async def test_keys_are_refused_when_the_viewer_may_not_watch_any_more(service, session, token):
    assert await key_of(service, session)
    service.entitlement.reasons = [entitlement_pb2.ACCESS_REASON_CODE_NOT_IN_SUBSCRIPTION]
    service.clock.advance(timedelta(seconds=5))

    assert await refused(key_of(service, session)) == "NOT_ENTITLED"
    assert await refused(service.license(session, license_request(KEY_ID))) == "NOT_ENTITLED"


async def test_the_token_of_another_session_is_refused(service, session):
    other = await service.start(service.catalog.film())

    assert await refused(service.playlist(session, token=token_of(other))) == "PLAYBACK_TOKEN_INVALID"
    assert await refused(service.license(session, license_request(KEY_ID), token_of(other))) == "PLAYBACK_TOKEN_INVALID"


async def test_an_expired_token_is_refused(service, session, token):
    service.clock.advance(fakes.DURATION + tokens.PAUSE + tokens.OVERLAP)

    assert await service.slots.get(account_of(token), session.session_id)
    assert await refused(service.playlist(session)) == "PLAYBACK_TOKEN_INVALID"


@pytest.mark.parametrize("wrong", ["", "nonsense", "a.b.c"])
async def test_a_damaged_token_is_refused(service, session, wrong):
    assert await refused(service.playlist(session, token=wrong)) == "PLAYBACK_TOKEN_INVALID"


async def test_a_token_with_another_signature_is_refused(service, session):
    header = jwt.get_unverified_header(token_of(session))
    claims = jwt.decode(token_of(session), options={"verify_signature": False})
    forged = jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm=access_tokens.ALGORITHM, headers=header)
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": header["kid"]})

    assert await refused(service.playlist(session, token=forged)) == "PLAYBACK_TOKEN_INVALID"
    assert await refused(service.playlist(session, token=unsigned)) == "PLAYBACK_TOKEN_INVALID"


async def test_an_access_token_is_not_a_playback_token(service, session, token):
    assert await refused(service.playlist(session, token=token)) == "PLAYBACK_TOKEN_INVALID"


async def test_the_published_keys_verify_a_token_which_states_its_path(service, session):
    response = await service.stub.GetPlaybackJwks(playback_service_pb2.GetPlaybackJwksRequest())
    keys = access_tokens.read_jwks(response.data)
    token = token_of(session)

    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = access_tokens.verified(
        token, key, service.clock.now().timestamp(), issuer="marquee-playback", audience="media"
    )
    assert len(keys) == 2
    assert claims["sid"] == session.session_id
    assert claims["pfx"] == f"/media/{service.packager.asset_id}/"
    assert claims["exp"] == session.expire_time.seconds


async def test_a_token_does_not_contain_the_account(session, token):
    claims = jwt.decode(token_of(session), options={"verify_signature": False})

    assert claims["sid"] == session.session_id
    assert account_of(token) not in str(claims)


async def test_manifests_hold_the_renditions_that_the_device_plays(service, token):
    baseline = playback_pb2.DeviceCapabilities(codecs=["avc1.42c01e"])
    film = service.catalog.film()
    service.entitlement.max_streams = 2
    every = await service.start(film, token)
    lower = await service.start(film, token, device=playback_pb2.Device(capabilities=baseline))

    async def renditions(session):
        manifest, playlist = await manifest_of(service, session), await service.playlist(session)
        return [
            [name for name in ("144p", "720p") if marker % name in text]
            for text, marker in ((playlist, "video-%s.m3u8"), (manifest.data.decode(), "video/%s/init.mp4"))
        ]

    assert [["144p", "720p"]] * 2 == await renditions(every)
    assert [["144p"]] * 2 == await renditions(lower)
    assert "mp4a.40.2" in await service.playlist(lower)
