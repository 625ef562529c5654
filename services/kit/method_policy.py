"""The one reader of the options in `marquee.policy.v1`: how each method is run, and which fields are secret."""

import functools
import os
from dataclasses import dataclass

from google.protobuf import descriptor, descriptor_pb2, descriptor_pool
from marquee.policy.v1 import policy_pb2

#: The header in which the edge states the seconds of the deadline that it sends to a service. That is later than the
#: timeout of the method, which the edge enforces itself; from it a service computes how long a call has waited.
EDGE_DEADLINE = "x-marquee-deadline"

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
    #: The budget that calls draw on.
    rate_class: policy_pb2.RateClass.ValueType
    #: How long a call may take in seconds; None for streams that stay open.
    timeout: float | None
    #: Whether making a call twice is no different from making it once.
    is_retryable: bool
    #: Set when the method is going to be removed.
    deprecation: policy_pb2.Deprecation | None = None


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
    return read(method.containing_service.full_name, method.name, method.GetOptions())


def read(service: str, name: str, options: descriptor_pb2.MethodOptions) -> Method:
    """Returns the policy that is stated in the options of the method `name` of a service.

    The timeout is multiplied by the factor that the environment states.
    """
    stated = options.Extensions[policy_pb2.method]
    timeout = stated.timeout.seconds + stated.timeout.nanos / 1e9
    return Method(
        path=f"/{service}/{name}",
        area=service.split(".")[1],
        audience=stated.audience,
        callers=frozenset(stated.callers),
        rate_class=stated.rate_class,
        timeout=timeout * timeout_factor() if timeout > 0 else None,
        is_retryable=options.idempotency_level != descriptor_pb2.MethodOptions.IDEMPOTENCY_UNKNOWN,
        deprecation=stated.deprecation if stated.HasField("deprecation") else None,
    )


def timeout_factor() -> float:
    """Returns what the timeouts of the contract are multiplied by: 1 unless the environment states another factor."""
    return float(os.environ.get(TIMEOUT_FACTOR, "1"))


def is_secret(field: descriptor_pb2.FieldDescriptorProto) -> bool:
    """Returns whether the value of a field must never be logged, such as a password or a token."""
    return field.options.Extensions[policy_pb2.field].secret
