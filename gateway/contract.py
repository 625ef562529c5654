"""The contracts as values: every method with the policy that its options state."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterator
from typing import Self

from google.api import annotations_pb2, http_pb2
from google.protobuf import descriptor_pb2
from marquee.policy.v1 import policy_pb2

from services.kit import method_policy

ROOT = "marquee."

_DOCUMENT = ".google.api.HttpBody"


class Audience(enum.StrEnum):
    """The callers that a method is for."""

    PUBLIC = "PUBLIC"
    ACCOUNT = "ACCOUNT"
    PROFILE = "PROFILE"
    EDITOR = "EDITOR"
    ADMIN = "ADMIN"
    INTERNAL = "INTERNAL"


class RateClass(enum.StrEnum):
    """The budget of calls that a method draws on."""

    NONE = "NONE"
    BROWSE = "BROWSE"
    SEARCH = "SEARCH"
    CREDENTIAL = "CREDENTIAL"
    PLAY = "PLAY"
    HEARTBEAT = "HEARTBEAT"
    WRITE = "WRITE"
    OPERATE = "OPERATE"


class ContractError(ValueError):
    """The contract does not state what the mesh needs to know about a method."""


class AudienceMissing(ContractError):
    """A method does not say who may call it."""


class RateClassMissing(ContractError):
    """A method does not say which budget of calls it draws on."""


class DateInvalid(ContractError):
    """The deprecation of a method has a date that is not of the form `2027-01-31`, or none at all."""


class TimeoutMissing(ContractError):
    """A method that is no server stream does not say how long it may take."""


@dataclasses.dataclass(frozen=True, slots=True)
class HttpRule:
    """One way to reach a method with JSON: an HTTP verb and a path template."""

    verb: str
    path: str
    #: The field that the body holds, `*` for the whole request; empty if the body is not read.
    body: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Deprecation:
    """The day since which a method is deprecated, and the day from which it may be gone, if that is decided."""

    since: dt.date
    sunset: dt.date | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One RPC with its policy."""

    service: str
    name: str
    audience: Audience
    rate_class: RateClass
    #: The full name of the request message.
    request: str
    #: Seconds one call may take, end to end; None on a stream that stays open.
    timeout: float | None
    retryable: bool
    server_streaming: bool = False
    client_streaming: bool = False
    http_rules: tuple[HttpRule, ...] = ()
    #: Whether the response is a document of its own type, such as a playlist, which players and caches fetch.
    is_document: bool = False
    #: Whether the call is authenticated by its own request, or is the same for every caller: bearer tokens are ignored.
    own_credential: bool = False
    deprecation: Deprecation | None = None

    @property
    def path(self) -> str:
        """Returns the path of the call, such as `/marquee.catalog.v1.CatalogService/GetTitle`."""
        return f"/{self.service}/{self.name}"

    @property
    def stays_open(self) -> bool:
        """Returns whether a call is a stream that ends when the client or the service ends it."""
        return self.server_streaming and self.timeout is None

    @property
    def area(self) -> str:
        """Returns the part of the platform that serves the method, such as `catalog`."""
        return self.service.removeprefix(ROOT).split(".")[0]


@dataclasses.dataclass(frozen=True, slots=True)
class Contract:
    """Every method of the platform, and the descriptors that state them."""

    methods: tuple[Method, ...]
    files: descriptor_pb2.FileDescriptorSet

    @classmethod
    def parse(cls, image: bytes) -> Self:
        """Reads a serialised FileDescriptorSet with its imports; raises ContractError on an unstated policy."""
        files = descriptor_pb2.FileDescriptorSet.FromString(image)
        methods = sorted(_methods(files), key=lambda method: method.path)
        return cls(methods=tuple(methods), files=files)

    @property
    def areas(self) -> tuple[str, ...]:
        """Returns the name of every part that has a method."""
        return tuple(sorted({method.area for method in self.methods}))

    @property
    def visible_methods(self) -> tuple[Method, ...]:
        """Returns the methods that callers from outside may call."""
        return tuple(m for m in self.methods if m.audience is not Audience.INTERNAL)


def _methods(files: descriptor_pb2.FileDescriptorSet) -> Iterator[Method]:
    messages = {f".{file.package}.{message.name}": message for file in files.file for message in file.message_type}
    for file in files.file:
        if not file.package.startswith(ROOT):
            continue
        for service in file.service:
            for method in service.method:
                yield _method(f"{file.package}.{service.name}", method, messages[method.input_type])


def _method(
    service: str, method: descriptor_pb2.MethodDescriptorProto, request: descriptor_pb2.DescriptorProto
) -> Method:
    policy = method_policy.read(service, method.name, method.options)
    name = f"{service}.{method.name}"
    if not policy.audience:
        raise AudienceMissing(f"{name} does not state its audience")
    if not policy.rate_class:
        raise RateClassMissing(f"{name} does not state its rate class")
    if policy.timeout is None and not method.server_streaming:
        raise TimeoutMissing(f"{name} does not state its timeout")
    audience = Audience(policy_pb2.Audience.Name(policy.audience).removeprefix("AUDIENCE_"))
    is_document = method.output_type == _DOCUMENT
    return Method(
        service=service,
        name=method.name,
        request=method.input_type.removeprefix("."),
        audience=audience,
        rate_class=RateClass(policy_pb2.RateClass.Name(policy.rate_class).removeprefix("RATE_CLASS_")),
        timeout=policy.timeout,
        retryable=policy.is_retryable,
        server_streaming=method.server_streaming,
        client_streaming=method.client_streaming,
        http_rules=tuple(_http_rules(method.options.Extensions[annotations_pb2.http])),
        is_document=is_document,
        own_credential=audience is Audience.PUBLIC and _has_own_credential(request, is_document=is_document),
        deprecation=_deprecation(policy.deprecation, name) if policy.deprecation else None,
    )


def _deprecation(stated: policy_pb2.Deprecation, name: str) -> Deprecation:
    try:
        sunset = dt.date.fromisoformat(stated.sunset) if stated.sunset else None
        return Deprecation(dt.date.fromisoformat(stated.since), sunset)
    except ValueError as error:
        raise DateInvalid(f"{name} has an invalid deprecation: {error}") from error


def _has_own_credential(request: descriptor_pb2.DescriptorProto, *, is_document: bool) -> bool:
    """Returns whether a request carries a secret, or asks for a document that is the same for everybody."""
    return any(map(method_policy.is_secret, request.field)) if request.field else is_document


def _http_rules(rule: http_pb2.HttpRule) -> Iterator[HttpRule]:
    pattern = rule.WhichOneof("pattern")
    if pattern == "custom":
        yield HttpRule(rule.custom.kind, rule.custom.path, rule.body)
    elif pattern:
        yield HttpRule(pattern.upper(), getattr(rule, pattern), rule.body)
    for binding in rule.additional_bindings:
        yield from _http_rules(binding)
