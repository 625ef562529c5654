"""The contracts as values: every method with the policy that its options state."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterator
from typing import Any, Self

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

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
    options = _OptionReader(files)
    for file in files.file:
        if not file.package.startswith(ROOT):
            continue
        for service in file.service:
            for method in service.method:
                yield _method(f"{file.package}.{service.name}", method, options)


def _method(service: str, method: descriptor_pb2.MethodDescriptorProto, options: "_OptionReader") -> Method:
    policy, http = options.read(method)
    name = f"{service}.{method.name}"
    audience = _stated(policy, "audience", AudienceMissing(f"{name} does not state its audience"))
    rate_class = _stated(policy, "rate_class", RateClassMissing(f"{name} does not state its rate class"))
    timeout = method_policy.timeout_of(policy)
    if timeout is None and not method.server_streaming:
        raise TimeoutMissing(f"{name} does not state its timeout")
    is_document = method.output_type == _DOCUMENT
    return Method(
        service=service,
        name=method.name,
        request=method.input_type.removeprefix("."),
        audience=Audience(audience),
        rate_class=RateClass(rate_class),
        timeout=timeout,
        retryable=method_policy.is_retryable(method.options),
        server_streaming=method.server_streaming,
        client_streaming=method.client_streaming,
        http_rules=tuple(_http_rules(http)),
        is_document=is_document,
        own_credential=audience == Audience.PUBLIC
        and options.has_own_credential(method.input_type, is_document=is_document),
        deprecation=_deprecation(policy, name),
    )


def _deprecation(policy: Any, name: str) -> Deprecation | None:
    if not policy.HasField("deprecation"):
        return None
    since, sunset = policy.deprecation.since, policy.deprecation.sunset
    try:
        return Deprecation(dt.date.fromisoformat(since), dt.date.fromisoformat(sunset) if sunset else None)
    except ValueError as error:
        raise DateInvalid(f"{name} has an invalid deprecation: {error}") from error


def _stated(policy: Any, field: str, missing: ContractError) -> str:
    """Returns the short name of an enum value of the policy: `PUBLIC` for AUDIENCE_PUBLIC."""
    number = getattr(policy, field)
    if number == 0:
        raise missing
    enum_type = policy.DESCRIPTOR.fields_by_name[field].enum_type
    return str(enum_type.values_by_number[number].name).removeprefix(f"{field.upper()}_")


def _http_rules(rule: Any) -> Iterator[HttpRule]:
    pattern = rule.WhichOneof("pattern")
    if pattern == "custom":
        yield HttpRule(rule.custom.kind, rule.custom.path, rule.body)
    elif pattern:
        yield HttpRule(pattern.upper(), getattr(rule, pattern), rule.body)
    for binding in rule.additional_bindings:
        yield from _http_rules(binding)


class _OptionReader:
    """Reads the options that are extensions, from the descriptors alone, so that no generated code is needed."""

    def __init__(self, files: descriptor_pb2.FileDescriptorSet) -> None:
        pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            pool.Add(file)
        self._pool = pool
        self._options = message_factory.GetMessageClass(pool.FindMessageTypeByName("google.protobuf.MethodOptions"))
        self._field_options = message_factory.GetMessageClass(
            pool.FindMessageTypeByName("google.protobuf.FieldOptions")
        )
        self._policy = pool.FindExtensionByName("marquee.policy.v1.method")
        self._field_policy = pool.FindExtensionByName("marquee.policy.v1.field")
        self._http = pool.FindExtensionByName("google.api.http")

    def read(self, method: descriptor_pb2.MethodDescriptorProto) -> tuple[Any, Any]:
        options: Any = self._options.FromString(method.options.SerializeToString())
        return options.Extensions[self._policy], options.Extensions[self._http]

    def has_own_credential(self, request: str, *, is_document: bool) -> bool:
        """Returns whether a request carries a secret, or asks for a document that is the same for everybody."""
        fields = self._pool.FindMessageTypeByName(request.removeprefix(".")).fields
        return any(self._is_secret(field) for field in fields) if fields else is_document

    def _is_secret(self, field: Any) -> bool:
        options: Any = self._field_options.FromString(field.GetOptions().SerializeToString())
        return bool(options.Extensions[self._field_policy].secret)
