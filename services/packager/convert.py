"""Conversions between rows, values and messages."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from marquee.packager.v1 import packager_pb2
from sqlalchemy import RowMapping

from services.packager.domain import media, plan, sources

PROFILES = {
    packager_pb2.PACKAGING_PROFILE_UNSPECIFIED: media.Profile.FULL,
    packager_pb2.PACKAGING_PROFILE_FULL: media.Profile.FULL,
    packager_pb2.PACKAGING_PROFILE_QUICK: media.Profile.QUICK,
}
SCHEMES = {
    packager_pb2.ENCRYPTION_SCHEME_UNSPECIFIED: media.Scheme.CBCS,
    packager_pb2.ENCRYPTION_SCHEME_CBCS: media.Scheme.CBCS,
    packager_pb2.ENCRYPTION_SCHEME_CENC: media.Scheme.CENC,
}
STATES = {
    packager_pb2.PACKAGE_STATE_QUEUED: "queued",
    packager_pb2.PACKAGE_STATE_RUNNING: "running",
    packager_pb2.PACKAGE_STATE_READY: "ready",
    packager_pb2.PACKAGE_STATE_FAILED: "failed",
    packager_pb2.PACKAGE_STATE_CANCELLED: "cancelled",
}
_PROFILES = {profile.value: number for number, profile in PROFILES.items()}
_SCHEMES = {scheme.value: number for number, scheme in SCHEMES.items()}
_STATES = {state: number for number, state in STATES.items()}


def new_package(package_id: str, request: packager_pb2.CreatePackageRequest, at: datetime) -> dict[str, Any]:
    """Returns the row of a requested package."""
    return {
        "package_id": package_id,
        "request_id": request.request_id or None,
        "title_id": request.title_id,
        "episode_id": request.episode_id or None,
        "source_uri": request.source_uri,
        "display_name": request.display_name,
        "captions": [{"language": each.language_code, "source_uri": each.source_uri} for each in request.captions],
        "profile": PROFILES[request.profile].value,
        "scheme": SCHEMES[request.encryption_scheme].value,
        "state": "queued",
        "step": "",
        "progress": 0.0,
        "failure_message": "",
        "renditions": [],
        "caption_languages": [],
        "create_time": at,
    }


def order_from_row(row: RowMapping, directory: Path, *, demo_allowed: bool) -> plan.Order:
    """Returns the order that a row holds. Raises `sources.SourceRefused`."""

    def resolve(uri: str) -> sources.FileSource | sources.DemoSource:
        return sources.resolve_uri(uri, directory, demo_allowed=demo_allowed)

    source = resolve(row["source_uri"])
    given = [(each["language"], resolve(each["source_uri"])) for each in row["captions"]]
    captions = [plan.Captions(tag, found.path) for tag, found in given if isinstance(found, sources.FileSource)]
    return plan.Order(
        package_id=row["package_id"],
        source=source,
        display_name=row["display_name"],
        captions=(*([plan.GENERATED_CAPTIONS] if isinstance(source, sources.DemoSource) else []), *captions),
        profile=media.Profile(row["profile"]),
        scheme=media.Scheme(row["scheme"]),
    )


def package_message(row: RowMapping) -> packager_pb2.MediaPackage:
    """Returns the message of a package."""
    message = packager_pb2.MediaPackage(
        package_id=row["package_id"],
        title_id=row["title_id"],
        episode_id=row["episode_id"] or "",
        source_uri=row["source_uri"],
        profile=_PROFILES[row["profile"]],
        encryption_scheme=_SCHEMES[row["scheme"]],
        state=_STATES[row["state"]],
        step=row["step"],
        progress=row["progress"],
        failure_message=row["failure_message"],
        renditions=[packager_pb2.Rendition(**each) for each in row["renditions"]],
        caption_language_codes=row["caption_languages"],
    )
    if row["content"] is not None:
        message.duration.FromMilliseconds(round(row["content"]["duration"] * 1000))
    message.create_time.FromDatetime(row["create_time"])
    if row["end_time"] is not None:
        message.end_time.FromDatetime(row["end_time"])
    return message


def content_to_row(content: media.Media) -> dict[str, Any]:
    """Returns the stored form of a source's content."""
    return asdict(content) | {"frame_rate": str(content.frame_rate)}


def content_from_row(kept: Mapping[str, Any] | None) -> media.Media | None:
    """Returns the stored content of a source; None if there is none, or if another release stored other fields."""
    if kept is None or kept.keys() != {field.name for field in fields(media.Media)}:
        return None
    return media.Media(
        **{
            **kept,
            "frame_rate": Fraction(kept["frame_rate"]),
            "color": media.Color(**kept["color"]),
            "audio": tuple(media.Audio(**track | {"role": media.Role(track["role"])}) for track in kept["audio"]),
        }
    )
