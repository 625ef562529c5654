"""What the contract says about how each method is run: the one reader of `marquee.policy.v1.method`."""

import functools
import os
from dataclasses import dataclass
from typing import Any

from google.protobuf import descriptor, descriptor_pb2, descriptor_pool
from marquee.policy.v1 import policy_pb2

#: The variable with the factor of all timeouts; tests set it, so that a busy machine fails none of them.
TIMEOUT_FACTOR = "MARQUEE_TIMEOUT_FACTOR"


@dataclass(frozen=True)
class Method:
    """One method and its policy."""

    #: The path on the wire, such as `/marquee.catalog.v1.CatalogService/GetTitle`.
    path: str
    #: The service that has the method, such as `catalog`.
    area: str
    audience: policy_pb2.Audience.ValueType
    #: The services that may call the method if it is internal.
    callers: frozenset[str]
    #: How long a call may take in seconds; None for streams that stay open.
    timeout: float | None
    #: Whether a call that got no answer may be made again.
    is_retryable: bool


def of(service: descriptor.ServiceDescriptor) -> dict[str, Method]:
    """Returns the policy of every method of `service`, by path."""
    methods = (of_method(method) for method in service.methods)
    return {method.path: method for method in methods}


@functools.cache
def at(path: str) -> Method | None:
    """Returns the policy of the method at `path`; None for methods that are not the platform's, such as health."""
    try:
        service = descriptor_pool.Default().FindServiceByName(path.split("/")[1])
    except KeyError:
        return None
    return of(service).get(path)


def of_method(method: descriptor.MethodDescriptor) -> Method:
    """Returns the policy of a method."""
    stated = method.GetOptions().Extensions[policy_pb2.method]
    return Method(
        path=f"/{method.containing_service.full_name}/{method.name}",
        area=method.containing_service.file.package.split(".")[1],
        audience=stated.audience,
        callers=frozenset(stated.callers),
        timeout=timeout_of(stated),
        is_retryable=is_retryable(method.GetOptions()),
    )


def timeout_of(policy: Any) -> float | None:
    """Returns the seconds that a policy, a message of any pool, allows a call; None where it states none.

    They are multiplied by the factor that the environment states.
    """
    timeout = policy.timeout.seconds + policy.timeout.nanos / 1e9
    return timeout * float(os.environ.get(TIMEOUT_FACTOR, "1")) if timeout > 0 else None


def is_retryable(options: descriptor_pb2.MethodOptions) -> bool:
    """Returns whether a method says that making a call twice is no different from making it once."""
    return options.idempotency_level != descriptor_pb2.MethodOptions.IDEMPOTENCY_UNKNOWN
