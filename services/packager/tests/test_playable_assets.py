"""Which of the assets of a subject plays."""

import grpc
from marquee.packager.v1 import packager_internal_pb2, packager_pb2

from services.kit import ids, testing, watchable_subjects
from services.packager import storage
from services.packager.tests import films
from services.packager.tests.harness import SERVICE
from services.packager.tests.test_assets import QUICK, error_of


async def test_the_newest_ready_asset_is_playable(packager):
    await films.a_film(packager.sources / "film.mp4")
    title = watchable_subjects.title(ids.new())
    playable = packager_internal_pb2.GetPlayableAssetRequest(subject=title)
    not_playable = await error_of(packager.internal.GetPlayableAsset(playable, metadata=SERVICE))
    first = await packager.create("file:film.mp4", subject=title, profile=QUICK)
    async with packager.working():
        await packager.watch(first.asset_id)
        second = await packager.create("file:film.mp4", subject=title, profile=QUICK)
        newest_before = (await packager.internal.GetPlayableAsset(playable, metadata=SERVICE)).asset
        await packager.watch(second.asset_id)
    newest_after = (await packager.internal.GetPlayableAsset(playable, metadata=SERVICE)).asset

    assert (grpc.StatusCode.NOT_FOUND, "NOTHING_PLAYABLE") == not_playable
    assert [first.asset_id, second.asset_id] == [newest_before.asset_id, newest_after.asset_id]
    of_episode = packager_internal_pb2.GetPlayableAssetRequest(subject=watchable_subjects.episode(ids.new()))
    assert not_playable == await error_of(packager.internal.GetPlayableAsset(of_episode, metadata=SERVICE))


async def test_the_newest_asset_that_the_device_decrypts_is_played(packager):
    cbcs, cenc, whole = (
        packager_pb2.ENCRYPTION_SCHEME_CBCS,
        packager_pb2.ENCRYPTION_SCHEME_CENC,
        packager_pb2.ENCRYPTION_SCHEME_AES_128,
    )
    subject = watchable_subjects.title(ids.new())
    created = [
        await packager.create("demo:a", subject=subject, encryption_scheme=scheme) for scheme in (cbcs, cbcs, whole)
    ]
    async with packager.database.transaction() as tx:
        for asset in created:
            await storage.assets.end_asset(tx, asset.asset_id, "ready", testing.NOW)

    async def played(*schemes):
        request = packager_internal_pb2.GetPlayableAssetRequest(subject=subject, encryption_schemes=schemes)
        return (await packager.internal.GetPlayableAsset(request, metadata=SERVICE)).asset.asset_id

    _, newest, encrypted_whole = (asset.asset_id for asset in created)
    # Fewer protocols play whole segments, so they come last although they are newer.
    assert [newest, newest, encrypted_whole] == [await played(), await played(whole, cbcs), await played(whole)]
    assert (grpc.StatusCode.NOT_FOUND, "NOTHING_PLAYABLE") == await error_of(played(cenc))
