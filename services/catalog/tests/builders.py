"""Rows, files and callers with defaults."""

import gzip
from datetime import timedelta

import orjson
import pytest
from marquee.catalog.v1 import catalog_admin_service_pb2

from services.kit import ids, testing

EDITOR = testing.bearing(testing.a_token(roles=("viewer", "editor"), lifetime=timedelta(days=30)))
VIEWER = testing.bearing(testing.a_token())

FILMS = testing.DATA / "catalogue" / "films.json.gz"

needs_data = [
    pytest.mark.data,
    pytest.mark.skipif(
        not FILMS.exists(), reason=f"the open data sets are not at {testing.DATA}; MARQUEE_DATA names them"
    ),
]


def a_row(**changes):
    row = {
        "title_id": ids.new(),
        "type": "film",
        "title": "The Lighthouse Keeper's Ledger",
        "language": "en",
        "release_date": "2019-03-08",
        "duration_minutes": 104,
        "maturity": "PG",
        "state": "PUBLISHED",
    }
    return {name: value for name, value in {**row, **changes}.items() if value is not None}


def a_series(**changes):
    episodes = [{"episode_id": ids.new(), "number": number, "title": f"Part {number}"} for number in (1, 2)]
    return a_row(
        **{"type": "series", "duration_minutes": None, "seasons": [{"number": 1, "episodes": episodes}], **changes}
    )


def a_film(**changes):
    return {"title": "Casablanca", "year": 1942, "cast": ["Humphrey Bogart"], "genres": ["Drama"], **changes}


def lines(*rows):
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def films(*rows):
    return gzip.compress(orjson.dumps(rows))


async def import_requests(data, form=catalog_admin_service_pb2.IMPORT_FORMAT_JSON_LINES, size=1000, **options):
    yield catalog_admin_service_pb2.ImportTitlesRequest(
        options=catalog_admin_service_pb2.ImportOptions(format=form, **options)
    )
    for start in range(0, len(data), size):
        yield catalog_admin_service_pb2.ImportTitlesRequest(chunk=data[start : start + size])


def viewer(**changes):
    return testing.bearing(testing.a_token(**changes))
