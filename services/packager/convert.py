"""Conversions between rows, values and messages."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from marquee.packager.v1 import (
    channel_encoder_admin_service_pb2,
    channel_encoder_pb2,
    packager_admin_service_pb2,
    packager_internal_pb2,
    packager_pb2,
)
from marquee.type.v1 import type_pb2
from sqlalchemy import RowMapping

from services.kit import timestamps, watchable_subjects
from services.packager.domain import job_plan, media, source_uris

PROFILES = {
    packager_pb2.PACKAGING_PROFILE_FULL: media.Profile.FULL,
    packager_pb2.PACKAGING_PROFILE_QUICK: media.Profile.QUICK,
}
SCHEMES = {
    packager_pb2.ENCRYPTION_SCHEME_CBCS: media.Scheme.CBCS,
    packager_pb2.ENCRYPTION_SCHEME_CENC: media.Scheme.CENC,
    packager_pb2.ENCRYPTION_SCHEME_AES_128: media.Scheme.AES_128,
}
STATES = {
    packager_pb2.ASSET_STATE_QUEUED: "queued",
    packager_pb2.ASSET_STATE_RUNNING: "running",
    packager_pb2.ASSET_STATE_READY: "ready",
    packager_pb2.ASSET_STATE_FAILED: "failed",
    packager_pb2.ASSET_STATE_CANCELED: "canceled",
}
ENCODER_STATES = {
    channel_encoder_pb2.ENCODER_STATE_STARTING: "starting",
    channel_encoder_pb2.ENCODER_STATE_RUNNING: "running",
    channel_encoder_pb2.ENCODER_STATE_RETRYING: "retrying",
    channel_encoder_pb2.ENCODER_STATE_WAITING: "waiting",
    channel_encoder_pb2.ENCODER_STATE_STOPPED: "stopped",
}
_PROFILES = {profile.value: number for number, profile in PROFILES.items()}
_SCHEMES = {scheme.value: number for number, scheme in SCHEMES.items()}
_STATES = {state: number for number, state in STATES.items()}
_ENCODER_STATES = {state: number for number, state in ENCODER_STATES.items()}
_DEFAULT_CATCH_UP = timedelta(days=7)


def new_asset(asset_id: str, request: packager_admin_service_pb2.CreateAssetRequest, at: datetime) -> dict[str, Any]:
    """Returns the row of a requested asset."""
    subject_kind, subject_id = watchable_subjects.key(request.subject)
    return {
        "asset_id": asset_id,
        "request_id": request.request_id,
        "request_digest": request_digest(request),
        "subject_kind": subject_kind,
        "subject_id": subject_id,
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


def request_digest(request: packager_admin_service_pb2.CreateAssetRequest) -> bytes:
    """Returns a digest of a request, which differs if its contents do."""
    return hashlib.sha256(request.SerializeToString(deterministic=True)).digest()


def subject(row: RowMapping) -> type_pb2.Subject:
    """Returns what an asset plays."""
    return watchable_subjects.from_key(row["subject_kind"], row["subject_id"])


def order_from_row(row: RowMapping, directory: Path, *, demo_allowed: bool) -> job_plan.Order:
    """Returns the order that a row holds. Raises `sources.SourceRefused`."""

    def resolve(uri: str) -> source_uris.FileSource | source_uris.DemoSource:
        return source_uris.resolve_uri(uri, directory, demo_allowed=demo_allowed)

    source = resolve(row["source_uri"])
    files = [(each["language"], resolve(each["source_uri"])) for each in row["captions"]]
    captions = [job_plan.Captions(tag, file.path) for tag, file in files if isinstance(file, source_uris.FileSource)]
    return job_plan.Order(
        asset_id=row["asset_id"],
        source=source,
        display_name=row["display_name"],
        captions=(*([job_plan.GENERATED_CAPTIONS] if isinstance(source, source_uris.DemoSource) else []), *captions),
        profile=media.Profile(row["profile"]),
        scheme=media.Scheme(row["scheme"]),
    )


def asset_message(row: RowMapping) -> packager_pb2.MediaAsset:
    """Returns the message of an asset."""
    message = packager_pb2.MediaAsset(
        asset_id=row["asset_id"],
        subject=subject(row),
        source_uri=row["source_uri"],
        profile=_PROFILES[row["profile"]],
        encryption_scheme=_SCHEMES[row["scheme"]],
        state=_STATES[row["state"]],
        step=row["step"],
        progress=row["progress"],
        failure_message=row["failure_message"],
        renditions=[packager_pb2.Rendition(**each) for each in row["renditions"]],
        caption_language_codes=row["caption_languages"],
        waiting_reason=row["waiting_reason"],
    )
    if row["content"] is not None:
        timestamps.put_timedelta(message.duration, duration(row["content"]["duration"]))
    timestamps.put_datetime(message.create_time, row["create_time"])
    if row["end_time"] is not None:
        timestamps.put_datetime(message.end_time, row["end_time"])
    return message


def duration(seconds: float) -> timedelta:
    """Returns the stated duration of an asset, in whole milliseconds."""
    return timedelta(milliseconds=round(seconds * 1000))


def content_to_row(content: media.Media) -> dict[str, Any]:
    """Returns the stored form of a source's content."""
    return asdict(content) | {"frame_rate": str(content.frame_rate)}


def content_from_row(stored: Mapping[str, Any] | None) -> media.Media | None:
    """Returns the stored content of a source; None if there is none, or if another release stored other fields."""
    if stored is None or stored.keys() != {field.name for field in fields(media.Media)}:
        return None
    return media.Media(
        **{
            **stored,
            "frame_rate": Fraction(stored["frame_rate"]),
            "color": media.Color(**stored["color"]),
            "audio": tuple(media.Audio(**track | {"role": media.Role(track["role"])}) for track in stored["audio"]),
        }
    )


def encoder_settings(request: channel_encoder_admin_service_pb2.StartChannelEncoderRequest) -> dict[str, Any]:
    """Returns the settings of a requested encoder, as its row has them."""
    window = timestamps.optional_timedelta(request, "catch_up_window") or _DEFAULT_CATCH_UP
    return {
        "source_uris": list(request.playlist.source_uris),
        "feed_uri": request.feed_uri,
        "profile": PROFILES[request.profile].value,
        "catch_up_seconds": int(window.total_seconds()),
    }


def encoder_message(row: RowMapping, current_item: RowMapping | None) -> channel_encoder_pb2.ChannelEncoder:
    """Returns the message of an encoder, with the item that is on air."""
    message = channel_encoder_pb2.ChannelEncoder(
        channel_id=row["channel_id"],
        profile=_PROFILES[row["profile"]],
        state=_ENCODER_STATES[row["state"]],
        waiting_reason=row["waiting_reason"],
        restart_count=row["restart_count"],
        failure_message=row["failure_message"],
        speed=row["speed"],
    )
    if row["feed_uri"]:
        message.feed_uri = row["feed_uri"]
    else:
        message.playlist.source_uris.extend(row["source_uris"])
    timestamps.put_timedelta(message.catch_up_window, timedelta(seconds=row["catch_up_seconds"]))
    timestamps.put_datetime(message.state_time, row["state_time"])
    if row["failure_time"] is not None:
        timestamps.put_datetime(message.failure_time, row["failure_time"])
    if current_item is not None:
        message.current_item.CopyFrom(as_run_item_message(current_item))
    return message


def as_run_item_message(row: RowMapping) -> channel_encoder_pb2.AsRunItem:
    """Returns the message of an entry of the as-run log."""
    message = channel_encoder_pb2.AsRunItem(source_uri=row["source_uri"])
    timestamps.put_datetime(message.start_time, row["start_time"])
    if row["end_time"] is not None:
        timestamps.put_datetime(message.end_time, row["end_time"])
    timestamps.put_timedelta(message.start_position, duration(row["start_seconds"]))
    return message


def run_message(
    row: RowMapping, periods: Sequence[RowMapping], first_cell: int, end_cell: int
) -> packager_internal_pb2.EncoderRun:
    """Returns the message of a run, with the keys of its cells in a range."""
    return packager_internal_pb2.EncoderRun(
        run_id=row["run_id"],
        sequence=row["sequence"],
        first_cell=row["first_cell"],
        cell_count=row["end_cell"] - row["first_cell"],
        tracks=[
            packager_internal_pb2.EncodedTrack(
                **track | {"kind": packager_internal_pb2.TrackKind.Value(f"TRACK_KIND_{track['kind'].upper()}")}
            )
            for track in row["tracks"]
        ],
        key_periods=_key_periods(periods, max(first_cell, row["first_cell"]), min(end_cell, row["end_cell"])),
    )


def _key_periods(
    periods: Sequence[RowMapping], first_cell: int, end_cell: int
) -> Iterable[packager_internal_pb2.KeyPeriod]:
    """Yields the periods within a range. A period ends where the next one begins."""
    ends = [following["first_cell"] for following in periods[1:]] + [end_cell]
    for period, next_start in zip(periods, ends, strict=True):
        start, end = max(period["first_cell"], first_cell), min(period["end_cell"], next_start, end_cell)
        if start < end:
            yield packager_internal_pb2.KeyPeriod(key_id=period["key_id"], first_cell=start, cell_count=end - start)
