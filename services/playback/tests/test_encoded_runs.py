"""The runs of encoders, as playback gets them from the packager."""

from datetime import timedelta

import pytest
from marquee.packager.v1 import packager_internal_pb2, packager_internal_pb2_grpc

from services.kit import ids, testing
from services.playback.linear import encoded_runs
from services.playback.tests import fakes

CHANNEL = ids.new()


def a_run(number, first_cell, cell_count):
    return packager_internal_pb2.EncoderRun(
        run_id=ids.new(),
        sequence=number,
        first_cell=first_cell,
        cell_count=cell_count,
        tracks=[
            packager_internal_pb2.EncodedTrack(
                kind=packager_internal_pb2.TRACK_KIND_VIDEO, directory="video/360p", codec="avc1", width=640, height=360
            ),
            packager_internal_pb2.EncodedTrack(kind=packager_internal_pb2.TRACK_KIND_AUDIO, directory="audio/audio"),
        ],
        key_periods=[packager_internal_pb2.KeyPeriod(key_id=fakes.KEY_ID, first_cell=first_cell, cell_count=1)],
    )


@pytest.fixture
async def clock():
    return testing.a_clock()


@pytest.fixture
async def packager():
    fake = fakes.Packager(ids.new())
    fake.runs[CHANNEL] = [a_run(3, 100, 10), a_run(4, 112, 5)]
    return fake


@pytest.fixture
async def runs(packager, clock):
    peer = (packager_internal_pb2_grpc.add_PackagerInternalServiceServicer_to_server, packager)
    async with testing.serving(peer, time=clock) as address:
        mesh = testing.a_mesh("playback", {"packager": address}, clock)
        yield encoded_runs.EncodedRuns(mesh, clock)
        await mesh.close()


async def test_runs_of_all_pages_are_cut_at_the_edges_of_the_window(runs, packager):
    found = await runs.get(CHANNEL, 105, 114)

    assert [(3, 105, 110), (4, 112, 114)] == [(run.number, run.first_cell, run.end_cell) for run in found]
    assert [run.run_id for run in packager.runs[CHANNEL]] == [run.run_id for run in found]
    assert [(True, "video/360p", 640), (False, "audio/audio", 0)] == [
        (track.is_video, track.directory, track.width) for track in found[0].tracks
    ]
    assert (encoded_runs.KeyPeriod(fakes.KEY_ID, 100, 1),) == found[0].key_periods


async def test_a_channel_without_an_encoder_has_no_runs(runs):
    assert () == await runs.get(ids.new(), 0, 1_000)


async def test_viewers_of_the_same_window_cause_one_request_a_second(runs, packager, clock):
    before = await runs.get(CHANNEL, 112, 120)
    packager.runs[CHANNEL][1].cell_count += 1

    assert before == await runs.get(CHANNEL, 112, 120)
    assert 1 == packager.run_requests

    clock.advance(timedelta(seconds=1))
    assert [118] == [run.end_cell for run in await runs.get(CHANNEL, 112, 120)]
