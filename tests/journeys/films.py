"""What the journeys watch: titles of the seed by name, and media that is made of a few of them."""

import http.client
from typing import Any

from deploy.seed import files
from tests.journeys import edge as edges

#: On basic; plays in the current scheme.
CELLO = "The Borrowed Cello"
#: On basic; plays in the older scheme.
GREENHOUSE = "Greenhouse Nine"
#: On premium alone.
COURIER = "Night Courier"
#: On basic; has no media.
UNMADE = "Vintervakt"
#: Shown in Great Britain and Ireland alone.
ELSEWHERE = "The Salmon Poacher's Daughter"
#: Not published.
DRAFT = "The Clockwork Aviary"

#: On basic; a series whose first two episodes play.
MOSS = "The Moss Detectives"

_CBCS = "ENCRYPTION_SCHEME_CBCS"
_CENC = "ENCRYPTION_SCHEME_CENC"
_EPISODES = 2
_PACKAGES = "/api/v1/admin/packager/packages"
_SEED = files.load()


def id_of(name: str) -> str:
    """The title's id."""
    return _named(name).title_id


def order(edge: edges.Edge, name: str, scheme: str = _CBCS, episode_id: str = "") -> str:
    """Has quick media made of a film or an episode; answers the id of the package."""
    admin = edge.log_in("admin@ott.test", "admin123")
    title_id = id_of(name)
    wanted = {
        "titleId": title_id,
        "episodeId": episode_id,
        "sourceUri": f"demo:{episode_id or title_id}",
        "displayName": name,
        "profile": "PACKAGING_PROFILE_QUICK",
        "encryptionScheme": scheme,
    }
    answer = edge.post(_PACKAGES, wanted, token=admin.token)
    assert 200 == answer.status, answer.body
    return str(answer.json["package"]["packageId"])


def order_all(edge: edges.Edge) -> dict[str, list[str]]:
    """Has the media made that the journeys play; answers the packages by the names of the titles."""
    episodes = _named(MOSS).episodes[:_EPISODES]
    return {
        CELLO: [order(edge, CELLO)],
        GREENHOUSE: [order(edge, GREENHOUSE, _CENC)],
        MOSS: [order(edge, MOSS, episode_id=episode.episode_id) for episode in episodes],
    }


def _named(name: str) -> files.Title:
    return next(title for title in _SEED.titles + _SEED.edge_cases if title.title == name)


def made(edge: edges.Edge, package_id: str) -> dict[str, Any]:
    """Waits until a package plays; answers it. Fails when it cannot be made."""
    admin = edge.log_in("admin@ott.test", "admin123")

    def ended() -> dict[str, Any] | None:
        nonlocal admin
        answer = edge.get(f"{_PACKAGES}/{package_id}", token=admin.token)
        if answer.status == http.client.UNAUTHORIZED:  # A slow machine takes longer than a token holds.
            admin = edge.log_in("admin@ott.test", "admin123")
            return None
        # The packager may be away for a moment, on a bad day.
        package: dict[str, Any] = answer.json.get("package", {}) if answer.status == 200 else {}
        over = package.get("state") in {"PACKAGE_STATE_READY", "PACKAGE_STATE_FAILED", "PACKAGE_STATE_CANCELLED"}
        return package if over else None

    package = edges.until(ended, patience=1200.0)
    assert "PACKAGE_STATE_READY" == package["state"], package
    return package
