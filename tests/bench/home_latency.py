"""Measures GetHome: cached, beside a baseline server with the same response, and computed among all films."""

import json
import time
from dataclasses import dataclass

import grpc
from marquee.recommendation.v1 import recommendation_service_pb2, recommendation_service_pb2_grpc
from marquee.viewing.v1 import viewing_pb2, viewing_service_pb2, viewing_service_pb2_grpc

from services.kit import testing, watchable_subjects
from tests.bench import h2load, read_calls
from tests.local_platform import Platform

_PATH = "/marquee.recommendation.v1.RecommendationService/GetHome"
_COLD = 40
_WARM = 400
#: The services write their logs a few times a second.
_LOG_SECONDS = 1.0


@dataclass(frozen=True)
class Homes:
    """Latencies of homes in the service, as sorted milliseconds."""

    warm: list[float]
    cold: list[float]
    row: read_calls.Row


def measure(platform: Platform, token: str, title_ids: list[str]) -> Homes:
    """Measures homes of the profile of `token`, which rates one of `title_ids` before each home that is computed."""
    row = read_calls.measure_one(platform, _call(), token)
    with (
        grpc.insecure_channel(platform.service_address("recommendation")) as to_home,
        grpc.insecure_channel(platform.service_address("viewing")) as to_viewing,
    ):
        home = recommendation_service_pb2_grpc.RecommendationServiceStub(to_home)
        viewing = viewing_service_pb2_grpc.ViewingServiceStub(to_viewing)
        metadata = testing.bearing(token)
        for _ in range(_WARM):
            home.GetHome(recommendation_service_pb2.GetHomeRequest(), metadata=metadata)
        warm = _read_log(platform, _WARM)
        for title_id in title_ids[-_COLD:]:  # The first ones are demo titles, some of which are not published.
            rated = viewing.RateSubject(
                viewing_service_pb2.RateSubjectRequest(
                    subject=watchable_subjects.title(title_id), thumb=viewing_pb2.THUMB_UP
                ),
                metadata=metadata,
            )
            # With the consistency token of the write, the home is computed again.
            request = recommendation_service_pb2.GetHomeRequest(consistency_token=rated.consistency_token)
            answer = home.GetHome(request, metadata=metadata)
            if answer.degradations:
                raise h2load.LoadFailed(f"a home had to do without something: {list(answer.degradations)}")
        cold = _read_log(platform, _COLD)
    return Homes(warm, cold, row)


def _call() -> read_calls.Call:
    return read_calls.Call("GetHome", "recommendation", _PATH, recommendation_service_pb2.GetHomeRequest())


def _read_log(platform: Platform, count: int) -> list[float]:
    time.sleep(_LOG_SECONDS)
    lines = (json.loads(line) for line in (platform.home / "logs" / "recommendation.log").read_text().splitlines())
    times = [line["milliseconds"] for line in lines if line.get("method") == _PATH]
    if len(times) < count:
        raise h2load.LoadFailed(f"the log holds {len(times)} homes only")
    return sorted(times[-count:])
