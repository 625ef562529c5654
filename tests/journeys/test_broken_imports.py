"""An import from the command line names broken rows, and then writes nothing."""

import gzip
import json

import pytest

from deploy.seed import seed_files
from services.kit import ids
from tests.journeys import demo_titles

pytestmark = [pytest.mark.journey, pytest.mark.timeout(1800)]

_TITLES = "/api/v1/catalog/titles"


def row(**changes):
    """Returns a row of an import file: a title of the demo data with a new id and some changes."""
    return {**seed_files.load().titles[0].row, "title_id": ids.new(), **changes}


def lines(*rows):
    return "\n".join(each if isinstance(each, str) else json.dumps(each) for each in rows).encode()


_GOOD = row(title="Zanzibarberry")
_LATER = row(title="Zanzibarberry Again")


@pytest.mark.parametrize(
    ("content", "reported"),
    [
        (lines(_GOOD, '{"title": "cut off', _LATER), "row 2"),
        (lines(_GOOD, _LATER, row(title="")), "row 3"),
        (gzip.compress(lines(_GOOD, _LATER))[:-20], "row 1 on: the compressed file ends early"),
        (b"", "empty"),
        (b"\x00\x01\x02", "is neither JSON lines nor a JSON array"),
    ],
    ids=["a line cut off", "a title without a name", "a gzip file cut off", "an empty file", "no text"],
)
def test_a_broken_file_is_refused_with_its_row_and_nothing_is_written(platform, edge, tmp_path, content, reported):
    file = tmp_path / "titles.jsonl"
    file.write_bytes(content)

    with pytest.raises(RuntimeError, match=reported):
        platform.run_cli("import", str(file))

    assert 404 == edge.get(f"{_TITLES}/{_GOOD['title_id']}").status
    assert _GOOD["title"] not in edge.search(_GOOD["title"])


def test_a_second_import_of_the_same_file_writes_nothing(platform, tmp_path):
    seeded = next(title for title in seed_files.load().titles if title.title == demo_titles.CELLO)
    file = tmp_path / "titles.jsonl"
    file.write_bytes(lines(seeded.row))

    reported = json.loads(platform.run_cli("import", str(file), "--json"))

    assert (1, 0, 0, 1) == (reported["rows"], reported["created"], reported["updated"], reported["unchanged"])
