"""What a session has for a device, by what the device states."""

import pytest
from marquee.packager.v1 import packager_pb2
from marquee.playback.v1 import playback_pb2

from services.kit import ids
from services.playback.tests.test_sessions import a_device, refused


async def test_manifests_are_those_of_the_protocols_that_the_device_plays(service):
    device = a_device(protocols=[playback_pb2.MANIFEST_PROTOCOL_DASH])
    session = await service.start(service.catalog.film(), device=device)

    assert [each.protocol for each in session.manifests] == [playback_pb2.MANIFEST_PROTOCOL_DASH]


@pytest.mark.parametrize("codec", ["hvc1.1.6.L93.B0", "avc1.42c00b", "opus"])
async def test_a_device_that_plays_no_rendition_is_refused(service, codec):
    film = service.catalog.film()
    error = await refused(service.start(film, device=a_device(codecs=[codec])))

    assert (error.reason, error.metadata) == ("DEVICE_NOT_SUPPORTED", {"title_id": film})


@pytest.mark.parametrize(
    "capabilities",
    [{"encryption_schemes": [packager_pb2.ENCRYPTION_SCHEME_CENC]}, {"key_systems": ["com.widevine.alpha"]}],
)
async def test_a_device_that_cannot_decrypt_the_media_is_refused(service, capabilities):
    film = service.catalog.film()
    error = await refused(service.start(film, device=a_device(**capabilities)))

    assert (error.reason, error.metadata) == ("DEVICE_NOT_SUPPORTED", {"title_id": film})


async def test_a_device_that_decrypts_whole_segments_alone_gets_them_in_hls(service):
    service.packager.whole_asset_id = ids.new()
    device = a_device(encryption_schemes=[packager_pb2.ENCRYPTION_SCHEME_AES_128])
    film = service.catalog.film()

    session = await service.start(film, device=device)

    assert [playback_pb2.MANIFEST_PROTOCOL_HLS] == [each.protocol for each in session.manifests]
    dash = a_device(
        protocols=[playback_pb2.MANIFEST_PROTOCOL_DASH], encryption_schemes=[packager_pb2.ENCRYPTION_SCHEME_AES_128]
    )
    assert "DEVICE_NOT_SUPPORTED" == (await refused(service.start(film, device=dash))).reason
