"""The titles of the demo data that the tests play, and the media that they create."""

import http.client
from typing import Any

from deploy.seed import seed_files
from services.kit import ids
from tests.journeys import edge_client

#: In the package Basic; encrypted with cbcs.
CELLO = "The Borrowed Cello"
#: In the package Basic; encrypted with cenc.
GREENHOUSE = "Greenhouse Nine"
#: In the package Premium only.
COURIER = "Night Courier"
#: In the package Basic; has no media.
WITHOUT_MEDIA = "Vintervakt"
#: Available in Great Britain and Ireland only.
OTHER_COUNTRIES = "The Salmon Poacher's Daughter"
#: Not published.
DRAFT = "The Clockwork Aviary"

#: In the package Basic; a series whose first two episodes play.
MOSS = "The Moss Detectives"

_CBCS = "ENCRYPTION_SCHEME_CBCS"
_CENC = "ENCRYPTION_SCHEME_CENC"
_EPISODES = 2
_ASSETS = "/api/v1/admin/packager/assets"
_SEED = seed_files.load()


def title_id(name: str) -> str:
    """Returns the id of a title."""
    return _named(name).title_id


def create_asset(edge: edge_client.Edge, name: str, scheme: str = _CBCS, episode_id: str = "") -> str:
    """Creates the media of a film or an episode in the quick profile; returns the id of the asset."""
    admin = edge.log_in("admin@ott.test", "admin123")
    own_id = title_id(name)
    request = {
        "subject": {"episodeId": episode_id} if episode_id else {"titleId": own_id},
        "requestId": ids.new(),
        "sourceUri": f"demo:{episode_id or own_id}",
        "displayName": name,
        "profile": "PACKAGING_PROFILE_QUICK",
        "encryptionScheme": scheme,
    }
    response = edge.post(_ASSETS, request, token=admin.token)
    assert 200 == response.status, response.body
    return str(response.json["asset"]["assetId"])


def create_assets(edge: edge_client.Edge) -> dict[str, list[str]]:
    """Creates all media that the tests play; returns the ids of the assets by the names of the titles."""
    episodes = _named(MOSS).episodes[:_EPISODES]
    return {
        CELLO: [create_asset(edge, CELLO)],
        GREENHOUSE: [create_asset(edge, GREENHOUSE, _CENC)],
        MOSS: [create_asset(edge, MOSS, episode_id=episode.episode_id) for episode in episodes],
    }


def _named(name: str) -> seed_files.Title:
    return next(title for title in _SEED.titles + _SEED.edge_cases if title.title == name)


def wait_until_ready(edge: edge_client.Edge, asset_id: str) -> dict[str, Any]:
    """Waits until an asset is ready; returns it. Raises AssertionError if packaging fails."""
    admin = edge.log_in("admin@ott.test", "admin123")

    def ended() -> dict[str, Any] | None:
        nonlocal admin
        response = edge.get(f"{_ASSETS}/{asset_id}", token=admin.token)
        if (
            response.status == http.client.UNAUTHORIZED
        ):  # On a slow machine, packaging can take longer than a token is valid.
            admin = edge.log_in("admin@ott.test", "admin123")
            return None
        # The packager may be restarting.
        asset: dict[str, Any] = response.json.get("asset", {}) if response.status == 200 else {}
        over = asset.get("state") in {"ASSET_STATE_READY", "ASSET_STATE_FAILED", "ASSET_STATE_CANCELED"}
        return asset if over else None

    asset = edge_client.wait_until(ended, patience=1200.0)
    assert "ASSET_STATE_READY" == asset["state"], asset
    return asset
