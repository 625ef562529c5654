"""Measures frequent reads beside a baseline server with the same responses, directly and through Envoy."""

import contextlib
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
from google.protobuf.message import Message
from marquee.catalog.v1 import catalog_service_pb2
from marquee.entitlement.v1 import entitlement_service_pb2

from deploy.local import engines
from services.kit import testing, watchable_subjects
from tests.bench import h2load
from tests.local_platform import Platform

_CALLS = 2_500
_SEQUENTIAL_CALLS = 1_000
_ROUNDS = 9
#: Enough concurrent calls to keep every process busy, for the rate.
_CONCURRENT = {"connections": 4, "streams": 8}
#: One call at a time, for the added latency.
_SEQUENTIAL = {"connections": 1, "streams": 1}


@dataclass(frozen=True)
class Call:
    """A method that is measured, with its request."""

    name: str
    area: str
    path: str
    request: Message


@dataclass(frozen=True)
class Row:
    """A read beside the baseline. Rates are calls per second, times milliseconds; each is the median of the rounds."""

    name: str
    ours: float
    baseline: float
    #: The ratio of the rates, by round.
    ratio: float
    added_p99: float


def calls(title_id: str) -> list[Call]:
    """Returns the calls that are measured."""
    catalog, entitlement = "/marquee.catalog.v1.CatalogService", "/marquee.entitlement.v1.EntitlementService"
    return [
        Call("GetTitle", "catalog", f"{catalog}/GetTitle", catalog_service_pb2.GetTitleRequest(title_id=title_id)),
        Call("ListTitles, 20", "catalog", f"{catalog}/ListTitles", catalog_service_pb2.ListTitlesRequest(page_size=20)),
        Call(
            "CheckAccess",
            "entitlement",
            f"{entitlement}/CheckAccess",
            entitlement_service_pb2.CheckAccessRequest(subject=watchable_subjects.title(title_id)),
        ),
    ]


def measure(platform: Platform, token: str, title_id: str) -> tuple[list[Row], list[Row]]:
    """Measures each read directly and through the edge; returns both lists."""
    measured_calls = calls(title_id)
    authorization = {"authorization": f"Bearer {token}", "te": "trailers"}
    grpc_headers = {**authorization, "content-type": "application/grpc"}
    web_headers = {**authorization, "content-type": "application/grpc-web+proto", "x-grpc-web": "1"}
    with _baseline(platform, measured_calls, token) as baseline, _envoy(baseline) as front:
        direct = [
            _row(call, f"http://{platform.service_address(call.area)}", f"http://127.0.0.1:{baseline}", grpc_headers)
            for call in measured_calls
        ]
        edge = [_row(call, platform.url, f"http://127.0.0.1:{front}", web_headers) for call in measured_calls]
    return direct, edge


def measure_one(platform: Platform, call: Call, token: str) -> Row:
    """Measures one read directly."""
    headers = {"authorization": f"Bearer {token}", "te": "trailers", "content-type": "application/grpc"}
    with _baseline(platform, [call], token) as baseline:
        return _row(call, f"http://{platform.service_address(call.area)}", f"http://127.0.0.1:{baseline}", headers)


def _row(call: Call, ours: str, baseline: str, headers: dict[str, str]) -> Row:
    """Measures both sides in turns, so that other load on the machine affects both."""
    message = call.request.SerializeToString()
    sides = (ours, baseline)
    for side in sides:
        h2load.run(side + call.path, message, headers, calls=_CALLS, **_CONCURRENT)
    busy, calm = [], []
    for _ in range(_ROUNDS):
        busy.append(
            [h2load.run(side + call.path, message, headers, calls=_CALLS, **_CONCURRENT).rate for side in sides]
        )
        calm.append(
            [
                h2load.run(side + call.path, message, headers, calls=_SEQUENTIAL_CALLS, **_SEQUENTIAL).p99
                for side in sides
            ]
        )
    median = statistics.median
    return Row(
        call.name,
        ours=median(our for our, _ in busy),
        baseline=median(its for _, its in busy),
        ratio=median(our / its for our, its in busy),
        added_p99=median(our - its for our, its in calm),
    )


@contextlib.contextmanager
def _baseline(platform: Platform, measured_calls: list[Call], token: str) -> Iterator[int]:
    """Runs the baseline server with the responses of the services; yields its port."""
    port = testing.free_port()
    with tempfile.TemporaryDirectory() as folder:
        arguments = []
        for number, call in enumerate(measured_calls):
            file = Path(folder, str(number))
            file.write_bytes(_answer(platform.service_address(call.area), call, token))
            arguments.append(f"{call.path}={file}")
        with _process([sys.executable, "-m", "tests.bench.baseline_server", str(port), *arguments], port):
            yield port


def _answer(address: str, call: Call, token: str) -> bytes:
    with grpc.insecure_channel(address) as channel:
        answer: bytes = channel.unary_unary(call.path, request_serializer=type(call.request).SerializeToString)(
            call.request, metadata=testing.bearing(token), timeout=10
        )
    return answer


@contextlib.contextmanager
def _envoy(baseline: int) -> Iterator[int]:
    """Runs an Envoy that only routes to the baseline server; yields its port."""
    port = testing.free_port()
    template = Path(__file__).with_name("envoy.yaml").read_text()
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as bootstrap:
        bootstrap.write(template.replace("{{ EDGE_PORT }}", str(port)).replace("{{ BARE_PORT }}", str(baseline)))
        bootstrap.flush()
        with _process([*engines.envoy_command(Path(bootstrap.name))], port):
            yield port


@contextlib.contextmanager
def _process(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            grpc.channel_ready_future(channel).result(timeout=20)
        yield
    finally:
        process.terminate()
        process.wait()
