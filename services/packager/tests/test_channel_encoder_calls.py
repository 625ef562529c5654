"""What operators and playback request of the encoders of channels."""

from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf import duration_pb2
from marquee.packager.v1 import channel_encoder_admin_service_pb2 as contract
from marquee.packager.v1 import channel_encoder_pb2, packager_internal_pb2, packager_pb2

from services.kit import ids, testing, timestamps
from services.packager import config, storage
from services.packager.handlers import source_admission
from services.packager.tests import harness
from services.packager.tools import ffmpeg, shaka

DAY = timedelta(days=1)
KEY_CELLS = 100


async def start(packager, channel_id, *sources, **fields):
    """Starts an encoder and returns it."""
    fields.setdefault("profile", packager_pb2.PACKAGING_PROFILE_QUICK)
    if sources:
        fields["playlist"] = channel_encoder_pb2.SourcePlaylist(source_uris=sources)
    request = contract.StartChannelEncoderRequest(channel_id=channel_id, **fields)
    return (await packager.encoders.StartChannelEncoder(request, metadata=harness.EDITOR)).encoder


async def get(packager, channel_id):
    request = contract.GetChannelEncoderRequest(channel_id=channel_id)
    return (await packager.encoders.GetChannelEncoder(request, metadata=harness.EDITOR)).encoder


async def generation(packager, channel_id):
    async with packager.database.reading() as session:
        return (await storage.channel_encoders.get_encoder(session, channel_id))["generation"]


async def list_runs(packager, channel_id, first_cell, end_cell, **fields):
    request = packager_internal_pb2.ListEncoderRunsRequest(
        channel_id=channel_id, first_cell=first_cell, end_cell=end_cell, **fields
    )
    return await packager.internal.ListEncoderRuns(request, metadata=harness.SERVICE)


async def add_run(packager, channel_id, sequence, first_cell, end_cell):
    """Adds a run with its keys and returns its id."""
    run_id = ids.new()
    async with packager.database.transaction() as tx:
        await storage.encoder_runs.add_run(
            tx,
            {
                "run_id": run_id,
                "channel_id": channel_id,
                "sequence": sequence,
                "first_cell": first_cell,
                "end_cell": end_cell,
                "tracks": [
                    {
                        "kind": "audio",
                        "directory": "audio/audio",
                        "codec": "mp4a.40.2",
                        "bitrate": 48_000,
                        "width": 0,
                        "height": 0,
                        "frame_rate": 0.0,
                    }
                ],
            },
        )
        for cell in range(first_cell, end_cell):
            await storage.encoder_runs.get_or_add_key(tx, channel_id, cell, KEY_CELLS, shaka.new_key())
    return run_id


async def test_an_encoder_that_was_started_states_its_input_and_its_window(packager):
    channel_id = ids.new()

    encoder = await start(packager, channel_id, "demo:a", "demo:b")

    assert ["demo:a", "demo:b"] == encoder.playlist.source_uris
    assert channel_encoder_pb2.ENCODER_STATE_STARTING == encoder.state
    assert 7 * DAY == encoder.catch_up_window.ToTimedelta()
    assert testing.NOW == timestamps.to_datetime(encoder.state_time)
    assert encoder == await get(packager, channel_id)


async def test_starting_again_changes_an_encoder_only_if_the_request_differs(packager):
    channel_id = ids.new()
    await start(packager, channel_id, "demo:a")
    await start(packager, channel_id, "demo:a")
    assert 1 == await generation(packager, channel_id)

    changed = await start(packager, channel_id, "demo:b", catch_up_window=duration_pb2.Duration(seconds=600))

    assert (["demo:b"], 600) == (changed.playlist.source_uris, changed.catch_up_window.seconds)
    assert 2 == await generation(packager, channel_id)


async def test_a_stopped_encoder_stays_stopped_until_it_is_started_or_restarted(packager):
    channel_id = ids.new()
    await start(packager, channel_id, "demo:a")

    stopping = contract.StopChannelEncoderRequest(channel_id=channel_id)
    states = [
        (await packager.encoders.StopChannelEncoder(stopping, metadata=harness.EDITOR)).encoder.state for _ in range(2)
    ]
    restarting = contract.RestartChannelEncoderRequest(channel_id=channel_id)
    restarted = await packager.encoders.RestartChannelEncoder(restarting, metadata=harness.EDITOR)

    assert [channel_encoder_pb2.ENCODER_STATE_STOPPED] * 2 == states
    assert channel_encoder_pb2.ENCODER_STATE_STARTING == restarted.encoder.state
    assert 3 == await generation(packager, channel_id)


async def test_a_channel_without_an_encoder_is_not_found(packager):
    channel_id = ids.new()
    calls = (
        packager.encoders.GetChannelEncoder(
            contract.GetChannelEncoderRequest(channel_id=channel_id), metadata=harness.EDITOR
        ),
        packager.encoders.StopChannelEncoder(
            contract.StopChannelEncoderRequest(channel_id=channel_id), metadata=harness.EDITOR
        ),
        packager.encoders.RestartChannelEncoder(
            contract.RestartChannelEncoderRequest(channel_id=channel_id), metadata=harness.EDITOR
        ),
        packager.encoders.ListAsRunItems(
            contract.ListAsRunItemsRequest(channel_id=channel_id), metadata=harness.EDITOR
        ),
    )
    for call in calls:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await call
        assert (grpc.StatusCode.NOT_FOUND, "ENCODER_NOT_FOUND") == (
            raised.value.code(),
            testing.reason_of(raised.value),
        )


async def test_viewers_may_not_start_encoders(packager):
    request = contract.StartChannelEncoderRequest(
        channel_id=ids.new(),
        playlist=channel_encoder_pb2.SourcePlaylist(source_uris=["demo:a"]),
        profile=packager_pb2.PACKAGING_PROFILE_QUICK,
    )
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await packager.encoders.StartChannelEncoder(request, metadata=harness.VIEWER)

    assert grpc.StatusCode.PERMISSION_DENIED == raised.value.code()


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("file:absent.mp4", "SOURCE_NOT_FOUND"),
        ("file:../outside.mp4", "SOURCE_NOT_ALLOWED"),
    ],
)
async def test_each_source_of_a_playlist_is_checked(packager, uri, reason):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await start(packager, ids.new(), "demo:a", uri)

    assert reason == testing.reason_of(raised.value)


@pytest.mark.parametrize(
    "uri", ["http://example.com/live", "file:///etc/passwd", "concat://x|y", "rtmp:///live", "srt://[::1"]
)
async def test_feeds_of_other_schemes_and_without_an_address_are_refused(packager, uri):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await start(packager, ids.new(), feed_uri=uri)

    assert "SOURCE_NOT_ALLOWED" == testing.reason_of(raised.value)


async def test_feeds_that_ffmpeg_cannot_read_are_refused(packager):
    readable = await ffmpeg.list_input_protocols()

    for scheme in config.FEED_SCHEMES:
        if scheme in readable:
            encoder = await start(packager, ids.new(), feed_uri=f"{scheme}://127.0.0.1:9000")
            assert f"{scheme}://127.0.0.1:9000" == encoder.feed_uri
        else:
            with pytest.raises(grpc.aio.AioRpcError, match=f"cannot read {scheme}:"):
                await start(packager, ids.new(), feed_uri=f"{scheme}://127.0.0.1:9000")


async def test_a_platform_may_refuse_all_feeds():
    admission = source_admission.Admission(None, demo_allowed=True)

    with pytest.raises(Exception, match="starts with nothing"):
        await admission.check_feed("udp://127.0.0.1:9000")


async def test_encoders_are_listed_in_pages(packager):
    channel_ids = sorted(ids.new() for _ in range(3))
    for channel_id in channel_ids:
        await start(packager, channel_id, "demo:a")

    listed, token = [], ""
    while True:
        request = contract.ListChannelEncodersRequest(page_size=2, page_token=token)
        page = await packager.encoders.ListChannelEncoders(request, metadata=harness.EDITOR)
        listed += [encoder.channel_id for encoder in page.encoders]
        token = page.next_page_token
        if not token:
            break

    assert channel_ids == listed


async def test_the_as_run_log_is_listed_in_pages_newest_first(packager):
    channel_id = ids.new()
    await start(packager, channel_id, "demo:a", "demo:b")
    begins = [datetime(2026, 6, 28, 20, minute, tzinfo=UTC) for minute in range(5)]
    async with packager.database.transaction() as tx:
        for number, begin in enumerate(begins):
            await storage.encoder_runs.begin_item(tx, channel_id, begin, f"demo:{number}", number, 1.5)

    listed, token = [], ""
    while True:
        request = contract.ListAsRunItemsRequest(
            channel_id=channel_id, page_size=2, page_token=token, before_time=timestamps.from_datetime(begins[4])
        )
        page = await packager.encoders.ListAsRunItems(request, metadata=harness.EDITOR)
        listed += page.items
        token = page.next_page_token
        if not token:
            break

    assert begins[3::-1] == [timestamps.to_datetime(item.start_time) for item in listed]
    assert begins[4:0:-1] == [timestamps.to_datetime(item.end_time) for item in listed]
    assert 1.5 == listed[0].start_position.ToTimedelta().total_seconds()
    assert "demo:4" == (await get(packager, channel_id)).current_item.source_uri


async def test_runs_of_a_range_are_listed_with_the_keys_of_its_cells(packager):
    channel_id = ids.new()
    await start(packager, channel_id, "demo:a")
    first, second = (
        await add_run(packager, channel_id, 0, 1_050, 1_120),
        await add_run(packager, channel_id, 1, 1_125, 1_130),
    )
    await add_run(packager, channel_id, 2, 1_140, 1_150)

    response = await list_runs(packager, channel_id, 1_090, 1_140)
    pages = [await list_runs(packager, channel_id, 1_090, 1_140, page_size=1)]
    pages.append(await list_runs(packager, channel_id, 1_090, 1_140, page_size=1, page_token=pages[0].next_page_token))

    assert [(first, 0, 1_050, 70), (second, 1, 1_125, 5)] == [
        (run.run_id, run.sequence, run.first_cell, run.cell_count) for run in response.runs
    ]
    assert [[(1_090, 10), (1_100, 20)], [(1_125, 5)]] == [
        [(period.first_cell, period.cell_count) for period in run.key_periods] for run in response.runs
    ]
    assert packager_internal_pb2.TRACK_KIND_AUDIO == response.runs[0].tracks[0].kind
    assert list(response.runs) == [run for page in pages for run in page.runs]
    assert not pages[1].next_page_token


async def test_the_keys_of_a_run_are_those_of_its_cells(packager):
    channel_id = ids.new()
    await start(packager, channel_id, "demo:a")
    run_id = await add_run(packager, channel_id, 0, 1_050, 1_120)
    await add_run(packager, channel_id, 1, 1_200, 1_201)

    (run, _) = (await list_runs(packager, channel_id, 0, 2_000)).runs
    keys = await packager.internal.ListContentKeys(
        packager_internal_pb2.ListContentKeysRequest(asset_id=run_id), metadata=harness.SERVICE
    )

    assert {period.key_id for period in run.key_periods} == {key.key_id for key in keys.keys}
    assert [16, 16] == [len(key.key) for key in keys.keys]


async def test_a_cell_keeps_its_key_when_the_length_of_a_period_changes(packager):
    channel_id = ids.new()
    await start(packager, channel_id, "demo:a")
    keys = []
    async with packager.database.transaction() as tx:
        for cell, period in ((150, 100), (150, 30), (199, 30), (200, 30), (201, 100)):
            key, end = await storage.encoder_runs.get_or_add_key(tx, channel_id, cell, period, shaka.new_key())
            keys.append((key.key_id, end))

    assert keys[0] == keys[1] == keys[2]
    assert keys[3] == keys[4]
    assert [200, 210] == [keys[0][1], keys[3][1]]
