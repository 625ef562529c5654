"""While catalog does not answer, viewers still bookmark, rate and list."""

import os
import signal

import pytest

from tests.journeys import edge_client

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

_VIEWING = "/api/v1/viewing"


@pytest.fixture
def viewer(edge):
    return edge.register_viewer()


@pytest.fixture
def films(edge):
    """The ids of three films."""
    listed = edge.get("/api/v1/catalog/titles?type=TITLE_TYPE_FILM&pageSize=3").json["titles"]
    return [title["titleId"] for title in listed]


def test_bookmarks_ratings_and_the_watchlist_work_while_catalog_hangs(platform, edge, viewer, films):
    catalog = platform.nodes["catalog"].pid
    writes = {
        "ratings": {"thumb": "THUMB_UP"},
        "watchlist": {},
        "bookmarks": {"position": "600s", "duration": "3600s"},
    }

    def titles(path, field):
        response = edge.get(f"{_VIEWING}/{path}", token=viewer.token)
        assert 200 == response.status, response
        return {item["subject"]["titleId"] for item in response.json.get(field, [])}

    os.kill(catalog, signal.SIGSTOP)
    try:
        for film in films:
            for path, fields in writes.items():
                response = edge.post(f"{_VIEWING}/{path}", {"subject": {"titleId": film}, **fields}, token=viewer.token)
                assert 200 == response.status, response
        lists = [titles("watchlist", "entries"), titles("continue-watching", "items"), titles("history", "entries")]
        home = edge.get("/api/v1/recommendation/home", token=viewer.token)
    finally:
        os.kill(catalog, signal.SIGCONT)
    edge_client.wait_until(lambda: edge.get("/healthz").status == 200)

    assert [set(films)] * 3 == lists
    assert 200 == home.status
    edge_client.wait_until(
        lambda: all(
            item["displayName"]
            for item in edge.get(f"{_VIEWING}/continue-watching", token=viewer.token).json.get("items", [{}])
        )
    )
    assert set(films) == titles("watchlist", "entries")
