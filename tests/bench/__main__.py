"""Runs every measurement on a platform of its own, prints the table and writes it as JSON beside `--json FILE`."""

import argparse
import gzip
import json
import os
import platform as machine
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from clients.generate import __main__ as generate
from tests import platform as platforms
from tests.bench import homes, load, meaning, people, reads
from tests.journeys import edge as edges
from tests.journeys import films

DATA = Path(os.environ.get("MARQUEE_DATA", generate.ROOT.parent / "shared" / "data"))
FILMS = DATA / "catalogue" / "films.json.gz"
_GIGABYTE = 1e9
_WATCHED = films.CELLO


@dataclass(frozen=True)
class Figure:
    """One promise and what was measured."""

    name: str
    measured: float
    unit: str
    goal: float
    #: Whether the goal is a floor; otherwise it is a ceiling.
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the promise is kept."""
        return self.measured >= self.goal if self.at_least else self.measured <= self.goal


def main() -> int:
    """Measures; answers 0 whether or not the goals are met, 2 when something that it needs is missing."""
    arguments = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    arguments.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    chosen = arguments.parse_args()
    console = Console(stderr=True)
    if not FILMS.exists():
        console.print(f"{FILMS} is missing; set MARQUEE_DATA")
        return 2
    try:
        figures = measure(console)
    except load.LoadFailed as failed:
        console.print(str(failed))
        return 2
    Console().print(_table(figures))
    if chosen.json:
        told = {"machine": _machine(), "figures": [vars(figure) | {"met": figure.met} for figure in figures]}
        chosen.json.write_text(json.dumps(told, indent=2) + "\n")
    return 0


def measure(console: Console) -> list[Figure]:
    """Measures on two platforms: a quiet one without a language model, and a whole one."""
    return [*_words(console), *_whole(console)]


def _words(console: Console) -> list[Figure]:
    """Measures what needs no language model, on a platform that has none."""
    with platforms.running("--no-seed", MARQUEE_RATE_LIMITS="off", MARQUEE_EMBEDDING_MODEL="/none") as platform:
        console.print("Importing the films…")
        platform.marquee("seed", "--no-media")
        imported = people.import_films(platform, FILMS)
        console.print("Searching by words…")
        token = edges.Edge(platform.port).log_in("demo@ott.test", "demo123").token
        names = _names()
        searched = people.search(platform, token, names)
        suggested = people.suggest(platform, token, names)
    return [
        Figure(f"Import of {imported.rows} films", imported.seconds, "s", 60),
        Figure("Second import: titles written", imported.repeated_writes, "", 0),
        Figure("Search with typos by words, p95", load.quantile(searched, 0.95), "ms", 5),
        Figure("Suggestions while typing, p95", load.quantile(suggested, 0.95), "ms", 8),
    ]


def _whole(console: Console) -> list[Figure]:
    with platforms.running("--no-seed", MARQUEE_RATE_LIMITS="off") as platform:
        console.print(f"The whole platform runs at {platform.url}; making something to watch…")
        platform.marquee("seed", "--no-media")
        edge = edges.Edge(platform.port)
        films.made(edge, films.order(edge, _WATCHED))
        console.print("Importing and embedding the films…")
        began = time.perf_counter()
        imported = people.import_films(platform, FILMS)
        editor = edge.log_in("admin@ott.test", "admin123").token
        embedded = meaning.embedded(platform, editor, imported.rows, began)
        console.print("Waiting for quiet…")
        idle = people.idle_bytes(platform)
        token, title_id = edge.log_in("demo@ott.test", "demo123").token, films.id_of(_WATCHED)
        title_ids, held = meaning.vectors(platform)
        similar = meaning.similar(platform, token, title_ids)
        recall = meaning.recall(platform, token, title_ids, held)
        console.print("Searching by meaning…")
        misspelt = people.search(platform, token, _names())
        meant, understood = people.understand(platform, token)
        console.print("Watching…")
        starts, licenses = people.sessions(platform, token, title_id)
        frames = people.first_frames(platform, _WATCHED, title_id)
        console.print("Choosing, beside a bare server…")
        chosen = homes.measure(platform, edge.log_in("premium@ott.test", "test123").token, title_ids)
        console.print("Reading, beside a bare server…")
        token = edge.log_in("demo@ott.test", "demo123").token
        direct, through = reads.measure(platform, token, title_id)
    meaning_note = f"meaning answered {understood:.0%} in time"
    return [
        *_reads("directly", direct, 0.7),
        *_reads("through Envoy", through, 0.6),
        *_reads("directly", [chosen.row], 0.5),
        Figure("GetHome warm, p95", load.quantile(chosen.warm, 0.95), "ms", 20),
        Figure("GetHome cold, p95", load.quantile(chosen.cold, 0.95), "ms", 150),
        Figure("Search with typos, with meaning, p95", load.quantile(misspelt, 0.95), "ms", 40),
        Figure("Search with meaning, p95", load.quantile(meant, 0.95), "ms", 40, note=meaning_note),
        Figure(
            f"Import and embedding of {embedded.titles} titles",
            embedded.seconds,
            "s",
            360,
            note=f"{embedded.titles / embedded.seconds:.0f} titles/s",
        ),
        Figure(f"More like this of {len(title_ids)} titles, p95", load.quantile(similar, 0.95), "ms", 10),
        Figure("More like this, recall@12 beside exact", recall, "", 0.99, at_least=True),
        Figure("StartSession through Envoy, p95", load.quantile(starts, 0.95), "ms", 25),
        Figure("License through Envoy, p95", load.quantile(licenses, 0.95), "ms", 10),
        Figure("First picture in Chromium, median", load.quantile(frames, 0.5), "ms", 700),
        Figure("Whole platform idle, with the films", idle / _GIGABYTE, "GB", 1.5),
    ]


def _names() -> list[str]:
    with gzip.open(FILMS) as file:
        return people.names_in(json.load(file))


def _reads(way: str, rows: list[reads.Row], floor: float) -> list[Figure]:
    figures = []
    for row in rows:
        note = f"{row.ours:,.0f} of {row.bare:,.0f} calls/s"
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
