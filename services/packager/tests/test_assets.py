"""Assets, through the gRPC API, with real jobs and tools."""

import asyncio
import collections
import random
from urllib import parse

import grpc
import pytest
from marquee.packager.v1 import packager_admin_service_pb2, packager_internal_pb2, packager_pb2
from marquee.type.v1 import type_pb2

from services.kit import ids, testing, watchable_subjects
from services.packager.tests import films, test_shaka
from services.packager.tests.harness import EDITOR, SERVICE, VIEWER

READY = packager_pb2.ASSET_STATE_READY
FAILED = packager_pb2.ASSET_STATE_FAILED
CANCELLED = packager_pb2.ASSET_STATE_CANCELED
QUICK = packager_pb2.PACKAGING_PROFILE_QUICK


async def error_of(call):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return raised.value.code(), testing.reason_of(raised.value)


async def test_a_source_becomes_an_asset_that_plays_only_with_its_keys(packager):
    film = await films.a_film(packager.sources / "a film.mp4", width=640, height=360, seconds=5)
    (packager.sources / "hi.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nनमस्ते\n")
    captions = packager_admin_service_pb2.CaptionSource(language_code="hi", source_uri="file:hi.vtt")
    created = await packager.create(f"file:{film}", captions=[captions], profile=QUICK)

    async with packager.working():
        asset = (await packager.watch(created.asset_id))[-1]

    assert READY == asset.state
    assert 1.0 == asset.progress
    assert 5.0 == pytest.approx(asset.duration.ToMilliseconds() / 1000, abs=0.1)
    assert [(256, 144), (640, 360)] == [(each.width, each.height) for each in asset.renditions]
    assert all(each.bitrate > 10_000 for each in asset.renditions)
    assert ["hi"] == list(asset.caption_language_codes)
    request = packager_internal_pb2.ListContentKeysRequest(asset_id=asset.asset_id)
    (key,) = (await packager.internal.ListContentKeys(request, metadata=SERVICE)).keys
    home = packager.store / asset.asset_id
    parts = [home / "video" / "360p" / name for name in ("init.mp4", "00001.m4s", "00002.m4s")]
    assert key.key_id.hex() in (home / "hls" / "video-360p.m3u8").read_text()
    assert await test_shaka.picture_of(*parts, key=key.key) != await test_shaka.picture_of(*parts, key=key.key_id)
    assert (home / "thumbnails" / "index.vtt").is_file()
    assert not list((packager.store / ".work").iterdir())


@pytest.mark.parametrize(
    "name", ['-y 50% l\'été, "2": a=b|c;d$(e).mp4', "千と千尋の神隠し.mkv", "caf\udce9.mp4", "%03d.ts"]
)
async def test_a_source_may_have_any_name(packager, name):
    await films.a_film(packager.sources / name)
    (packager.sources / f"{name}.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n")
    uri = f"file:{parse.quote(name, errors='surrogateescape')}"
    captions = [packager_admin_service_pb2.CaptionSource(language_code="en", source_uri=f"{uri}.vtt")]
    created = await packager.create(uri, captions=captions, profile=QUICK)

    async with packager.working():
        asset = (await packager.watch(created.asset_id))[-1]

    assert (READY, "") == (asset.state, asset.failure_message)


async def test_a_source_with_a_too_long_name_is_not_found(packager):
    expected = (grpc.StatusCode.NOT_FOUND, "SOURCE_NOT_FOUND")

    assert expected == await error_of(packager.create(f"file:{'x' * 300}.mp4"))


async def test_captions_that_cannot_be_read_fail_the_asset_with_a_reason(packager):
    await films.a_film(packager.sources / "film.mp4")
    (packager.sources / "fr.vtt").write_bytes("WEBVTT\n\n00:01.000 --> 00:02.000\nÉté\n".encode("latin-1"))
    captions = packager_admin_service_pb2.CaptionSource(language_code="fr", source_uri="file:fr.vtt")
    created = await packager.create("file:film.mp4", captions=[captions], profile=QUICK)

    async with packager.working():
        asset = (await packager.watch(created.asset_id))[-1]

    assert FAILED == asset.state
    assert "not UTF-8: line 4" in asset.failure_message


async def test_progress_is_streamed_for_each_step_and_never_decreases(packager):
    await films.a_film(packager.sources / "film.mp4", width=640, height=360)
    created = await packager.create("file:film.mp4")
    states, step_was_streamed = [], collections.defaultdict(asyncio.Event)

    # Each step waits until the stream has shown it, because the polling interval is not part of the contract.
    with packager.after_each_step(lambda step: step_was_streamed[step].wait()):
        async with packager.working():
            async for asset in packager.changes(created.asset_id):
                states.append(asset)
                step_was_streamed[asset.step].set()

    progress = [asset.progress for asset in states]
    assert sorted(progress) == progress
    assert packager_pb2.ASSET_STATE_QUEUED == states[0].state
    assert [
        "inspect source",
        "encode 144p",
        "encode 360p",
        "encode sound und",
        "draw thumbnails",
        "encrypt",
        "publish",
    ] == list(dict.fromkeys(asset.step for asset in states if asset.step))
    assert READY == states[-1].state


async def test_an_event_is_published_when_media_is_ready(packager):
    await films.a_film(packager.sources / "film.mp4")
    episode = watchable_subjects.episode(ids.new())
    created = await packager.create("file:film.mp4", subject=episode, profile=QUICK)

    async with packager.working():
        await packager.watch(created.asset_id)

    (event,) = await packager.list_events()
    assert (created.asset_id, episode) == (
        event.media_ready.asset_id,
        event.media_ready.subject,
    )
    assert event.media_ready.duration.ToMilliseconds() >= 2900


async def test_a_generated_source_plays_with_captions(packager):
    created = await packager.create("demo:the-salt-road", profile=QUICK, display_name="The Salt Road")

    async with packager.working():
        asset = (await packager.watch(created.asset_id))[-1]

    assert (READY, ["en"]) == (asset.state, list(asset.caption_language_codes))
    assert (packager.store / asset.asset_id / "text" / "en" / "00001.vtt").is_file()


async def test_a_broken_source_fails_with_the_message_of_ffmpeg_and_leaves_no_file(packager):
    (packager.sources / "film.mp4").write_bytes(random.Random(1).randbytes(50_000))
    created = await packager.create("file:film.mp4")

    async with packager.working():
        asset = (await packager.watch(created.asset_id))[-1]
        await wait_until_no_file_is_left(packager, created.asset_id)

    assert FAILED == asset.state
    assert "Invalid data found when processing input" in asset.failure_message
    assert str(packager.sources) not in asset.failure_message
    (event,) = await packager.list_events()
    assert asset.failure_message == event.media_failed.failure_message


async def test_a_truncated_source_fails_with_its_duration(packager):
    film = await films.a_film(packager.sources / "film.mp4", seconds=10, options=("-movflags", "+faststart"))
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    created = await packager.create("file:film.mp4", profile=QUICK)

    async with packager.working():
        asset = (await packager.watch(created.asset_id))[-1]
        await wait_until_no_file_is_left(packager, created.asset_id)

    assert FAILED == asset.state
    assert "of 10.0 s" in asset.failure_message


async def test_a_source_that_is_deleted_during_the_job_fails_and_leaves_no_file(packager):
    film = await films.a_film(packager.sources / "film.mp4", width=640, height=360, seconds=4)
    created = await packager.create("file:film.mp4")

    async with packager.working():
        async with packager.blocked_at("encode 144p"):
            film.unlink()
        asset = (await packager.watch(created.asset_id))[-1]
        await wait_until_no_file_is_left(packager, created.asset_id)

    assert FAILED == asset.state
    assert "No such file or directory" in asset.failure_message


async def test_a_canceled_asset_stops_at_once_and_leaves_no_file(packager):
    await films.a_film(packager.sources / "film.mp4", width=854, height=480, seconds=10)
    created = await packager.create("file:film.mp4")

    request = packager_admin_service_pb2.CancelAssetRequest(asset_id=created.asset_id)
    async with packager.working():
        async with packager.blocked_at("encode 480p"):
            canceled = (await packager.admin.CancelAsset(request, metadata=EDITOR)).asset
        await wait_until_no_file_is_left(packager, created.asset_id)
        again = (await packager.admin.CancelAsset(request, metadata=EDITOR)).asset

    assert CANCELLED == canceled.state
    assert canceled == again
    assert not await packager.list_events()


async def test_canceling_a_finished_asset_changes_nothing(packager):
    await films.a_film(packager.sources / "film.mp4")
    created = await packager.create("file:film.mp4", profile=QUICK)
    async with packager.working():
        ready = (await packager.watch(created.asset_id))[-1]

    request = packager_admin_service_pb2.CancelAssetRequest(asset_id=created.asset_id)
    assert ready == (await packager.admin.CancelAsset(request, metadata=EDITOR)).asset


async def test_repeated_requests_create_one_asset(packager):
    await films.a_film(packager.sources / "film.mp4")
    request_id, title = ids.new(), watchable_subjects.title(ids.new())

    assets = await asyncio.gather(
        *(packager.create("file:film.mp4", request_id=request_id, subject=title) for _ in range(4))
    )

    assert 1 == len({asset.asset_id for asset in assets})
    response = await packager.admin.ListAssets(
        packager_admin_service_pb2.ListAssetsRequest(subject=title), metadata=EDITOR
    )
    assert 1 == len(response.assets)


async def test_a_request_id_with_other_fields_is_refused(packager):
    await films.a_film(packager.sources / "film.mp4")
    request_id = ids.new()
    first = await packager.create("file:film.mp4", request_id=request_id, profile=QUICK)

    again = await packager.create("file:film.mp4", request_id=request_id, profile=QUICK, subject=first.subject)

    assert first.asset_id == again.asset_id
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await packager.create("file:film.mp4", request_id=request_id, profile=QUICK)
    assert "REQUEST_ID_REUSED" == testing.reason_of(raised.value)


async def test_a_programme_has_no_assets(packager):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await packager.create("file:film.mp4", subject=type_pb2.Subject(programme_id=ids.new()))

    assert "SUBJECT_NOT_SUPPORTED" == testing.reason_of(raised.value)


async def test_sources_outside_the_directory_or_missing_are_refused(packager):
    (packager.sources.parent / "secret.mp4").touch()

    for uri, code, reason in (
        ("file:../secret.mp4", grpc.StatusCode.INVALID_ARGUMENT, "SOURCE_NOT_ALLOWED"),
        ("file:///etc/passwd", grpc.StatusCode.INVALID_ARGUMENT, "SOURCE_NOT_ALLOWED"),
        ("file:missing.mp4", grpc.StatusCode.NOT_FOUND, "SOURCE_NOT_FOUND"),
        ("https://example.com/a.mp4", grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_INVALID"),
    ):
        assert (code, reason) == await error_of(packager.create(uri))


async def test_assets_are_listed_newest_first_in_pages(packager):
    created = [await packager.create(f"demo:{number}") for number in range(5)]

    assets, token = [], ""
    while True:
        request = packager_admin_service_pb2.ListAssetsRequest(page_size=2, page_token=token)
        page = await packager.admin.ListAssets(request, metadata=EDITOR)
        assets += page.assets
        if not (token := page.next_page_token):
            break

    assert [asset.asset_id for asset in reversed(created)] == [asset.asset_id for asset in assets]


async def test_a_page_token_of_another_list_is_refused(packager):
    for number in range(2):
        await packager.create(f"demo:{number}")
    page = await packager.admin.ListAssets(packager_admin_service_pb2.ListAssetsRequest(page_size=1), metadata=EDITOR)

    request = packager_admin_service_pb2.ListAssetsRequest(page_token=page.next_page_token, state=READY)
    expected = (grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID")
    assert expected == await error_of(packager.admin.ListAssets(request, metadata=EDITOR))


async def test_an_unknown_asset_is_not_found(packager):
    asset_id = ids.new()
    expected = (grpc.StatusCode.NOT_FOUND, "ASSET_NOT_FOUND")

    assert expected == await error_of(packager.get(asset_id))
    assert expected == await error_of(packager.watch(asset_id))
    cancel = packager_admin_service_pb2.CancelAssetRequest(asset_id=asset_id)
    assert expected == await error_of(packager.admin.CancelAsset(cancel, metadata=EDITOR))
    keys = packager_internal_pb2.ListContentKeysRequest(asset_id=asset_id)
    assert expected == await error_of(packager.internal.ListContentKeys(keys, metadata=SERVICE))


async def test_viewers_may_not_read_assets_or_content_keys(packager):
    asset = await packager.create("demo:seed")

    keys = packager_internal_pb2.ListContentKeysRequest(asset_id=asset.asset_id)
    get = packager_admin_service_pb2.GetAssetRequest(asset_id=asset.asset_id)
    forbidden = grpc.StatusCode.PERMISSION_DENIED, "ROLE_REQUIRED"
    unknown = grpc.StatusCode.UNIMPLEMENTED, "METHOD_UNKNOWN"
    assert forbidden == await error_of(packager.admin.GetAsset(get, metadata=VIEWER))
    assert unknown == await error_of(packager.internal.ListContentKeys(keys, metadata=VIEWER))
    assert unknown == await error_of(packager.internal.ListContentKeys(keys, metadata=EDITOR))


async def wait_until_no_file_is_left(packager, asset_id):
    """Waits until no file of a failed asset is left; a job removes the files after it reports its end."""
    async with asyncio.timeout(testing.PATIENCE):
        while packager.list_remaining_files(asset_id):
            await asyncio.sleep(0.02)
    request = packager_internal_pb2.ListContentKeysRequest(asset_id=asset_id)
    assert not (await packager.internal.ListContentKeys(request, metadata=SERVICE)).keys
