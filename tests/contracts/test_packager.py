"""The packager, and its fake in the tests of playback."""

import dataclasses

import grpc
import pytest
from marquee.packager.v1 import packager_internal_pb2, packager_internal_pb2_grpc, packager_pb2
from marquee.type.v1 import type_pb2

from services.kit import ids, testing, watchable_subjects
from services.playback.tests import fakes as playback_fakes
from tests.contracts.implementations import by, refusal


@dataclasses.dataclass
class Packager:
    """A packager with an asset of one subject, and another subject without one."""

    stub: packager_internal_pb2_grpc.PackagerInternalServiceStub
    subject: type_pb2.Subject
    without_asset: type_pb2.Subject


@pytest.fixture
async def real(packager):
    title_id = ids.new()
    asset = await packager.create(
        f"demo:{title_id}", subject=watchable_subjects.title(title_id), profile=packager_pb2.PACKAGING_PROFILE_QUICK
    )
    async with packager.working():
        assert packager_pb2.ASSET_STATE_READY == (await packager.watch(asset.asset_id))[-1].state
    yield Packager(packager.internal, asset.subject, watchable_subjects.title(ids.new()))


@pytest.fixture
async def of_playback():
    fake, subject, without = (
        playback_fakes.Packager(ids.new()),
        watchable_subjects.title(ids.new()),
        watchable_subjects.title(ids.new()),
    )
    fake.unready.add(without.title_id)
    register = packager_internal_pb2_grpc.add_PackagerInternalServiceServicer_to_server
    async with testing.channel_to((register, fake)) as channel:
        yield Packager(packager_internal_pb2_grpc.PackagerInternalServiceStub(channel), subject, without)


@by("real", "of_playback")
async def test_a_playable_asset_has_what_a_session_needs_and_its_keys(peer):
    playable = packager_internal_pb2.GetPlayableAssetRequest(subject=peer.subject)
    asset = (await peer.stub.GetPlayableAsset(playable, metadata=testing.as_service("playback"))).asset
    listed = packager_internal_pb2.ListContentKeysRequest(asset_id=asset.asset_id)
    keys = await peer.stub.ListContentKeys(listed, metadata=testing.as_service("playback"))

    assert (peer.subject, packager_pb2.ENCRYPTION_SCHEME_CBCS) == (asset.subject, asset.encryption_scheme)
    assert ids.parse(asset.asset_id)
    assert asset.duration.ToTimedelta()
    assert [(16, 16)] == [(len(each.key_id), len(each.key)) for each in keys.keys]
    assert not keys.next_page_token


@by("real", "of_playback")
async def test_a_subject_without_an_asset_is_not_found(peer):
    request = packager_internal_pb2.GetPlayableAssetRequest(subject=peer.without_asset)

    metadata = watchable_subjects.metadata(peer.without_asset)
    expected = (grpc.StatusCode.NOT_FOUND, "NOTHING_PLAYABLE", "packager.marquee", metadata)
    assert expected == await refusal(peer.stub.GetPlayableAsset(request, metadata=testing.as_service("playback")))


@by("real", "of_playback")
async def test_a_channel_without_an_encoder_has_no_runs(peer):
    request = packager_internal_pb2.ListEncoderRunsRequest(channel_id=ids.new(), first_cell=1, end_cell=1_000_000_000)
    response = await peer.stub.ListEncoderRuns(request, metadata=testing.as_service("playback"))

    assert ([], "") == (list(response.runs), response.next_page_token)
