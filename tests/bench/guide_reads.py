"""Measures the guide of the demo channels, beside a baseline server with the same responses."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from marquee.epg.v1 import epg_service_pb2

from services.kit import timestamps
from tests.bench import h2load, read_calls
from tests.local_platform import Platform

_CALLS = 1_000
_WINDOW = timedelta(hours=6)


@dataclass(frozen=True)
class GuideReads:
    """A guide of 25 channels: beside the baseline, and its latency one call at a time, in milliseconds."""

    row: read_calls.Row
    guide_p95: float
    on_now_p95: float


def measure(platform: Platform, token: str) -> GuideReads:
    """Measures the guide of six hours, and what is on now."""
    service = "/marquee.epg.v1.EpgService"
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    window = {
        "start_time": timestamps.from_datetime(start),
        "end_time": timestamps.from_datetime(start + _WINDOW),
    }
    guide = read_calls.Call(
        "GetGuide, 25 channels", "epg", f"{service}/GetGuide", epg_service_pb2.GetGuideRequest(**window)
    )
    on_now = read_calls.Call("ListOnNow", "epg", f"{service}/ListOnNow", epg_service_pb2.ListOnNowRequest())
    return GuideReads(
        row=read_calls.measure_one(platform, guide, token),
        guide_p95=_p95(platform, guide, token),
        on_now_p95=_p95(platform, on_now, token),
    )


def _p95(platform: Platform, call: read_calls.Call, token: str) -> float:
    headers = {"authorization": f"Bearer {token}", "te": "trailers", "content-type": "application/grpc"}
    url = f"http://{platform.service_address(call.area)}{call.path}"
    return h2load.run(url, call.request.SerializeToString(), headers, calls=_CALLS, connections=1, streams=1).p95
