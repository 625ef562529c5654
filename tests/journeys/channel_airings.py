"""A channel whose programmes state their number and time in the picture."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from services.kit import ids
from tests.journeys import demo_titles, edge_client, timed_films

_ADMIN = ("admin@ott.test", "admin123")


@dataclass(frozen=True)
class Film:
    """A film that a channel can show."""

    number: int
    title_id: str


def create_film(edge: edge_client.Edge, sources: Path, number: int, seconds: float) -> Film:
    """Packages a film of one length; returns it when it is ready."""
    sources.mkdir(exist_ok=True)
    name = f"timed-{number}.mp4"
    timed_films.write_film(sources / name, number, seconds, rate="10")
    film = Film(number, ids.new())
    body = {
        "subject": {"titleId": film.title_id},
        "requestId": ids.new(),
        "sourceUri": f"file:{name}",
        "displayName": f"Film {number}",
        "profile": "PACKAGING_PROFILE_QUICK",
        "encryptionScheme": "ENCRYPTION_SCHEME_CBCS",
    }
    response = edge.post("/api/v1/admin/packager/assets", body, token=edge.log_in(*_ADMIN).token)
    assert 200 == response.status, response.body
    demo_titles.wait_until_ready(edge, response.json["asset"]["assetId"])
    return film


@dataclass(frozen=True)
class Airing:
    """A programme of a channel."""

    film: Film
    name: str
    start: datetime
    end: datetime


def create_channel(edge: edge_client.Edge, number: int, name: str, airings: list[Airing], **fields: object) -> str:
    """Creates a channel with programmes, of which earlier ones can be played for a week; returns its id."""
    channel_id, token = ids.new(), edge.log_in(*_ADMIN).token
    channel = {
        "displayName": name,
        "number": number,
        "maturityRating": {"age": 0},
        "timeShift": {"startOver": True, "catchUpWindow": "604800s"},
        **fields,
    }
    _put(edge, token, channel_id, channel)
    schedule = {
        "startTime": _text(airings[0].start),
        "endTime": _text(airings[-1].end),
        "programmes": [_programme(airing) for airing in airings],
    }
    _put(edge, token, f"{channel_id}/schedule", schedule)
    return channel_id


def delete_channel(edge: edge_client.Edge, channel_id: str) -> None:
    """Deletes a channel."""
    edge.call("DELETE", f"/api/v1/admin/epg/channels/{channel_id}", token=edge.log_in(*_ADMIN).token)


def _put(edge: edge_client.Edge, token: str, path: str, body: object) -> None:
    response = edge.call("PUT", f"/api/v1/admin/epg/channels/{path}", body, token=token)
    assert 200 == response.status, response.body


def _programme(airing: Airing) -> dict[str, Any]:
    return {
        "startTime": _text(airing.start),
        "endTime": _text(airing.end),
        "displayNames": {"en": airing.name},
        "synopses": {"en": f"What happens in {airing.name}."},
        "maturityRating": {"age": 0},
        "onDemand": {"titleId": airing.film.title_id},
    }


def _text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def next_cell(now: datetime, later: timedelta = timedelta()) -> datetime:
    """Returns the beginning of the first cell after a time."""
    seconds = int((now + later).timestamp()) // 4 * 4 + 4
    return datetime.fromtimestamp(seconds, now.tzinfo)
