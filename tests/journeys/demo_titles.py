"""What the journeys watch: titles of the seed by name, and media that is made of a few of them."""

import http.client
from typing import Any

from deploy.seed import seed_files
from services.kit import ids
from tests.journeys import edge_client

#: On basic; plays in the current scheme.
CELLO = "The Borrowed Cello"
#: On basic; plays in the older scheme.
GREENHOUSE = "Greenhouse Nine"
#: On premium alone.
COURIER = "Night Courier"
#: On basic; has no media.
WITHOUT_MEDIA = "Vintervakt"
#: Shown in Great Britain and Ireland alone.
OTHER_COUNTRIES = "The Salmon Poacher's Daughter"
#: Not published.
DRAFT = "The Clockwork Aviary"

#: On basic; a series whose first two episodes play.
MOSS = "The Moss Detectives"

_CBCS = "ENCRYPTION_SCHEME_CBCS"
_CENC = "ENCRYPTION_SCHEME_CENC"
_EPISODES = 2
_ASSETS = "/api/v1/admin/packager/assets"
_SEED = seed_files.load()


def title_id(name: str) -> str:
    """The title's id."""
    return _named(name).title_id


def create_asset(edge: edge_client.Edge, name: str, scheme: str = _CBCS, episode_id: str = "") -> str:
    """Has quick media made of a film or an episode; returns the id of the asset."""
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
    """Has the media made that the journeys play; returns the assets by the names of the titles."""
    episodes = _named(MOSS).episodes[:_EPISODES]
    return {
        CELLO: [create_asset(edge, CELLO)],
        GREENHOUSE: [create_asset(edge, GREENHOUSE, _CENC)],
        MOSS: [create_asset(edge, MOSS, episode_id=episode.episode_id) for episode in episodes],
    }


def _named(name: str) -> seed_files.Title:
    return next(title for title in _SEED.titles + _SEED.edge_cases if title.title == name)


def wait_until_ready(edge: edge_client.Edge, asset_id: str) -> dict[str, Any]:
    """Waits until an asset is ready; returns it. Fails when it cannot be made."""
    admin = edge.log_in("admin@ott.test", "admin123")

    def ended() -> dict[str, Any] | None:
        nonlocal admin
        response = edge.get(f"{_ASSETS}/{asset_id}", token=admin.token)
        if response.status == http.client.UNAUTHORIZED:  # A slow machine takes longer than a token holds.
            admin = edge.log_in("admin@ott.test", "admin123")
            return None
        # The packager may be away for a moment, on a bad day.
        asset: dict[str, Any] = response.json.get("asset", {}) if response.status == 200 else {}
        over = asset.get("state") in {"ASSET_STATE_READY", "ASSET_STATE_FAILED", "ASSET_STATE_CANCELED"}
        return asset if over else None

    asset = edge_client.wait_until(ended, patience=1200.0)
    assert "ASSET_STATE_READY" == asset["state"], asset
    return asset
