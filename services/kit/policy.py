"""What the contract says about how each method is run."""

import functools
from dataclasses import dataclass

from google.protobuf import descriptor, descriptor_pool
from marquee.policy.v1 import policy_pb2


@dataclass(frozen=True)
class Method:
    """One method and its policy."""

    #: The path on the wire, such as `/marquee.catalog.v1.CatalogService/GetTitle`.
    path: str
    audience: policy_pb2.Audience.ValueType
    #: How long a call may take in seconds; None for streams that stay open.
    timeout: float | None


def of(service: descriptor.ServiceDescriptor) -> dict[str, Method]:
    """Reads the policy of every method of `service`, by path."""
    methods = (_read(service, method) for method in service.methods)
    return {method.path: method for method in methods}


@functools.cache
def at(path: str) -> Method | None:
    """Reads the policy of the method at `path`; None for methods that are not the platform's, such as health."""
    try:
        service = descriptor_pool.Default().FindServiceByName(path.split("/")[1])
    except KeyError:
        return None
    return of(service).get(path)


def _read(service: descriptor.ServiceDescriptor, method: descriptor.MethodDescriptor) -> Method:
    told = method.GetOptions().Extensions[policy_pb2.method]
    return Method(
        path=f"/{service.full_name}/{method.name}",
        audience=told.audience,
        timeout=told.timeout.ToMilliseconds() / 1000 if told.HasField("timeout") else None,
    )
