"""Timeouts and retries of the contract; retries as a gRPC service config."""

import functools
import json
from collections.abc import Iterable
from typing import Any

from google.protobuf import descriptor, descriptor_pb2, descriptor_pool
from marquee.policy.v1 import policy_pb2

_RETRYABLE = (descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS, descriptor_pb2.MethodOptions.IDEMPOTENT)
_RETRIES = {
    "maxAttempts": 3,
    "initialBackoff": "0.1s",
    "maxBackoff": "1s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}


def from_services(services: Iterable[descriptor.ServiceDescriptor]) -> str:
    """Returns the service config of all methods of `services`, as JSON."""
    return json.dumps({"methodConfig": [_method(method) for service in services for method in service.methods]})


@functools.cache
def timeout_of(path: str) -> float | None:
    """Returns the timeout of the method at `path` in seconds; None for streams that stay open.

    It is passed with each call, because gRPC counts a timeout of the service config from too early in a process that
    has been running for a while (https://github.com/grpc/grpc/issues/34547).
    """
    service, _, name = path.lstrip("/").partition("/")
    method = descriptor_pool.Default().FindServiceByName(service).FindMethodByName(name)
    policy = method.GetOptions().Extensions[policy_pb2.method]
    return policy.timeout.ToMilliseconds() / 1000 if policy.HasField("timeout") else None


def _method(method: descriptor.MethodDescriptor) -> dict[str, Any]:
    options = method.GetOptions()
    config: dict[str, Any] = {"name": [{"service": method.containing_service.full_name, "method": method.name}]}
    if options.idempotency_level in _RETRYABLE:
        config["retryPolicy"] = _RETRIES
    return config
