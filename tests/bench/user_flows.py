"""Measures what viewers wait for: search, the start of playback, the first picture."""

import base64
import contextlib
import json
import random
import shutil
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import grpc
import psutil
from marquee.catalog.v1 import catalog_service_pb2, catalog_service_pb2_grpc
from marquee.playback.v1 import playback_pb2, playback_service_pb2, playback_service_pb2_grpc
from playwright import sync_api

from services.kit import ids, testing, watchable_subjects
from tests.bench import h2load
from tests.journeys import viewer_app
from tests.local_platform import Platform

_SEARCHES = 400
#: The services write their logs a few times a second.
_LOG_SECONDS = 1.0
_SESSIONS = 200
_FIRST_FRAMES = 5
#: The seconds without a call before memory is measured.
_QUIET_SECONDS = 20
#: A platform is idle when it used so little of a core in so many samples.
_IDLE_CORES, _IDLE_SAMPLES, _SAMPLE_SECONDS = 0.25, 3, 2.0
_LONGEST_SECONDS = 600
_SHORTEST_WORD = 6
#: The parts of searches by description.
_KINDS = ("slow-burn mystery", "funny film", "quiet drama", "scary story", "sweeping romance", "tense thriller")
_MATTERS = ("a heist", "old friends", "a missing child", "a robot", "first love", "a long journey", "music", "revenge")
_SCENES = ("in a small town", "at sea", "in winter", "during the war", "in space", "in a big city", "on a farm")
#: Presses Play and returns the milliseconds until the browser has presented a frame.
_PRESS_AND_WAIT = """() => new Promise((resolve, reject) => {
  const link = [...document.querySelectorAll("a")].find(each => /^(Play|Resume)/.test(each.textContent.trim()));
  const began = performance.now();
  setTimeout(() => reject(new Error("no picture in 30 s")), 30_000);
  const look = () => {
    const video = document.querySelector("video");
    if (video) video.requestVideoFrameCallback(now => resolve(now - began));
    else requestAnimationFrame(look);
  };
  look();
  link.click();
})"""
_CHROMIUM = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)


@dataclass(frozen=True)
class Import:
    """An import: how many rows it read, how many titles it wrote, and how long it took."""

    rows: int
    writes: int
    seconds: float


def import_films(platform: Platform, films: Path) -> Import:
    """Imports the films."""
    started = time.perf_counter()
    report = json.loads(platform.run_cli("import", str(films), "--json"))
    return Import(report["rows"], report["created"] + report["updated"], time.perf_counter() - started)


def measure_search(platform: Platform, token: str, names: list[str]) -> list[float]:
    """Returns the latencies of searches for misspelled names."""
    chance = random.Random(36_273)
    queries = [misspell(chance.choice(names), 1 + number % 2, chance) for number in range(_SEARCHES)]
    _search_all(platform, token, queries)
    return _read_log(platform, "SearchTitles", _SEARCHES)


def measure_semantic_search(platform: Platform, token: str) -> tuple[list[float], float]:
    """Returns the latencies of searches by description, and the share that used vectors."""
    chance = random.Random(36_273)
    queries = [
        f"{chance.choice(_KINDS)} about {chance.choice(_MATTERS)} {chance.choice(_SCENES)}" for _ in range(_SEARCHES)
    ]
    understood = _search_all(platform, token, queries)
    return _read_log(platform, "SearchTitles", _SEARCHES), understood / _SEARCHES


def measure_suggestions(platform: Platform, token: str, names: list[str]) -> list[float]:
    """Returns the latencies of suggestions for names as they are typed, some misspelled."""
    chance = random.Random(36_273)
    count = 0
    with grpc.insecure_channel(platform.service_address("catalog")) as channel:
        catalog = catalog_service_pb2_grpc.CatalogServiceStub(channel)
        for number in range(_SEARCHES // 4):
            name = chance.choice(names)
            typed = misspell(name, 1, chance) if number % 3 == 0 else name
            for length in range(1, len(typed) + 1):
                if typed[:length].strip():
                    request = catalog_service_pb2.SuggestSearchRequest(query=typed[:length])
                    catalog.SuggestSearch(request, metadata=testing.bearing(token))
                    count += 1
    return _read_log(platform, "SuggestSearch", count)


def _search_all(platform: Platform, token: str, queries: list[str]) -> int:
    """Searches for all queries; returns how many searches used vectors."""
    with grpc.insecure_channel(platform.service_address("catalog")) as channel:
        catalog = catalog_service_pb2_grpc.CatalogServiceStub(channel)
        return sum(
            catalog.SearchTitles(
                catalog_service_pb2.SearchTitlesRequest(query=query), metadata=testing.bearing(token)
            ).by_meaning
            for query in queries
        )


def _read_log(platform: Platform, method: str, count: int) -> list[float]:
    """Returns the latencies of the last calls of a method: sorted milliseconds from the log of the service."""
    time.sleep(_LOG_SECONDS)
    lines = (json.loads(line) for line in (platform.home / "logs" / "catalog.log").read_text().splitlines())
    times = [line["milliseconds"] for line in lines if line.get("method", "").endswith(f"/{method}")]
    if len(times) < count:
        raise h2load.LoadFailed(f"the log holds {len(times)} calls of {method} only")
    return sorted(times[-count:])


def misspell(name: str, wrong: int, chance: random.Random) -> str:
    """Returns `name` with random letters of its longest word replaced."""
    words = name.split()
    longest = max(range(len(words)), key=lambda place: len(words[place]))
    letters = list(words[longest])
    for place in chance.sample(range(1, len(letters)), min(wrong, len(letters) - 1)):
        letters[place] = chance.choice("abcdefghijklmnopqrstuvwxyz")
    words[longest] = "".join(letters)
    return " ".join(words)


def searchable_names(films: list[dict[str, str]]) -> list[str]:
    """Returns the names with a word that is long enough to be misspelled."""
    return [film["title"] for film in films if max(map(len, film["title"].split()), default=0) >= _SHORTEST_WORD]


def measure_sessions(platform: Platform, token: str, title_id: str) -> tuple[list[float], list[float]]:
    """Returns the latencies of StartSession and of a license through the edge, as sorted milliseconds."""
    starts, licenses = [], []
    with grpc.insecure_channel(platform.address) as channel:
        playback = playback_service_pb2_grpc.PlaybackServiceStub(channel)
        metadata = testing.bearing(token)
        for _ in range(_SESSIONS):
            began = time.perf_counter()
            answer = playback.StartSession(
                playback_service_pb2.StartSessionRequest(
                    subject=watchable_subjects.title(title_id), request_id=ids.new()
                ),
                metadata=metadata,
            )
            starts.append((time.perf_counter() - began) * 1000)
            licenses.append(_license(platform, answer.session))
            playback.StopSession(
                playback_service_pb2.StopSessionRequest(session_id=answer.session.session_id), metadata=metadata
            )
    return sorted(starts), sorted(licenses)


def _license(platform: Platform, session: playback_pb2.Session) -> float:
    """Requests the key of a manifest; returns the milliseconds."""
    with urllib.request.urlopen(_dash_url(session)) as manifest:
        key_id = manifest.read().decode().split('default_KID="')[1].split('"')[0].replace("-", "")
    body = json.dumps({"kids": [_base64url(bytes.fromhex(key_id))], "type": "temporary"}).encode()
    request = urllib.request.Request(
        session.key_systems[0].license_url, data=body, headers={"content-type": "application/json"}
    )
    began = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        if not json.load(answer)["keys"]:
            raise h2load.LoadFailed("the license holds no key")
    return (time.perf_counter() - began) * 1000


def _dash_url(session: playback_pb2.Session) -> str:
    return next(each.url for each in session.manifests if each.protocol == playback_pb2.MANIFEST_PROTOCOL_DASH)


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def measure_first_frames(platform: Platform, title: str, title_id: str) -> list[float]:
    """Returns the sorted milliseconds from pressing Play to the first picture in Chromium."""
    times = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_CHROMIUM))
        viewer = viewer_app.App(browser.new_page(), platform.url)
        viewer.log_in("demo@ott.test", "demo123", "Demo User")
        for _ in range(_FIRST_FRAMES):
            viewer.open(f"/title/{title_id}")
            viewer.heading(title).wait_for()
            # By then the app has loaded its player.
            viewer.page.wait_for_load_state("networkidle")
            times.append(float(viewer.page.evaluate(_PRESS_AND_WAIT)))
        browser.close()
    return sorted(times)


def wait_until_idle(platform: Platform) -> None:
    """Waits until the platform uses little processor time: work after an import would distort the figures."""
    pids = [process["pid"] for process in platform.processes().values()]
    idle_samples, before, began = 0, _cpu_seconds(pids), time.perf_counter()
    while idle_samples < _IDLE_SAMPLES:
        time.sleep(_SAMPLE_SECONDS)
        now = _cpu_seconds(pids)
        idle_samples = idle_samples + 1 if now - before < _SAMPLE_SECONDS * _IDLE_CORES else 0
        before = now
        if time.perf_counter() - began > _LONGEST_SECONDS:
            raise h2load.LoadFailed("the platform does not come to rest")


def _cpu_seconds(pids: list[int]) -> float:
    total = 0.0
    for pid in pids:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):  # PostgreSQL ends the process of a connection with it.
                times = each.cpu_times()
                total += times.user + times.system
    return total


def measure_idle_memory(platform: Platform) -> int:
    """Returns the resident bytes of all processes after a while without calls."""
    time.sleep(_QUIET_SECONDS)
    return sum(process["memory_bytes"] for process in platform.processes().values())
