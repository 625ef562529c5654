"""Metrics of every call: rate, errors and latency."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator

import grpc
from prometheus_client import REGISTRY, start_http_server
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

_OK = grpc.StatusCode.OK
_BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class MethodMetrics:
    """The metrics of one method. One event loop writes them, so they need no lock."""

    def __init__(self) -> None:
        #: Calls with the status OK. Nearly all have it, and a lookup in `codes` takes as long as the rest of `record`.
        self.ok = 0
        self.codes: defaultdict[grpc.StatusCode, int] = defaultdict(int)
        self.buckets = [0] * (len(_BOUNDS) + 1)
        self.seconds = 0.0

    def record(self, code: grpc.StatusCode, seconds: float) -> None:
        """Counts one call."""
        if code is _OK:
            self.ok += 1
        else:
            self.codes[code] += 1
        self.buckets[bisect_left(_BOUNDS, seconds)] += 1
        self.seconds += seconds


class _Calls(Collector):
    """Collects the metrics of every method for Prometheus."""

    def __init__(self) -> None:
        self.methods: defaultdict[str, MethodMetrics] = defaultdict(MethodMetrics)

    def collect(self) -> Iterator[Metric]:
        calls = CounterMetricFamily("marquee_calls", "Calls answered.", labels=["method", "code"])
        seconds = HistogramMetricFamily("marquee_call_seconds", "Time to answer a call.", labels=["method"])
        for name, method in self.methods.items():
            for code, count in {_OK: method.ok, **method.codes}.items():
                calls.add_metric([name, code.name], count)
            seconds.add_metric([name], _cumulative(method.buckets), method.seconds)
        yield calls
        yield seconds


_CALLS = _Calls()
REGISTRY.register(_CALLS)


def of(method: str) -> MethodMetrics:
    """Returns the metrics of a method, by its path."""
    return _CALLS.methods[method]


def serve(listen: str) -> None:
    """Serves the metrics to Prometheus at `listen` (host:port); does nothing if that is empty."""
    if listen:
        host, _, port = listen.rpartition(":")
        start_http_server(int(port), addr=host)


def _cumulative(buckets: list[int]) -> list[tuple[str, float]]:
    cumulative, total = [], 0
    for bound, count in zip((*map(str, _BOUNDS), "+Inf"), buckets, strict=True):
        total += count
        cumulative.append((bound, float(total)))
    return cumulative
