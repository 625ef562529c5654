"""Measures GetTonight with the demo channels, and how soon a week of programmes without titles has vectors."""

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
import grpc
from marquee.epg.v1 import epg_admin_service_pb2, epg_admin_service_pb2_grpc
from marquee.recommendation.v1 import recommendation_service_pb2, recommendation_service_pb2_grpc

from deploy.seed import demo_channels, seed_files
from services.kit import testing, timestamps
from tests.bench import h2load
from tests.local_platform import Platform

_METHOD = "/marquee.recommendation.v1.RecommendationService/GetTonight"
_WARM, _COLD, _SMALLEST = 400, 40, 10
_WEEK = timedelta(days=7)
#: The services write their logs a few times a second.
_LOG_SECONDS = 1.0
_LONGEST_SECONDS = 300
_POLL_SECONDS = 0.2
_COUNT = """
    SELECT (SELECT count(*) FROM recommendation.guide_channel WHERE loaded_number < change_number) AS behind,
        (SELECT count(*) FROM recommendation.guide_programme) AS programmes,
        (SELECT count(*) FROM recommendation.guide_text) AS texts,
        (SELECT count(vector) FROM recommendation.guide_text) AS vectors
"""


@dataclass(frozen=True)
class TonightLatency:
    """Latencies of GetTonight in the service, as sorted milliseconds."""

    warm: list[float]
    cold: list[float]


@dataclass(frozen=True)
class GuideEmbedding:
    """How many programmes and different texts a week has, and the seconds from the first write to the last vector."""

    programmes: int
    texts: int
    seconds: float


def measure_latency(platform: Platform, token: str) -> TonightLatency:
    """Measures GetTonight: cached, and computed, since each number of items is computed on its own."""
    metadata = testing.bearing(token)
    with grpc.insecure_channel(platform.service_address("recommendation")) as channel:
        stub = recommendation_service_pb2_grpc.RecommendationServiceStub(channel)
        for size in range(_SMALLEST, _SMALLEST + _COLD):
            answer = stub.GetTonight(recommendation_service_pb2.GetTonightRequest(page_size=size), metadata=metadata)
            if answer.degradations or len(answer.items) < _SMALLEST:
                raise h2load.LoadFailed(f"Tonight had to do without something: {list(answer.degradations)}")
        cold = _read_log(platform, _COLD)
        for _ in range(_WARM):
            stub.GetTonight(recommendation_service_pb2.GetTonightRequest(), metadata=metadata)
        return TonightLatency(_read_log(platform, _WARM), cold)


def measure_embedding(platform: Platform, editor_token: str) -> GuideEmbedding:
    """Replaces a week of the demo schedules by programmes that name no titles, and waits for the vectors."""
    titles = seed_files.load().titles
    today = datetime.now(UTC).date()
    written = 0
    began = time.perf_counter()
    with grpc.insecure_channel(platform.service_address("epg")) as channel:
        admin = epg_admin_service_pb2_grpc.EpgAdminServiceStub(channel)
        for each in demo_channels.load():
            request = _week_without_titles(demo_channels.schedule_request(each, titles, today))
            admin.ReplaceSchedule(request, metadata=testing.bearing(editor_token))
            written += len(request.programmes)
    count = _wait_until_embedded(platform, written)
    return GuideEmbedding(count["programmes"], count["texts"], time.perf_counter() - began)


def _week_without_titles(
    request: epg_admin_service_pb2.ReplaceScheduleRequest,
) -> epg_admin_service_pb2.ReplaceScheduleRequest:
    """Returns the last week of a schedule, which has not begun, in place of all of it."""
    start = timestamps.to_datetime(request.end_time) - _WEEK
    programmes = [each for each in request.programmes if timestamps.to_datetime(each.start_time) >= start]
    for each in programmes:
        each.ClearField("on_demand")
    return epg_admin_service_pb2.ReplaceScheduleRequest(
        channel_id=request.channel_id,
        start_time=request.start_time,
        end_time=request.end_time,
        programmes=programmes,
    )


def _wait_until_embedded(platform: Platform, programmes: int) -> dict[str, int]:
    """Waits until so many programmes are loaded and all texts have vectors; returns the counts."""
    began = time.perf_counter()
    while time.perf_counter() - began < _LONGEST_SECONDS:
        count = asyncio.run(_count(platform.database_url))
        if count["programmes"] == programmes and not count["behind"] and count["texts"] == count["vectors"]:
            return count
        time.sleep(_POLL_SECONDS)
    raise h2load.LoadFailed("the programmes have no vectors yet")


async def _count(url: str) -> dict[str, int]:
    connection = await asyncpg.connect(url)
    try:
        return dict(await connection.fetchrow(_COUNT))
    finally:
        await connection.close()


def _read_log(platform: Platform, count: int) -> list[float]:
    time.sleep(_LOG_SECONDS)
    lines = (json.loads(line) for line in (platform.home / "logs" / "recommendation.log").read_text().splitlines())
    times = [line["milliseconds"] for line in lines if line.get("method") == _METHOD]
    if len(times) < count:
        raise h2load.LoadFailed(f"the log holds {len(times)} calls only")
    return sorted(times[-count:])
