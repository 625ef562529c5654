"""Compares the ranking of the home with published models on open ratings: `python -m tests.evaluation`."""

import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.local import settings
from tests.evaluation import model_comparison, ratings_dataset, report, text_vectors


@click.command()
@click.option("--data", "folder", type=click.Path(file_okay=False, path_type=Path), help="Default is MARQUEE_DATA.")
@click.option("--without-meaning", is_flag=True, help="Leave out what needs the language model.")
@click.option("--years", is_flag=True, help="Use only the year in which each film was released, not the estimated day.")
@click.option("--fit", "fitting", is_flag=True, help="Fit the weights on the validation splits first, and print them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for scripts.")
def evaluate(*, folder: Path | None, without_meaning: bool, years: bool, fitting: bool, as_json: bool) -> None:
    """Compare the recommender with published models on open ratings.

    Every model ranks for the same viewers on two splits of the open ratings; the tables are Markdown. The films are
    embedded once, and their vectors are kept under MARQUEE_HOME.
    """
    home = settings.read(os.environ).home
    where = folder or Path(os.environ.get("MARQUEE_DATA") or settings.PROJECT.parent / "shared" / "data")
    try:
        with _progress(quiet=as_json) as begin:
            begin("Reading the ratings", 0)
            data = ratings_dataset.read(where)
            data = model_comparison.use_release_years(data) if years else data
            begin("Embedding the films, which takes minutes the first time", 0)
            vectors = None if without_meaning else text_vectors.load_vectors(data.texts, home / "evaluation")
            fitted = model_comparison.fit(data, vectors, begin) if fitting else None
            sections = model_comparison.evaluate(data, vectors, begin, fitted)
    except (ratings_dataset.DatasetMissing, text_vectors.ModelUnavailable) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    if as_json:
        result = {"joined": data.joined, "films": len(data), "splits": report.values(sections)}
        click.echo(json.dumps({**result, "weights": dataclasses.asdict(fitted)} if fitted else result, indent=2))
        return
    click.echo(report.markdown(sections), nl=False)
    if fitted:
        click.echo(f"\nThe weights that were used, fitted on validation splits alone:\n\n{fitted.blend}\n{fitted.rail}")


@contextlib.contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, int], Callable[[], None]]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as progress:
        shown = progress.add_task("", total=None)

        def begin(what: str, steps: int) -> Callable[[], None]:
            nonlocal shown
            progress.remove_task(shown)
            # Without a total, the bar moves back and forth.
            shown = progress.add_task(what, total=steps or None)
            return lambda: progress.advance(shown)

        yield begin


if __name__ == "__main__":
    evaluate(prog_name="python -m tests.evaluation")
