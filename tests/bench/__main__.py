"""Runs every measurement on its own platforms, prints the table, and writes it as JSON with `--json FILE`."""

import argparse
import functools
import gzip
import json
import os
import platform as machine
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
from rich.console import Console
from rich.table import Table

from services.kit import testing
from tests import local_platform
from tests.bench import (
    channel_manifests,
    guide_reads,
    h2load,
    home_latency,
    large_guide,
    read_calls,
    tonight_latency,
    user_flows,
    vectors,
)
from tests.journeys import demo_titles, edge_client

FILMS = testing.DATA / "catalogue" / "films.json.gz"
_GIGABYTE, _MEGABYTE = 1e9, 1e6
_WATCHED = demo_titles.CELLO


@dataclass(frozen=True)
class Figure:
    """A goal and what was measured."""

    name: str
    measured: float
    unit: str
    goal: float
    #: Whether the goal is a floor; otherwise it is a ceiling.
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return self.measured >= self.goal if self.at_least else self.measured <= self.goal


def main() -> int:
    """Measures; returns 0 whether or not the goals are met, 2 if a measurement failed."""
    arguments = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    arguments.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    chosen = arguments.parse_args()
    console = Console(stderr=True)
    if not FILMS.exists():
        console.print(f"{FILMS} is missing; set MARQUEE_DATA")
        return 2
    failures: list[str] = []
    figures = [
        *_run_stages(
            console,
            failures,
            lambda: _word_search_figures(console),
            lambda: _large_guide_figures(console),
            lambda: _platform_figures(console, failures),
        )
    ]
    Console().print(_table(figures))
    if chosen.json:
        report = {"machine": _machine(), "figures": [vars(figure) | {"met": figure.met} for figure in figures]}
        chosen.json.write_text(json.dumps(report, indent=2) + "\n")
    return 2 if failures else 0


def _run_stages(console: Console, failures: list[str], *stages: Callable[[], Iterator[Figure]]) -> Iterator[Figure]:
    """Runs the stages one after another; a stage that fails does not end the others."""
    for stage in stages:
        try:
            yield from stage()
        except (h2load.LoadFailed, grpc.RpcError) as failed:
            failures.append(str(failed))
            console.print(f"[red]{failed}[/]")


def _word_search_figures(console: Console) -> Iterator[Figure]:
    """Measures search without vectors, on a platform without a language model."""
    with local_platform.running("--no-seed", MARQUEE_RATE_LIMITS="off", MARQUEE_EMBEDDING_MODEL="/none") as platform:
        console.print("Importing the films…")
        platform.run_cli("seed", "--no-media")
        imported = user_flows.import_films(platform, FILMS)
        yield Figure(f"Import of {imported.rows} films", imported.seconds, "s", 60)
        again = user_flows.import_films(platform, FILMS)
        yield Figure("Second import: titles written", again.writes, "", 0)
        console.print("Searching by words…")
        edge = edge_client.Edge(platform.port)
        vectors.wait_until_known(platform, _token(edge, "admin@ott.test", "admin123"), imported.rows)
        user_flows.wait_until_idle(platform)
        token = _token(edge)
        names = _names()
        searched = user_flows.measure_search(platform, token, names)
        yield Figure("Search with typos by words, p95", h2load.quantile(searched, 0.95), "ms", 5)
        suggested = user_flows.measure_suggestions(platform, token, names)
        yield Figure("Suggestions while typing, p95", h2load.quantile(suggested, 0.95), "ms", 8)


def _large_guide_figures(console: Console) -> Iterator[Figure]:
    """Measures the guide of a large operator, on a platform without a language model."""
    with (
        tempfile.TemporaryDirectory() as folder,
        local_platform.running("--no-seed", MARQUEE_RATE_LIMITS="off", MARQUEE_EMBEDDING_MODEL="/none") as platform,
    ):
        console.print("Importing the guide of a large operator…")
        platform.run_cli("seed", "--no-media")
        log_in = functools.partial(_token, edge_client.Edge(platform.port))
        measured = large_guide.measure(platform, log_in, Path(folder))
    first, again = measured.first_import, measured.second_import
    name = f"{large_guide.PROGRAMMES} programmes of {large_guide.CHANNELS} channels"
    note = f"{first.processor_seconds:.1f} s of CPU in epg"
    yield Figure(f"Import of {name}", first.seconds, "s", 12, note=note)
    yield Figure("Memory for it, beyond that of epg", first.growth_bytes / _MEGABYTE, "MB", 300)
    note = f"{again.processor_seconds:.1f} s of CPU in epg"
    yield Figure("Second import of the guide", again.seconds, "s", 4, note=note)
    yield Figure("Second import of the guide: programmes written", again.written, "", 0)
    note = f"median {h2load.quantile(measured.cold_pages, 0.5):.0f} ms after a change of all schedules"
    pages_p95 = h2load.quantile(measured.warm_pages, 0.95)
    yield Figure("GetGuide of 1000 channels and 24 hours, a page, p95", pages_p95, "ms", 25, note=note)
    yield Figure("ListOnNow of 41105 channels, a page, p95", h2load.quantile(measured.on_now, 0.95), "ms", 50)
    yield Figure("SearchGuide, p95", h2load.quantile(measured.searches, 0.95), "ms", 30)
    yield Figure("SearchGuide with typos, p95", h2load.quantile(measured.misspelled_searches, 0.95), "ms", 60)


def _platform_figures(console: Console, failures: list[str]) -> Iterator[Figure]:
    """Measures everything else, with the language model."""
    with local_platform.running("--no-seed", MARQUEE_RATE_LIMITS="off") as platform:
        console.print(f"The whole platform runs at {platform.url}; making something to watch…")
        platform.run_cli("seed", "--no-media")
        edge = edge_client.Edge(platform.port)
        demo_titles.wait_until_ready(edge, demo_titles.create_asset(edge, _WATCHED))
        console.print("Importing and embedding the films…")
        began = time.perf_counter()
        imported = user_flows.import_films(platform, FILMS)
        log_in = functools.partial(_token, edge, "admin@ott.test", "admin123")
        embedded = vectors.wait_until_embedded(platform, log_in, imported.rows, began)
        note = f"{embedded.titles / embedded.seconds:.0f} titles/s"
        yield Figure(f"Import and embedding of {embedded.titles} titles", embedded.seconds, "s", 360, note=note)
        console.print("Waiting for quiet…")
        vectors.wait_until_enriched(platform, log_in)
        user_flows.wait_until_idle(platform)
        idle = user_flows.measure_idle_memory(platform)
        yield Figure("Whole platform idle, with the films", idle / _GIGABYTE, "GB", 1.5)
        stages = (_vector_figures, _home_figures, _playback_figures, _read_figures, _guide_figures, _tonight_figures)
        yield from _run_stages(
            console, failures, *(functools.partial(each, console, platform, edge) for each in stages)
        )


def _playback_figures(console: Console, platform: local_platform.Platform, edge: edge_client.Edge) -> Iterator[Figure]:
    console.print("Watching…")
    token, title_id = _token(edge), demo_titles.title_id(_WATCHED)
    starts, licenses = user_flows.measure_sessions(platform, token, title_id)
    yield Figure("StartSession through Envoy, p95", h2load.quantile(starts, 0.95), "ms", 25)
    yield Figure("License through Envoy, p95", h2load.quantile(licenses, 0.95), "ms", 10)
    manifests = channel_manifests.measure(platform, token, _token(edge, "admin@ott.test", "admin123"), title_id)
    yield Figure("Live playlist of a channel, p95", manifests.live_p95, "ms", 8)
    yield Figure("Live playlists of one process", manifests.live_rate, "a second", 200, at_least=True)
    yield Figure("Playlist of an hour seven days ago, p95", manifests.catch_up_p95, "ms", 8)
    frames = user_flows.measure_first_frames(platform, _WATCHED, title_id)
    yield Figure("First picture in Chromium, median", h2load.quantile(frames, 0.5), "ms", 700)


def _read_figures(console: Console, platform: local_platform.Platform, edge: edge_client.Edge) -> Iterator[Figure]:
    console.print("Reading, beside a bare server…")
    direct, through = read_calls.measure(platform, _token(edge), demo_titles.title_id(_WATCHED))
    yield from _row_figures("directly", direct, 0.7)
    yield from _row_figures("through Envoy", through, 0.6)


def _guide_figures(console: Console, platform: local_platform.Platform, edge: edge_client.Edge) -> Iterator[Figure]:
    console.print("Opening the guide, beside a bare server…")
    measured = guide_reads.measure(platform, _token(edge))
    yield from _row_figures("directly", [measured.row], 0.6)
    yield Figure("GetGuide of 25 channels and 6 hours, p95", measured.guide_p95, "ms", 8)
    yield Figure("ListOnNow of 25 channels, p95", measured.on_now_p95, "ms", 50)


def _tonight_figures(console: Console, platform: local_platform.Platform, edge: edge_client.Edge) -> Iterator[Figure]:
    console.print("Choosing something for tonight…")
    latency = tonight_latency.measure_latency(platform, _token(edge))
    yield Figure("GetTonight of 25 channels warm, p95", h2load.quantile(latency.warm, 0.95), "ms", 5)
    yield Figure("GetTonight of 25 channels cold, p95", h2load.quantile(latency.cold, 0.95), "ms", 150)
    # It replaces the schedules of the demo channels, so it comes last.
    embedded = tonight_latency.measure_embedding(platform, _token(edge, "admin@ott.test", "admin123"))
    note = f"{embedded.programmes} programmes, {embedded.texts} texts"
    yield Figure("A week of the demo guide without titles, embedded", embedded.seconds, "s", 60, note=note)


def _vector_figures(console: Console, platform: local_platform.Platform, edge: edge_client.Edge) -> Iterator[Figure]:
    console.print("Looking for what is like something…")
    token = _token(edge)
    title_ids, held = vectors.read_vectors(platform)
    similar = vectors.measure_similar_titles(platform, token, title_ids)
    yield Figure(f"More like this of {len(title_ids)} titles, p95", h2load.quantile(similar, 0.95), "ms", 10)
    recall = vectors.measure_recall(platform, token, title_ids, held)
    yield Figure("More like this, recall@12 beside exact", recall, "", 0.99, at_least=True)
    console.print("Searching by meaning…")
    searched = user_flows.measure_search(platform, token, _names())
    yield Figure("Search with typos, with meaning, p95", h2load.quantile(searched, 0.95), "ms", 40)
    meant, understood = user_flows.measure_semantic_search(platform, token)
    note = f"meaning answered {understood:.0%} in time"
    yield Figure("Search with meaning, p95", h2load.quantile(meant, 0.95), "ms", 40, note=note)


def _home_figures(console: Console, platform: local_platform.Platform, edge: edge_client.Edge) -> Iterator[Figure]:
    console.print("Choosing, beside a bare server…")
    title_ids, _ = vectors.read_vectors(platform)
    chosen = home_latency.measure(platform, _token(edge, "premium@ott.test", "test123"), title_ids)
    yield from _row_figures("directly", [chosen.row], 0.5)
    yield Figure("GetHome warm, p95", h2load.quantile(chosen.warm, 0.95), "ms", 20)
    yield Figure("GetHome cold, p95", h2load.quantile(chosen.cold, 0.95), "ms", 150)


def _token(edge: edge_client.Edge, email: str = "demo@ott.test", password: str = "demo123") -> str:
    """Returns a new access token, which is valid for a quarter of an hour."""
    return edge.log_in(email, password).token


def _names() -> list[str]:
    with gzip.open(FILMS) as file:
        return user_flows.searchable_names(json.load(file))


def _row_figures(way: str, rows: list[read_calls.Row], floor: float) -> list[Figure]:
    figures = []
    for row in rows:
        note = f"{row.ours:,.0f} of {row.baseline:,.0f} calls/s"
        figures.append(Figure(f"{row.name} {way}, of the bare rate", row.ratio, "", floor, at_least=True, note=note))
        figures.append(Figure(f"{row.name} {way}, added p99", row.added_p99, "ms", 2))
    return figures


def _table(figures: list[Figure]) -> Table:
    table = Table("figure", "measured", "goal", "met", "", title=_machine())
    for figure in figures:
        sign = "≥" if figure.at_least else "≤"
        table.add_row(
            figure.name,
            f"{figure.measured:.2f} {figure.unit}",
            f"{sign} {figure.goal:g} {figure.unit}",
            "yes" if figure.met else "no",
            figure.note,
        )
    return table


def _machine() -> str:
    return f"{os.cpu_count()} cores, {machine.machine()}, Linux {machine.release()}, Python {machine.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
