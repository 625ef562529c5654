"""`marquee evaluate`: measures the ranking of the home on open ratings, beside the models that everybody knows."""

import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.cli import codes, output
from deploy.local import settings


@click.command()
@click.option("--data", "folder", type=click.Path(file_okay=False, path_type=Path), help="Default is MARQUEE_DATA.")
@click.option("--without-meaning", is_flag=True, help="Leave out what needs the language model.")
@click.option("--years", is_flag=True, help="Know of each film only the year it opened in, not about which day.")
@click.option("--fit", "fitting", is_flag=True, help="Fit the weights on the validation cuts first, and tell them.")
@output.as_json
def evaluate(folder: Path | None, without_meaning: bool, years: bool, fitting: bool, as_json: bool) -> None:
    """Measure the recommender: what would it have shown, and what was watched?

    Every model ranks for the same viewers on two cuts of the open ratings; the tables are Markdown. The films are
    embedded once, and their vectors kept under MARQUEE_HOME.
    """
    # Arrays are many libraries away; no other command shall wait for them.
    from services.recommendation.evaluation import embedding, reading, study, table

    with output.told(as_json):
        home = settings.read(os.environ).home
    where = folder or Path(os.environ.get("MARQUEE_DATA") or settings.PROJECT.parent / "shared" / "data")
    try:
        with _progress(quiet=as_json) as begin:
            begin("Reading the ratings", 0)
            data = reading.read(where)
            data = study.by_year(data) if years else data
            begin("Embedding the films, which takes minutes the first time", 0)
            vectors = None if without_meaning else embedding.vectors(data.texts, home / "evaluation")
            fitted = study.fit(data, vectors, begin) if fitting else None
            sections = study.evaluate(data, vectors, begin, fitted)
    except (reading.Missing, embedding.Unavailable) as error:
        output.leave(codes.Code.FAILED, str(error), as_json)
    if as_json:
        told = {"joined": data.joined, "films": len(data), "cuts": table.values(sections)}
        output.emit({**told, "weights": dataclasses.asdict(fitted)} if fitted else told)
        return
    click.echo(table.markdown(sections), nl=False)
    if fitted:
        click.echo(f"\nThe weights that were used, fitted on validation cuts alone:\n\n{fitted.blend}\n{fitted.rail}")


@contextlib.contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, int], Callable[[], None]]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=output.errors, disable=quiet, transient=True) as progress:
        shown = progress.add_task("", total=None)

        def begin(what: str, steps: int) -> Callable[[], None]:
            nonlocal shown
            progress.remove_task(shown)
            # What cannot be counted is a bar that runs to and fro.
            shown = progress.add_task(what, total=steps or None)
            return lambda: progress.advance(shown)

        yield begin
