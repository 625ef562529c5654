"""nginx serves media and web files behind the edge, with the configuration of `deploy/nginx`; where it is installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.tests import harness
from services.kit import testing

_CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx" / "files.conf"
_NGINX = shutil.which("nginx", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin")
_SEGMENT = bytes(range(256)) * 40

pytestmark = pytest.mark.skipif(_NGINX is None, reason="nginx is not installed")


@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    """nginx with the configuration, its ports and folders replaced. Yields the folder of files and both ports."""
    folder = tmp_path_factory.mktemp("nginx")
    media, web = testing.free_port(), testing.free_port()
    text = _CONFIGURATION.read_text()
    for old, new in (
        ("listen 8081", f"listen 127.0.0.1:{media}"),
        ("listen 8082", f"listen 127.0.0.1:{web}"),
        ("root /var/lib/marquee", f"root {folder}"),
        ("root /srv/web", f"root {folder}/web"),
        ("alias /srv/admin/", f"alias {folder}/admin/"),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "files.conf").write_text(text)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; user root; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}} http {{ access_log {folder}/access.log; {temporary} include {folder}/files.conf; }}"
    )
    command = [_NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with subprocess.Popen(command) as process:
        try:
            yield folder, media, web
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def platform(nginx, tmp_path_factory):
    folder, media, web = nginx
    (folder / "media" / "one" / "hls").mkdir(parents=True)
    (folder / "media" / "one" / "hls" / "seg.m4s").write_bytes(_SEGMENT)
    (folder / "media" / "one" / "hls" / "master.m3u8").write_text("#EXTM3U\n")
    (folder / "secret.txt").write_text("not for viewers")
    for app in ("web", "admin"):
        (folder / app / "assets").mkdir(parents=True)
        (folder / app / "index.html").write_text(f"<title>{app}</title>")
        (folder / app / "assets" / "app-1a2b3c.js").write_text("console.log(1);\n" * 200)
    whole = harness.Platform(tmp_path_factory.mktemp("platform"))
    whole.settings = {
        "MARQUEE_MEDIA_ORIGIN": f"http://127.0.0.1:{media}",
        "MARQUEE_WEB_ORIGIN": f"http://127.0.0.1:{web}",
    }
    try:
        whole.start()
        whole.lease()
        harness.until(lambda: whole.http("GET", _media("hls/seg.m4s")).status == 200)
        yield whole
    finally:
        whole.stop()


def _media(path):
    return f"/media/one/{path}?token={harness.playback_token('/media/one/')}"


def test_segments_come_whole_and_in_parts(platform):
    segment = platform.http("GET", _media("hls/seg.m4s"))
    part = platform.http("GET", _media("hls/seg.m4s"), range="bytes=256-511")
    playlist = platform.http("GET", _media("hls/master.m3u8"))

    assert (200, _SEGMENT, "video/iso.segment") == (segment.status, segment.body, segment.headers["content-type"])
    assert (206, bytes(range(256))) == (part.status, part.body)
    assert "application/vnd.apple.mpegurl" == playlist.headers["content-type"]


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("hls/missing.m4s", 404, "MEDIA_NOT_FOUND"),
        ("hls", 404, "MEDIA_NOT_FOUND"),
        ("hls/", 404, "MEDIA_NOT_FOUND"),
        ("../../secret.txt", 404, ""),
        ("%2e%2e/%2e%2e/secret.txt", 404, ""),
    ],
)
def test_what_is_no_file_of_the_package_is_refused(platform, path, status, reason):
    answer = platform.http("GET", _media(path))

    assert status == answer.status
    assert b"not for viewers" not in answer.body
    assert not reason or reason == answer.json["details"][0]["reason"]


def test_a_range_beyond_the_end_is_refused(platform):
    answer = platform.http("GET", _media("hls/seg.m4s"), range="bytes=99999-")

    assert (416, "MEDIA_RANGE_INVALID") == (answer.status, answer.json["details"][0]["reason"])


def test_without_a_token_nginx_is_not_asked_and_it_never_sees_one(platform, nginx):
    assert 401 == platform.http("GET", "/media/one/hls/unheard.m4s").status

    requests = re.findall(r'"GET (/media/\S*) ', (nginx[0] / "access.log").read_text())
    assert requests
    assert not [path for path in requests if "unheard" in path or "?" in path]


def test_pages_and_their_files_come_from_nginx(platform):
    page, admin = platform.http("GET", "/title/0198-aa"), platform.http("GET", "/admin/titles")
    script = platform.http("GET", "/admin/assets/app-1a2b3c.js", accept_encoding="gzip")

    assert (b"<title>web</title>", b"<title>admin</title>") == (page.body, admin.body)
    assert "text/html; charset=utf-8" == page.headers["content-type"]
    assert (200, "text/javascript; charset=utf-8") == (script.status, script.headers["content-type"])
    assert ("gzip", True) == (script.headers["content-encoding"], "immutable" in script.headers["cache-control"])
