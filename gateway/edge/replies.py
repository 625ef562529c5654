"""What Envoy answers by itself, in the platform's one error form: google.rpc.Status with ErrorInfo."""

import base64
import dataclasses
from collections.abc import Iterator
from typing import Any

from google.protobuf import json_format
from google.rpc import code_pb2, error_details_pb2, status_pb2

from gateway import limits, xds
from services.kit import errors, status

#: Where a route says which budget its calls draw on, for the filters that count and for their refusals.
BUDGET = "marquee.budget"


@dataclasses.dataclass(frozen=True, slots=True)
class _Refusal:
    """One kind of local reply: how it is recognised among Envoy's, and what it says."""

    condition: str
    status: status_pb2.Status
    #: The HTTP status, where Envoy would choose another.
    http: int | None = None


def headers(refusal: status_pb2.Status) -> list[xds.Json]:
    """The headers that carry a refusal to a gRPC caller, and the delay in it to any caller."""
    entries = [_header(status.TRAILER, _encoded(refusal))]
    for detail in refusal.details:
        retry = error_details_pb2.RetryInfo()
        if detail.Unpack(retry):
            entries.append(_header("retry-after", str(max(1, -(-retry.retry_delay.ToMilliseconds() // 1000)))))
    return entries


def local_reply_config(budgets: limits.Budgets) -> xds.Json:
    """Gives Envoy's own refusals the form that the services' refusals have; the first that fits is told."""
    told = [mapper for refusal in (*_REFUSALS, *_beyond_budget(budgets)) for mapper in _mappers(refusal)]
    return {"mappers": [*told, *_beyond_shared_budget(), *_malformed()]}


def _refusal(
    condition: str, code: int, reason: str, message: str, http: int | None = None, **metadata: str
) -> _Refusal:
    told = status_pb2.Status(code=code, message=message)
    told.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain=errors.PLATFORM, metadata=metadata))
    return _Refusal(condition, told, http)


def _because(beginning: str) -> str:
    return f"response.code_details.startsWith('{beginning}')"


_NO_TOKEN = _because("jwt_authn_access_denied{Jwt_is_missing")
_OLD_TOKEN = _because("jwt_authn_access_denied{Jwt_is_expired")
_NO_KEYS = _because("jwt_authn_access_denied{Jwks_remote_fetch_is_failed")
_FALSE_TOKEN = _because("jwt_authn_access_denied")
_NO_PROFILE = _because("rbac_access_denied_matched_policy[profile]")
_NO_EDITOR = _because("rbac_access_denied_matched_policy[editor]")
_NO_ADMIN = _because("rbac_access_denied_matched_policy[admin]")

_NO_ANSWER = "The service does not answer; try again."

_REFUSALS = (
    _refusal(_NO_TOKEN, code_pb2.UNAUTHENTICATED, "TOKEN_REQUIRED", "Sign in to call this.", 401),
    _refusal(_OLD_TOKEN, code_pb2.UNAUTHENTICATED, "TOKEN_EXPIRED", "The token has expired; refresh it.", 401),
    # Nothing is wrong with the token: nobody can tell, until identity has published its keys.
    _refusal(_NO_KEYS, code_pb2.UNAVAILABLE, "SERVICE_UNAVAILABLE", _NO_ANSWER, 503, service="identity"),
    _refusal(_FALSE_TOKEN, code_pb2.UNAUTHENTICATED, "TOKEN_INVALID", "The token is not valid here.", 401),
    _refusal(_NO_PROFILE, code_pb2.PERMISSION_DENIED, "PROFILE_REQUIRED", "Select a profile to call this."),
    _refusal(_NO_EDITOR, code_pb2.PERMISSION_DENIED, "ROLE_REQUIRED", "This wants the role editor.", role="editor"),
    _refusal(_NO_ADMIN, code_pb2.PERMISSION_DENIED, "ROLE_REQUIRED", "This wants the role admin.", role="admin"),
    _refusal("response.code == 413", code_pb2.RESOURCE_EXHAUSTED, "REQUEST_TOO_LARGE", "The request is too large."),
    _refusal("response.code == 504", code_pb2.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", "The time ran out."),
    _refusal("response.code == 503", code_pb2.UNAVAILABLE, "SERVICE_UNAVAILABLE", _NO_ANSWER),
    _refusal("response.code == 404", code_pb2.UNIMPLEMENTED, "METHOD_UNKNOWN", "There is no such method."),
)


def _beyond_budget(budgets: limits.Budgets) -> Iterator[_Refusal]:
    """The refusals of calls that Envoy itself counts."""
    for rate_class in sorted(limits.LOCAL & budgets.keys()):
        spent = f"xds.route_metadata.filter_metadata['{BUDGET}']['class'] == '{rate_class.lower()}'"
        refusal = limits.RateLimited(budgets[rate_class].pace[1], rate_class)
        yield _Refusal(f"response.code_details == 'local_rate_limited' && {spent}", status.of(refusal))


def _mappers(refusal: _Refusal) -> Iterator[xds.Json]:
    matches = _expression(refusal.condition)
    http = {"status_code": refusal.http} if refusal.http else {}
    carried = headers(refusal.status)
    yield {"filter": _all(_GRPC, _NOT_TRANSCODED, matches), "headers_to_add": carried, **http}
    body = {"json_format": json_format.MessageToDict(refusal.status)}
    # The first header is the status itself, which these callers read in the body.
    for other in (_TRANSCODED, _NOT_GRPC):
        yield {"filter": _all(other, matches), "headers_to_add": carried[1:], "body_format_override": body, **http}


def _beyond_shared_budget() -> Iterator[xds.Json]:
    """The body for JSON callers, from the headers that the rate-limit service has set."""
    refusal: Any = json_format.MessageToDict(status.of(limits.RateLimited(1)))
    info, retry = refusal["details"]
    info["metadata"] = {"rate_class": f"%METADATA(ROUTE:{BUDGET}:class)%"}
    retry["retryDelay"] = "%RESP(RETRY-AFTER)%s"
    yield {
        "filter": _all(_TRANSCODED, _expression("response.code_details == 'request_rate_limited'")),
        "body_format_override": {"json_format": refusal},
    }


def _malformed() -> Iterator[xds.Json]:
    """What is wrong with a request that could not even be read, in Envoy's own words."""
    refusal: Any = json_format.MessageToDict(
        _refusal("", code_pb2.INVALID_ARGUMENT, "REQUEST_INVALID", "%LOCAL_REPLY_BODY%").status
    )
    client_error = _expression("response.code >= 400 && response.code < 500")
    for other in (_TRANSCODED, _NOT_GRPC):
        yield {"filter": _all(other, client_error), "body_format_override": {"json_format": refusal}}


def _header(key: str, value: str) -> xds.Json:
    return {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def _encoded(refusal: status_pb2.Status) -> str:
    """A status as a binary gRPC header holds it."""
    return base64.b64encode(refusal.SerializeToString(deterministic=True)).decode().rstrip("=")


def _all(*filters: xds.Json) -> xds.Json:
    return {"and_filter": {"filters": list(filters)}}


def _expression(condition: str) -> xds.Json:
    return {
        "extension_filter": {
            "name": "envoy.access_loggers.extension_filters.cel",
            "typed_config": xds.typed(
                "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter", expression=condition
            ),
        }
    }


def _request(**header: Any) -> xds.Json:
    return {"header_filter": {"header": header}}


_PREFIX = {"prefix": "application/grpc"}
_GRPC = _request(name="content-type", string_match=_PREFIX)
_NOT_GRPC = _request(name="content-type", string_match=_PREFIX, invert_match=True, treat_missing_header_as_empty=True)
# A JSON call on its way to a service looks like a gRPC call but for the method that it came with.
_TRANSCODED = _request(name="x-envoy-original-method", present_match=True)
_NOT_TRANSCODED = _request(name="x-envoy-original-method", present_match=False)
