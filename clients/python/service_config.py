"""Timeouts and retries as the contract states them; retries in gRPC's own words (a service config)."""

import json
from collections.abc import Iterable
from typing import Any

from google.protobuf import descriptor

from services.kit import method_policy

_RETRIES = {
    "maxAttempts": 3,
    "initialBackoff": "0.1s",
    "maxBackoff": "1s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}


def of(services: Iterable[descriptor.ServiceDescriptor]) -> str:
    """Answers the service config of all methods of `services`, as JSON."""
    return json.dumps({"methodConfig": [_method(method) for service in services for method in service.methods]})


def timeout_of(path: str) -> float | None:
    """Answers the seconds that a call of the method at `path` may take; None for streams that stay open.

    It is given with each call: gRPC counts a timeout of the service config from too early in a process that has been
    running for a while (https://github.com/grpc/grpc/issues/34547).
    """
    method = method_policy.at(path)
    return None if method is None else method.timeout


def _method(method: descriptor.MethodDescriptor) -> dict[str, Any]:
    told: dict[str, Any] = {"name": [{"service": method.containing_service.full_name, "method": method.name}]}
    if method_policy.of_method(method).is_retryable:
        told["retryPolicy"] = _RETRIES
    return told
