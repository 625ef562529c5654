"""Files at the edge: the web apps with their history, and media that only the right token opens."""

import http.client

import pytest

from gateway import config
from gateway.tests import harness
from services.kit import config as kit_config

_SEGMENT = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def site(platform):
    """The platform with two packages in the media store and two built apps."""
    for package in ("one", "one-and-a-half", "two"):
        folder = platform.folder / "media" / package / "hls"
        folder.mkdir(parents=True)
        (folder / "seg.m4s").write_bytes(_SEGMENT)
        (folder / "master.m3u8").write_text("#EXTM3U\n")
    (platform.folder / "secret.txt").write_text("not for viewers")
    for app in ("web", "admin"):
        (platform.folder / app / "assets").mkdir()
        (platform.folder / app / "index.html").write_text(f"<title>{app}</title>")
        (platform.folder / app / "assets" / "app-1a2b3c.js").write_text("console.log(1);\n" * 200)
    platform.lease()
    harness.until(lambda: platform.http("GET", _media("one")).status == 200)
    return platform


def _media(package, prefix=None, path=None):
    token = harness.playback_token(prefix or f"/media/{package}/")
    return f"{path or f'/media/{package}/hls/seg.m4s'}?token={token}"


def test_the_right_token_opens_its_package(site):
    answer = site.http("GET", _media("one"))

    assert (200, _SEGMENT) == (answer.status, answer.body)
    assert "private" in answer.headers["cache-control"]


def test_a_part_of_a_file_can_be_asked_for(site):
    answer = site.http("GET", _media("one"), range="bytes=256-511")

    assert (206, bytes(range(256))) == (answer.status, answer.body)
    assert f"bytes 256-511/{len(_SEGMENT)}" == answer.headers["content-range"]


def test_playlists_have_the_types_that_players_expect(site):
    answer = site.http("GET", _media("one", path="/media/one/hls/master.m3u8"))

    assert "application/vnd.apple.mpegurl" == answer.headers["content-type"]


def test_query_parameters_of_players_are_ignored(site):
    assert 200 == site.http("GET", _media("one") + "&CMCD=br%3D3200%2Cbl%3D2100").status


def test_pages_of_other_sites_may_play(site):
    answer = site.http("GET", _media("one"), origin="https://elsewhere.test", range="bytes=0-1")

    assert "https://elsewhere.test" == answer.headers["access-control-allow-origin"]
    assert "content-range" in answer.headers["access-control-expose-headers"]


def test_pages_of_other_sites_may_ask_for_parts(site):
    answer = site.http(
        "OPTIONS",
        "/media/one/hls/seg.m4s",
        origin="https://elsewhere.test",
        access_control_request_method="GET",
        access_control_request_headers="range",
    )

    assert 200 == answer.status
    assert "https://elsewhere.test" == answer.headers["access-control-allow-origin"]
    assert answer.headers["access-control-allow-headers"] in {"*", "range"}


@pytest.mark.parametrize(
    "query",
    [
        lambda: "",
        lambda: "?token=",
        lambda: "?token=garbage",
        lambda: f"?token={harness.playback_token('/media/one/', expires_in=-60)}",
        lambda: f"?token={harness.playback_token('/media/one/', key=harness.FOREIGN_KEY)}",
        lambda: f"?token={harness.token(pfx='/media/one/')}",
    ],
    ids=["none", "empty", "garbage", "expired", "foreign", "access token"],
)
def test_without_a_good_token_nothing_opens(site, query):
    assert 401 == site.http("GET", f"/media/one/hls/seg.m4s{query()}").status


@pytest.mark.parametrize(
    "path",
    [
        "/media/two/hls/seg.m4s",
        "/media/one-and-a-half/hls/seg.m4s",
        "/media/one/../two/hls/seg.m4s",
        "/media/one/%2e%2e/two/hls/seg.m4s",
        "/media/one/%2E%2E/two/hls/seg.m4s",
        "/media/one/.%2e/two/hls/seg.m4s",
        "/media/one/hls/../../two/hls/seg.m4s",
        "/media/one/..%2ftwo/hls/seg.m4s",
        "/media/one/..%5ctwo/hls/seg.m4s",
        "/media/one/..\\two/hls/seg.m4s",
        "/media/one/%252e%252e/two/hls/seg.m4s",
        "/media/one/..;/two/hls/seg.m4s",
        "/media/one/./../two/hls/seg.m4s",
        "/media//two/hls/seg.m4s",
        "//media/two/hls/seg.m4s",
        "/media/one/../../secret.txt",
        "/media/one/%2e%2e/%2e%2e/secret.txt",
        "/media/one/..%2f..%2fsecret.txt",
        "/media/one/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/media/one/hls/seg.m4s%00.txt",
        "/media/one/hls/",
        "/media/one/",
        "/media/ONE/hls/seg.m4s",
        "/media/one/hls/../../../edge.yaml",
    ],
)
def test_no_path_leads_out_of_the_package(site, path):
    try:
        answer = site.http("GET", _media("one", path=path))
    except (http.client.HTTPException, OSError):
        return  # A request that is none is dropped.

    assert answer.status in {301, 307, 400, 401, 404}
    assert _SEGMENT != answer.body
    assert b"not for viewers" not in answer.body


def test_a_segment_is_refused_once_its_session_has_ended(site):
    def segment(session):
        path = f"/media/one/hls/seg.m4s?token={harness.playback_token('/media/one/', sid=session)}"
        return site.http("GET", path, origin="https://elsewhere.test")

    site.lease("ending")
    assert 200 == segment("ending").status

    site.lease("ending", seconds=0)
    ended, never = segment("ending"), segment("unheard-of")

    for answer in (ended, never):
        assert (403, 9) == (answer.status, answer.json["code"])
        assert "SESSION_ENDED" == answer.json["details"][0]["reason"]
        assert "no-store" == answer.headers["cache-control"]
        assert "https://elsewhere.test" == answer.headers["access-control-allow-origin"]


@pytest.mark.parametrize(
    ("verb", "path", "status", "reason"),
    [
        ("GET", lambda: "/media/one/hls/seg.m4s", 401, "PLAYBACK_TOKEN_INVALID"),
        ("GET", lambda: _media("two", prefix="/media/one/"), 401, "PLAYBACK_TOKEN_INVALID"),
        ("GET", lambda: _media("one", path="/media/one/hls/missing.m4s"), 404, "MEDIA_NOT_FOUND"),
        ("GET", lambda: _media("one", path="/media/one/hls"), 404, "MEDIA_NOT_FOUND"),
        ("GET", lambda: _media("one", path="/media/one/hls%2fseg.m4s"), 400, "REQUEST_INVALID"),
        ("POST", lambda: _media("one"), 405, "VERB_NOT_ALLOWED"),
        ("DELETE", lambda: "/media/one/hls/seg.m4s", 405, "VERB_NOT_ALLOWED"),
        ("GET", lambda: _media("one"), 416, "MEDIA_RANGE_INVALID"),
    ],
    ids=["no token", "another's token", "no file", "a folder", "escaped slash", "write", "deletion", "no such range"],
)
def test_a_refusal_of_media_is_a_status_in_json(site, verb, path, status, reason):
    beyond = {"range": "bytes=99999-"} if status == 416 else {}
    answer = site.http(verb, path(), origin="https://elsewhere.test", **beyond)

    assert (status, [reason]) == (answer.status, [detail["reason"] for detail in answer.json["details"]])
    assert ("application/json", "no-store") == (answer.headers["content-type"], answer.headers["cache-control"])
    assert "nosniff" == answer.headers["x-content-type-options"]
    assert status == 400 or "https://elsewhere.test" == answer.headers["access-control-allow-origin"]
    assert status != 405 or "GET, HEAD, OPTIONS" == answer.headers["allow"]
    assert not [name for name in answer.headers if name.startswith("x-marquee")]


def test_head_of_media_is_answered_without_a_body(site):
    present, missing = (
        site.http("HEAD", _media("one", path=f"/media/one/hls/{name}")) for name in ("seg.m4s", "missing.m4s")
    )

    assert (200, str(len(_SEGMENT)), b"") == (present.status, present.headers["content-length"], present.body)
    assert (404, "application/json", b"") == (missing.status, missing.headers["content-type"], missing.body)


def test_media_is_served_while_leases_cannot_be_read(fragile):
    folder = fragile.folder / "media" / "one"
    folder.mkdir()
    (folder / "seg.m4s").write_bytes(_SEGMENT)
    path = _media("one", path="/media/one/seg.m4s")
    fragile.lease()
    harness.until(lambda: fragile.http("GET", path).status == 200)

    fragile.kill("redis")
    assert 200 == fragile.http("GET", path).status
    fragile.kill("gateway")
    assert 200 == fragile.http("GET", path).status


def test_repeated_slashes_count_as_one(site):
    assert 200 == site.http("GET", _media("one", path="/media/one//hls///seg.m4s")).status


def test_the_token_is_not_in_the_log(site):
    secret = harness.playback_token("/media/one/", jti="look-for-me")
    answer = site.http("GET", f"/media/one/hls/seg.m4s?token={secret}")

    request_id = answer.headers["x-request-id"]
    harness.until(lambda: [entry for entry in site.log("envoy") if entry.get("request_id") == request_id])
    assert secret not in (site.folder / "envoy.log").read_text()


@pytest.mark.parametrize("path", ["/", "/title/0198-aa", "/browse/drama/", "/search?query=a.b"])
def test_any_page_of_the_app_is_its_index(site, path):
    answer = site.http("GET", path)

    assert (200, b"<title>web</title>") == (answer.status, answer.body)
    assert "no-cache" == answer.headers["cache-control"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "text/html; charset=utf-8" == answer.headers["content-type"]


@pytest.mark.parametrize("path", ["/admin/", "/admin/titles/0198-aa"])
def test_any_page_of_the_admin_app_is_its_own_index(site, path):
    assert b"<title>admin</title>" == site.http("GET", path).body


def test_the_admin_app_is_found_without_its_last_slash(site):
    answer = site.http("GET", "/admin")

    assert (301, "/admin/") == (answer.status, answer.headers["location"].partition(str(site.edge))[2])


def test_hashed_files_are_kept_for_good(site):
    for path in ("/assets/app-1a2b3c.js", "/admin/assets/app-1a2b3c.js"):
        answer = site.http("GET", path, accept_encoding="gzip")

        assert 200 == answer.status
        assert "immutable" in answer.headers["cache-control"]
        assert "gzip" == answer.headers["content-encoding"]
        assert "nosniff" == answer.headers["x-content-type-options"]


def test_a_missing_file_is_no_page(site):
    answer = site.http("GET", "/assets/gone-000000.js")

    assert 404 == answer.status
    assert "immutable" not in answer.headers.get("cache-control", "")


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt"])
def test_no_path_leads_out_of_the_app(site, path):
    assert b"not for viewers" not in site.http("GET", path).body


def test_pages_may_show_the_images_of_imported_titles(site):
    policy = site.http("GET", "/").headers["content-security-policy"]

    images = next(directive for directive in policy.split("; ") if directive.startswith("img-src "))
    assert "img-src 'self' data: blob: https: http:" == images


@pytest.mark.parametrize(
    ("stated", "allowed"),
    [
        (
            {"MARQUEE_IMAGE_SOURCES": "https://images.test, https://*.cdn.test:8443"},
            ("https://images.test", "https://*.cdn.test:8443"),
        ),
        ({"MARQUEE_IMAGE_SOURCES": "none"}, ()),
        ({"MARQUEE_TLS_CERT": "cert.pem", "MARQUEE_TLS_KEY": "key.pem"}, ("https:",)),
    ],
    ids=["origins", "none", "with TLS"],
)
def test_the_sources_of_images_can_be_narrowed(stated, allowed):
    assert allowed == config.read(stated).edge.web.image_sources


@pytest.mark.parametrize(
    "sources", ["https://images.test; script-src *", "https: 'unsafe-inline'", "ftp:", "https:,none"]
)
def test_a_source_of_images_that_would_change_the_policy_is_refused(sources):
    with pytest.raises(kit_config.ConfigError, match="MARQUEE_IMAGE_SOURCES"):
        config.read({"MARQUEE_IMAGE_SOURCES": sources})
