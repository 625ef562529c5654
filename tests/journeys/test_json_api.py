"""Scripts log in, find and play titles with JSON; invalid requests are refused with the reason."""

import base64
import http.client
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from services.kit import ids
from tests.journeys import demo_titles, edge_client

pytestmark = [pytest.mark.journey, pytest.mark.timeout(1800)]

_TITLES = "/api/v1/catalog/titles"
_SESSIONS = "/api/v1/playback/sessions"
_CONTINUE = "/api/v1/viewing/continue-watching"


def seconds(duration):
    return float(duration.removesuffix("s"))


def bookmarked(edge, viewer, title_id):
    items = edge.get(_CONTINUE, token=viewer.token).json.get("items", [])
    return next((seconds(item["position"]) for item in items if item["subject"]["titleId"] == title_id), None)


@pytest.fixture(scope="module")
def viewer(edge, cello, playable):
    """A viewer who is registered after the media is ready, so that the token is fresh."""
    playable(demo_titles.GREENHOUSE)
    return edge.register_viewer("STANDARD")


@pytest.fixture
def session(edge, viewer, cello):
    begun = edge.start(viewer, cello)
    yield begun
    edge.call("DELETE", f"{_SESSIONS}/{begun['sessionId']}", token=viewer.token)


def test_everything_serves(edge):
    # A busy service does not count as serving until it answers its health check.
    answer = edge_client.wait_until(lambda: (reported := edge.get("/healthz")).status == 200 and reported)

    assert {"identity", "catalog", "entitlement", "playback", "packager", "viewing"} <= {
        part["name"] for part in answer.json["parts"]
    }


def test_both_live_keys_are_published(edge):
    keys = edge.get("/.well-known/jwks.json").json["keys"]

    assert 2 == len({key["kid"] for key in keys})
    assert all((key["kty"], key["crv"], "d" in key) == ("OKP", "Ed25519", False) for key in keys)


def test_titles_are_listed_a_page_at_a_time(edge):
    viewer = edge.log_in("demo@ott.test", "demo123")
    first = edge.get(f"{_TITLES}?pageSize=20", token=viewer.token).json
    second = edge.get(f"{_TITLES}?pageSize=20&pageToken={first['nextPageToken']}", token=viewer.token).json

    ids_of = [[title["titleId"] for title in page["titles"]] for page in (first, second)]
    assert [20, 20] == [len(page) for page in ids_of]
    assert not {*ids_of[0]} & {*ids_of[1]}
    assert 70 == first["totalSize"]


def test_a_page_size_beyond_the_limit_is_reduced_to_it(edge, viewer):
    answer = edge.get(f"{_TITLES}?pageSize=2000000000", token=viewer.token)

    assert 200 == answer.status
    assert 70 >= len(answer.json["titles"]) >= 20


def test_a_script_logs_in_finds_plays_and_continues(edge, viewer, cello):
    assert demo_titles.CELLO in edge.search("borowed celo")
    assert demo_titles.CELLO == edge.get(f"{_TITLES}/{cello}").json["title"]["displayName"]
    session = edge.start(viewer, cello)
    path = f"{_SESSIONS}/{session['sessionId']}"
    assert 0 == seconds(session["resumePosition"])
    assert edge.get(edge_client.manifest_url(session, "HLS")).body.startswith(b"#EXTM3U")
    assert b"<MPD" in edge.get(edge_client.manifest_url(session, "DASH")).body

    beat = edge.post(f"{path}:heartbeat", {"position": "12s", "state": "PLAYER_STATE_PLAYING"}, token=viewer.token)
    assert 200 == beat.status
    assert beat.json["leaseExpireTime"]
    assert 200 == edge.call("DELETE", path, token=viewer.token).status

    assert 12 == edge_client.wait_until(lambda: bookmarked(edge, viewer, cello))
    again = edge.start(edge.log_in(viewer.email, viewer.password), cello)
    assert 12 == seconds(again["resumePosition"])
    assert 200 == edge.call("DELETE", f"{_SESSIONS}/{again['sessionId']}?position=0s", token=viewer.token).status


def test_a_refusal_is_forbidden_with_the_decision_as_a_detail(edge):
    basic = edge.log_in("basic@ott.test", "test123")

    answer = edge.post(
        _SESSIONS, edge_client.start_session_body(demo_titles.title_id(demo_titles.COURIER)), token=basic.token
    )

    assert (403, 7, "NOT_ENTITLED") == (answer.status, answer.json["code"], answer.reason)
    assert ["ACCESS_REASON_CODE_NOT_IN_SUBSCRIPTION"] == [reason["code"] for reason in answer.decision["reasons"]]
    assert ["Premium"] == [option["offer"]["displayName"] for option in answer.decision["options"]]
    asked = edge.get(
        f"/api/v1/entitlement/access?subject.title_id={demo_titles.title_id(demo_titles.COURIER)}", token=basic.token
    ).json["decision"]
    assert (asked["reasons"], asked["options"]) == (answer.decision["reasons"], answer.decision["options"])


def test_a_title_without_media_says_that_it_is_not_ready(edge, viewer):
    answer = edge.post(
        _SESSIONS, edge_client.start_session_body(demo_titles.title_id(demo_titles.WITHOUT_MEDIA)), token=viewer.token
    )

    assert (400, 9, "NOT_PLAYABLE_YET") == (answer.status, answer.json["code"], answer.reason)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"subject": {"titleId": "not-an-id"}, "requestId": ids.new()}, "subject.titleId"),
        ({"requestId": ids.new()}, "subject"),
        (edge_client.start_session_body(ids.new(), device={"displayName": "x" * 81}), "device.displayName"),
    ],
    ids=["no id", "nothing", "long name"],
)
def test_an_invalid_message_is_refused_with_its_fields(edge, viewer, body, field):
    answer = edge.post(_SESSIONS, body, token=viewer.token)

    assert (400, 3, "REQUEST_INVALID") == (answer.status, answer.json["code"], answer.reason)
    assert {field} == set(answer.violations)


def test_an_unknown_field_is_named(edge, viewer):
    answer = edge.post(
        _SESSIONS, edge_client.start_session_body(ids.new(), device={"colour": "red"}), token=viewer.token
    )

    assert (400, "REQUEST_INVALID", {"device.colour"}) == (answer.status, answer.reason, set(answer.violations))


@pytest.mark.parametrize(
    "body",
    [b"{broken", b"[]", b'{"subject": 7}', b"\xff\xfe", b'"text"'],
    ids=["cut short", "a list", "a number", "no text", "a string"],
)
def test_a_body_that_is_no_message_is_a_bad_request(edge, viewer, body):
    answer = edge.post(_SESSIONS, body, token=viewer.token)

    assert (400, 3, "REQUEST_INVALID") == (answer.status, answer.json["code"], answer.reason)


def test_a_position_before_the_beginning_is_refused(edge, viewer, session):
    answer = edge.post(
        f"{_SESSIONS}/{session['sessionId']}:heartbeat",
        {"position": "-1s", "state": "PLAYER_STATE_PLAYING"},
        token=viewer.token,
    )

    assert (400, {"position"}) == (answer.status, set(answer.violations))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{_TITLES}/{ids.new()}", None),
        ("POST", _SESSIONS, edge_client.start_session_body(ids.new())),
        ("POST", f"{_SESSIONS}/{ids.new()}:heartbeat", {"position": "1s", "state": "PLAYER_STATE_PLAYING"}),
        ("DELETE", f"{_SESSIONS}/{ids.new()}", None),
        ("GET", "/api/v1/no/such/path", None),
    ],
    ids=["title", "title to play", "session to keep", "session to stop", "path"],
)
def test_unknown_ids_and_paths_are_not_found(edge, viewer, method, path, body):
    assert 404 == edge.call(method, path, body, token=viewer.token).status


def test_a_title_of_another_country_is_not_in_the_catalogue_and_does_not_play(edge, viewer):
    title_id = demo_titles.title_id(demo_titles.OTHER_COUNTRIES)

    got = edge.get(f"{_TITLES}/{title_id}", token=viewer.token)
    played = edge.post(_SESSIONS, edge_client.start_session_body(title_id), token=viewer.token)

    assert [(404, "TITLE_NOT_FOUND")] * 2 == [(answer.status, answer.reason) for answer in (got, played)]


def test_a_draft_is_not_found(edge, viewer):
    title_id = demo_titles.title_id(demo_titles.DRAFT)

    got = edge.get(f"{_TITLES}/{title_id}", token=viewer.token)
    played = edge.post(_SESSIONS, edge_client.start_session_body(title_id), token=viewer.token)

    assert [(404, "TITLE_NOT_FOUND")] * 2 == [(answer.status, answer.reason) for answer in (got, played)]


def test_the_session_of_another_account_is_not_found(edge, session):
    stranger = edge.log_in("demo@ott.test", "demo123")
    path = f"{_SESSIONS}/{session['sessionId']}"

    beat = edge.post(f"{path}:heartbeat", {"position": "5s", "state": "PLAYER_STATE_PLAYING"}, token=stranger.token)
    stop = edge.call("DELETE", path, token=stranger.token)

    assert [(404, "SESSION_NOT_FOUND")] * 2 == [(answer.status, answer.reason) for answer in (beat, stop)]


def test_another_accounts_profile_cannot_be_selected(edge, viewer):
    stranger = edge.log_in("demo@ott.test", "demo123")
    profiles = edge.get("/api/v1/account/profiles", token=stranger.token).json["profiles"]

    answer = edge.post(f"/api/v1/account/profiles/{profiles[0]['profileId']}:select", {}, token=viewer.token)

    assert 404 == answer.status


def test_a_viewer_may_not_call_admin_methods(edge, viewer):
    path = f"/api/v1/admin/entitlement/subscriptions/{viewer.account_id}"

    assert 403 == edge.call("PUT", path, {"tier": "TIER_PREMIUM"}, token=viewer.token).status


def b64(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def unsigned(token):
    return f"{b64({'alg': 'none', 'typ': 'JWT'})}.{b64(claims_of(token))}."


def foreign(token):
    header = jwt.get_unverified_header(token)
    return jwt.encode(claims_of(token), ed25519.Ed25519PrivateKey.generate(), "EdDSA", {"kid": header["kid"]})


def hashed(token, edge):
    """Signs a token with the published public key as an HMAC secret."""
    header = jwt.get_unverified_header(token)
    (key,) = (key for key in edge.get("/.well-known/jwks.json").json["keys"] if key["kid"] == header["kid"])
    secret = base64.urlsafe_b64decode(key["x"] + "==")
    return jwt.encode(claims_of(token), secret, "HS256", {"kid": header["kid"]})


def raised(token):
    header, payload, signature = token.split(".")
    claims = {**claims_of(token), "roles": ["viewer", "editor", "admin"]}
    assert payload != b64(claims)
    return f"{header}.{b64(claims)}.{signature}"


def expired(platform, token):
    header = jwt.get_unverified_header(token)
    key = serialization.load_pem_private_key((platform.home / "keys" / "identity" / "current.pem").read_bytes(), None)
    past = {**claims_of(token), "iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600}
    return jwt.encode(past, key, "EdDSA", {"kid": header["kid"]})


def test_only_valid_tokens_of_this_platform_are_accepted(edge, viewer, platform, session):
    playback_token = edge_client.manifest_url(session, "HLS").partition("token=")[2]
    bad = {
        "none": "",
        "garbage": "garbage",
        "unsigned": unsigned(viewer.token),
        "signed elsewhere": foreign(viewer.token),
        "signed with the public key": hashed(viewer.token, edge),
        "with roles added": raised(viewer.token),
        "expired": expired(platform, viewer.token),
        "for media": playback_token,
        "to refresh with": viewer.refresh_token,
    }

    assert 200 == edge.get(_CONTINUE, token=viewer.token).status
    assert dict.fromkeys(bad, 401) == {name: edge.get(_CONTINUE, token=token).status for name, token in bad.items()}
    # An invalid token is refused by public methods too, so that its holder notices.
    public = {name: edge.get(_TITLES, token=token).status for name, token in bad.items() if token}
    assert {401} == set(public.values())


def test_a_wrong_password_and_an_unknown_email_are_refused_alike(edge):
    wrong = edge.post("/api/v1/auth/login", {"email": "demo@ott.test", "password": "not this"})
    unknown = edge.post("/api/v1/auth/login", {"email": "nobody@ott.test", "password": "not this"})

    assert 401 == wrong.status == unknown.status
    assert wrong.json == unknown.json


def test_an_oversized_body_is_refused(edge, viewer):
    body = b'{"requestId": "' + b"x" * 2_000_000 + b'"}'

    try:
        answer = edge.post(_SESSIONS, body, token=viewer.token)
    except (ConnectionResetError, BrokenPipeError):
        return  # The edge may close the connection before it has read the whole body.

    assert 413 == answer.status


@pytest.mark.parametrize(
    "path",
    [
        "/media/{asset}/../{other}/hls/master.m3u8",
        "/media/{asset}/%2e%2e/{other}/hls/master.m3u8",
        "/media/{asset}/..%2f{other}/hls/master.m3u8",
        "/media/{asset}/%2e%2e%2f{other}/hls/master.m3u8",
        "/media/{asset}/%252e%252e/{other}/hls/master.m3u8",
        "/media/{asset}/../../secrets/service",
        "/media/{asset}/%2e%2e/%2e%2e/secrets/service",
        "/media/{asset}/..%2f..%2fsecrets%2fservice",
        "/media/{asset}/..\\..\\secrets\\service",
        "/media/{other}/hls/master.m3u8",
        "//media/{other}/hls/master.m3u8",
        "/media/",
    ],
)
def test_no_encoding_of_the_path_opens_media_beyond_the_token(edge, session, playable, assets, path):
    playable(demo_titles.GREENHOUSE)
    (own,), (other,) = assets[demo_titles.CELLO], assets[demo_titles.GREENHOUSE]
    token = edge_client.manifest_url(session, "HLS").partition("token=")[2]
    assert 200 == edge.get(f"/media/{own}/hls/master.m3u8?token={token}").status

    try:
        answer = edge.get(f"{path.format(asset=own, other=other)}?token={token}")
    except (http.client.HTTPException, OSError):
        return  # The edge may close the connection of a malformed request.

    # A path that leaves the media folder is one of the web app, which returns its page for every path.
    assert answer.status in {301, 307, 400, 401, 403, 404} or b'<div id="root">' in answer.body


def test_media_is_refused_without_its_token(edge, viewer, session, assets):
    path = f"/media/{assets[demo_titles.CELLO][0]}/hls/master.m3u8"
    token = edge_client.manifest_url(session, "HLS").partition("token=")[2]
    head, body, signature = token.split(".")

    assert [401] * 4 == [
        edge.get(path + query).status
        for query in ("", "?token=", f"?token={viewer.token}", f"?token={head}.{body}.{signature[:-4]}AAAA")
    ]
