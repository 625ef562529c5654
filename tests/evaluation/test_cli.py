"""The command line `python -m tests.evaluation`."""

import gzip
import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.evaluation import __main__ as command

FIRST, LAST = (datetime(2013, month, 1, tzinfo=UTC).timestamp() for month in (3, 9))
FILMS = 60


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dataset with twenty viewers of a few films each."""
    monkeypatch.setenv("MARQUEE_HOME", str(tmp_path / "home"))
    chance = random.Random(1)
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "ratings").mkdir()
    films = [
        {"title": f"Film {number}", "year": 2012, "cast": [], "genres": ["Drama"], "extract": "A film."}
        for number in range(FILMS)
    ]
    (tmp_path / "catalogue" / "films.json.gz").write_bytes(gzip.compress(json.dumps(films).encode()))
    movies = (f"{number}::Film {number} (2012)::Drama\n" for number in range(FILMS))
    (tmp_path / "ratings" / "movies.dat").write_text("".join(movies))
    ratings = (
        f"{viewer}::{film}::8::{int(chance.uniform(FIRST, LAST))}\n"
        for viewer in range(20)
        for film in chance.sample(range(FILMS), 20)
    )
    (tmp_path / "ratings" / "ratings.dat").write_text("".join(ratings))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command.evaluate, arguments)


def test_json_holds_every_model_on_both_splits_and_the_fitted_weights(data: Path) -> None:
    result = run("--data", str(data), "--without-meaning", "--fit", "--json")

    report = json.loads(result.output)
    assert 0 == result.exit_code
    assert ["per-user", "global"] == [section["split"] for section in report["splits"]]
    for section in report["splits"]:
        assert {"popularity", "ItemKNN", "EASE", "iALS", "**the home's blend**"} <= set(section["models"])
        assert all(0 <= model["recall_20"]["mean"] <= 1 for model in section["models"].values())
    assert {"blend", "rail"} == set(report["weights"])


def test_the_default_output_is_tables(data: Path) -> None:
    result = run("--data", str(data), "--without-meaning")

    assert 0 == result.exit_code
    assert "**Global split**" in result.output
    assert "| **the home's blend** | 0." in result.output


def test_a_missing_dataset_is_named(tmp_path: Path) -> None:
    result = run("--data", str(tmp_path), "--json")

    assert 1 == result.exit_code
    assert "films.json.gz is missing" in result.output
