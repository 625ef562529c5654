"""Requests with boundary values in every field of every method."""

from marquee.packager.v1 import (
    channel_encoder_admin_service_pb2,
    channel_encoder_pb2,
    packager_admin_service_pb2,
    packager_pb2,
)

from services.kit import boundary_requests, watchable_subjects
from services.packager.tests import harness


async def test_no_boundary_value_in_a_request_of_an_editor_or_a_service_causes_an_internal_error(packager):
    for name in ("film.mp4", "film.en.vtt"):
        (packager.sources / name).touch()
    captions = packager_admin_service_pb2.CaptionSource(language_code="en", source_uri="file:film.en.vtt")
    request = packager_admin_service_pb2.CreateAssetRequest(
        subject=watchable_subjects.title(boundary_requests.ID),
        source_uri="file:film.mp4",
        captions=[captions],
        profile=packager_pb2.PACKAGING_PROFILE_QUICK,
        encryption_scheme=packager_pb2.ENCRYPTION_SCHEME_CENC,
        request_id=boundary_requests.ID,
    )

    await boundary_requests.check(
        packager.channel,
        "marquee.packager.v1.PackagerAdminService",
        metadata=harness.EDITOR,
        bases={"CreateAsset": request},
    )
    start = channel_encoder_admin_service_pb2.StartChannelEncoderRequest(
        channel_id=boundary_requests.ID,
        playlist=channel_encoder_pb2.SourcePlaylist(source_uris=["file:film.mp4"]),
        profile=packager_pb2.PACKAGING_PROFILE_QUICK,
    )
    feed = channel_encoder_admin_service_pb2.StartChannelEncoderRequest(
        channel_id=boundary_requests.ID, feed_uri="udp://127.0.0.1:9000", profile=packager_pb2.PACKAGING_PROFILE_QUICK
    )
    for started in (start, feed):
        await boundary_requests.check(
            packager.channel,
            "marquee.packager.v1.ChannelEncoderAdminService",
            metadata=harness.EDITOR,
            bases={"StartChannelEncoder": started},
        )
    await boundary_requests.check(
        packager.channel, "marquee.packager.v1.PackagerInternalService", metadata=harness.SERVICE
    )
