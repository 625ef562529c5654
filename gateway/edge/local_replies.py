"""The replies that Envoy makes itself, as google.rpc.Status with ErrorInfo, like those of the services.

Each refusal is worded for every protocol: over gRPC and gRPC-Web as HTTP 200 with the status in the headers, else as
the status in JSON with the HTTP code that belongs to it. Connect is refused, in a form that its clients can read.
"""

import base64
import dataclasses
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from google.protobuf import json_format
from google.rpc import code_pb2, error_details_pb2, status_pb2

from gateway import rate_limit_config, xds
from services.kit import errors, status

#: The metadata in which a route names the budget of its calls, for rate limits and their refusals.
BUDGET = "marquee.budget"
#: The metadata in which the route of a JSON path lists the verbs of the path, under `allow`.
VERBS = "marquee.verbs"
#: The name of the route of media files.
MEDIA = "media"
#: The name of the routes that calls of methods in another protocol have.
OTHER_PROTOCOL = "other-protocol"

_GATEWAY = errors.RateLimited.domain


@dataclasses.dataclass(frozen=True, slots=True)
class _Refusal:
    """One kind of local reply: the condition that recognizes it, and the status that replaces it."""

    condition: str
    status: status_pb2.Status
    #: The HTTP status for JSON callers, where Envoy would choose another.
    http: int | None = None
    #: Headers for JSON callers.
    extra: tuple[xds.Json, ...] = ()


def headers(refusal: status_pb2.Status) -> list[xds.Json]:
    """Returns the headers that carry a refusal to a gRPC caller, and the delay in it to any caller."""
    return [_header(status.TRAILER, _encoded(refusal)), *_retry_after(refusal)]


def local_reply_config(budgets: rate_limit_config.Budgets) -> xds.Json:
    """Returns the rules that give Envoy's own refusals our form; the first rule that fits is applied."""
    refusals = (*_REFUSALS, *_local_limit_refusals(budgets), *_uncounted_refusals(), *_BY_CODE)
    return {
        "mappers": [
            # The first one, because each rule takes time, and under overload nearly all replies are this one.
            *_mappers(_OVERLOADED),
            *_authorization_replies(),
            *_connect_replies(),
            *_shared_limit_replies(),
            *(mapper for refusal in refusals for mapper in _mappers(refusal)),
        ]
    }


def origin_refusals() -> Iterator[tuple[int, int, int, xds.Json]]:
    """Returns the first and last status of refusals of the origin of media, with the status and body of ours.

    Object stores refuse a file that does not exist with 403.
    """
    for first, last, http, refusal in (
        (403, 404, 404, _MEDIA_NOT_FOUND),
        (416, 416, 416, _MEDIA_RANGE),
        (400, 499, 400, _MALFORMED),
        (500, 599, 503, _UNAVAILABLE),
    ):
        yield first, last, http, json_format.MessageToDict(refusal)


def _status(code: int, reason: str, message: str, domain: str = errors.PLATFORM, **metadata: str) -> status_pb2.Status:
    found = status_pb2.Status(code=code, message=message)
    found.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain=domain, metadata=metadata))
    return found


def _details_start_with(beginning: str) -> str:
    return f"response.code_details.startsWith('{beginning}')"


_TOKEN_MISSING = _details_start_with("jwt_authn_access_denied{Jwt_is_missing")
_TOKEN_EXPIRED = _details_start_with("jwt_authn_access_denied{Jwt_is_expired")
_KEYS_MISSING = _details_start_with("jwt_authn_access_denied{Jwks_remote_fetch_is_failed")
_TOKEN_INVALID = _details_start_with("jwt_authn_access_denied")
_PROFILE_MISSING = _details_start_with("rbac_access_denied_matched_policy[profile]")
_EDITOR_MISSING = _details_start_with("rbac_access_denied_matched_policy[editor]")
_ADMIN_MISSING = _details_start_with("rbac_access_denied_matched_policy[admin]")
_OTHER_PROTOCOL = f"xds.route_name == '{OTHER_PROTOCOL}' && response.code == 404"
_IS_MEDIA = f"xds.route_name == '{MEDIA}'"
_MEDIA_REFUSED = f"{_IS_MEDIA} && ({_TOKEN_INVALID} || {_details_start_with('rbac_access_denied')}) && !{_KEYS_MISSING}"
_WRONG_VERB = f"xds.route_metadata.filter_metadata['{VERBS}']['allow'] != '' && response.code == 404"

_NO_ANSWER = "The service does not answer; try again."
_TOO_LARGE = "REQUEST_TOO_LARGE"
_NO_CONNECT = _status(
    code_pb2.UNIMPLEMENTED,
    "PROTOCOL_NOT_SUPPORTED",
    "This address speaks gRPC, gRPC-Web, and JSON on the paths of the API reference; "
    "set a Connect client to gRPC or gRPC-Web.",
    errors.RateLimited.domain,
)

_MEDIA_NOT_FOUND = _status(code_pb2.NOT_FOUND, "MEDIA_NOT_FOUND", "There is no such media file.", _GATEWAY)
_MEDIA_RANGE = _status(code_pb2.OUT_OF_RANGE, "MEDIA_RANGE_INVALID", "The file has no such range.", _GATEWAY)
_UNAVAILABLE = _status(code_pb2.UNAVAILABLE, "SERVICE_UNAVAILABLE", _NO_ANSWER)
_MALFORMED = _status(code_pb2.INVALID_ARGUMENT, "REQUEST_INVALID", "The request is malformed.")
#: More calls of a service are in progress than the circuit breakers of its cluster allow.
_OVERLOADED = _Refusal(
    "response.code == 503 && response.code_details.contains('overflow')", status.of(errors.Overloaded())
)

_REFUSALS = (
    _Refusal(
        _MEDIA_REFUSED,
        _status(
            code_pb2.UNAUTHENTICATED,
            "PLAYBACK_TOKEN_INVALID",
            "The playback token does not open this.",
            "playback.marquee",
        ),
        401,
    ),
    _Refusal(_TOKEN_MISSING, _status(code_pb2.UNAUTHENTICATED, "TOKEN_REQUIRED", "Sign in to call this."), 401),
    _Refusal(
        _TOKEN_EXPIRED, _status(code_pb2.UNAUTHENTICATED, "TOKEN_EXPIRED", "The token has expired; refresh it."), 401
    ),
    # The token may be valid: it cannot be verified until identity has published its keys.
    _Refusal(_KEYS_MISSING, _status(code_pb2.UNAVAILABLE, "SERVICE_UNAVAILABLE", _NO_ANSWER, service="identity"), 503),
    _Refusal(_TOKEN_INVALID, _status(code_pb2.UNAUTHENTICATED, "TOKEN_INVALID", "The token is not valid here."), 401),
    _Refusal(
        _PROFILE_MISSING, _status(code_pb2.PERMISSION_DENIED, "PROFILE_REQUIRED", "Select a profile to call this.")
    ),
    _Refusal(
        _EDITOR_MISSING,
        _status(code_pb2.PERMISSION_DENIED, "ROLE_REQUIRED", "This needs the role editor.", role="editor"),
    ),
    _Refusal(
        _ADMIN_MISSING, _status(code_pb2.PERMISSION_DENIED, "ROLE_REQUIRED", "This needs the role admin.", role="admin")
    ),
    _Refusal(_OTHER_PROTOCOL, _NO_CONNECT, 415),
    _Refusal(
        _WRONG_VERB,
        _status(
            code_pb2.UNIMPLEMENTED,
            "VERB_NOT_ALLOWED",
            "The path is not called with this verb; the header `allow` names those that it has.",
            errors.RateLimited.domain,
        ),
        405,
        ({"header": {"key": "allow", "value": f"%METADATA(ROUTE:{VERBS}:allow)%"}},),
    ),
)

_BY_CODE = (
    _Refusal("response.code == 413", _status(code_pb2.RESOURCE_EXHAUSTED, _TOO_LARGE, "The request is too large.")),
    _Refusal("response.code == 431", _status(code_pb2.RESOURCE_EXHAUSTED, _TOO_LARGE, "The headers are too large.")),
    _Refusal(
        "response.code == 504 || response.code_details == 'max_duration_timeout'",
        _status(code_pb2.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", "The time ran out."),
        504,
    ),
    _Refusal("response.code == 503", _UNAVAILABLE),
    _Refusal("response.code == 404", _status(code_pb2.UNIMPLEMENTED, "METHOD_UNKNOWN", "There is no such method.")),
    # The transcoder says which field or parameter it could not read.
    _Refusal(
        "response.code == 400 && response.code_details.contains('grpc_json_transcode_failure')",
        _status(code_pb2.INVALID_ARGUMENT, "REQUEST_INVALID", "%LOCAL_REPLY_BODY%"),
    ),
    _Refusal("response.code < 500", _MALFORMED),
    _Refusal("true", _status(code_pb2.INTERNAL, "INTERNAL", "Something is wrong on our side; try again.")),
)


def _local_limit_refusals(budgets: rate_limit_config.Budgets) -> Iterator[_Refusal]:
    """Returns the refusals of calls that Envoy itself counts."""
    for rate_class in sorted((rate_limit_config.LOCAL | rate_limit_config.LOCAL_PER_ADDRESS) & budgets.keys()):
        refusal = status.of(errors.RateLimited(budgets[rate_class].pace[1], rate_class))
        yield _Refusal(f"response.code_details == 'local_rate_limited' && {_budget_is(rate_class)}", refusal)


def _uncounted_refusals() -> Iterator[_Refusal]:
    """Returns the refusals of calls that the rate-limit service could not count."""
    for rate_class in sorted(rate_limit_config.FAIL_CLOSED):
        refusal = status.of(rate_limit_config.RateLimitUnavailable(rate_class))
        yield _Refusal(f"response.code_details == 'rate_limiter_error' && {_budget_is(rate_class)}", refusal, 503)


def _budget_is(rate_class: str) -> str:
    return f"xds.route_metadata.filter_metadata['{BUDGET}']['class'] == '{rate_class.lower()}'"


def _mappers(refusal: _Refusal) -> Iterator[xds.Json]:
    matches = _expression(refusal.condition)
    retry = _retry_after(refusal.status)
    carried = [*_grpc_headers(refusal.status), _header(status.TRAILER, _encoded(refusal.status)), *retry]
    yield {"filter": _all(_GRPC, _NOT_TRANSCODED, matches), "headers_to_add": carried, **_EMPTY_OK}
    http = {"status_code": refusal.http} if refusal.http else {}
    body = {"json_format": json_format.MessageToDict(refusal.status)}
    for other in (_TRANSCODED, _NOT_GRPC):
        added = [_NO_STORE, *retry, *refusal.extra]
        yield {"filter": _all(other, matches), "headers_to_add": added, "body_format_override": body, **http}


def _shared_limit_replies() -> Iterator[xds.Json]:
    """Returns the refusals of calls that the rate-limit service counts, which has set the headers of `headers`."""
    matches = _expression("response.code_details == 'request_rate_limited'")
    spent = status.of(errors.RateLimited(1))
    yield {"filter": _all(_GRPC, _NOT_TRANSCODED, matches), "headers_to_add": _grpc_headers(spent), **_EMPTY_OK}
    refusal: Any = json_format.MessageToDict(spent)
    info, retry = refusal["details"]
    info["metadata"] = {"rate_class": f"%METADATA(ROUTE:{BUDGET}:class)%"}
    retry["retryDelay"] = "%RESP(RETRY-AFTER)%s"
    yield {"filter": _all(_TRANSCODED, matches), "body_format_override": {"json_format": refusal}}


def _authorization_replies() -> Iterator[xds.Json]:
    """Keeps the body of the authorization service, which is a status in JSON already."""
    said = {"text_format_source": {"inline_string": "%LOCAL_REPLY_BODY%"}, "content_type": "application/json"}
    denied = _expression("response.code_details == 'ext_authz_denied'")
    yield {"filter": denied, "headers_to_add": [_NO_STORE], "body_format_override": said}


def _connect_replies() -> Iterator[xds.Json]:
    """Refuses Connect calls in the error form of that protocol: the JSON body of a call, or the end of a stream."""
    refused = _expression(_OTHER_PROTOCOL)
    details = [
        {
            "type": detail.type_url.rpartition("/")[2],
            "value": base64.b64encode(detail.value).decode().rstrip("="),
        }
        for detail in _NO_CONNECT.details
    ]
    error = {"code": "unimplemented", "message": _NO_CONNECT.message, "details": details}
    is_call = _request(name="connect-protocol-version", present_match=True)
    is_stream = _request(name="content-type", string_match={"prefix": "application/connect"})
    yield {
        "filter": _all(is_stream, refused),
        "status_code": 200,
        "headers_to_add": [_header("content-type", "%REQ(CONTENT-TYPE)%")],
        "body_format_override": {"text_format_source": {"inline_string": _end_of_stream({"error": error})}},
    }
    yield {
        "filter": _all(is_call, refused),
        "status_code": 415,
        "body_format_override": {"json_format": error},
    }


def _end_of_stream(message: xds.Json) -> str:
    """Returns the last frame of a Connect stream; spaces pad it to a length that text can hold."""
    text = json.dumps(message)
    size = next(size for size in range(len(text), 1 << 16) if max(divmod(size, 256)) < ord("%"))
    return f"\x02\0\0{chr(size >> 8)}{chr(size & 255)}{text.ljust(size)}"


def _grpc_headers(refusal: status_pb2.Status) -> list[xds.Json]:
    message = "%LOCAL_REPLY_BODY%" if refusal.message.startswith("%") else quote(refusal.message, safe=" ;,.'`")
    return [_header("grpc-status", str(refusal.code)), _header("grpc-message", message)]


def _retry_after(refusal: status_pb2.Status) -> list[xds.Json]:
    retry = error_details_pb2.RetryInfo()
    delays = [retry.retry_delay.ToMilliseconds() for detail in refusal.details if detail.Unpack(retry)]
    # Clients of gRPC that retry by themselves wait for as long as the second header says (gRFC A6).
    return [
        _header(name, value)
        for delay in delays
        for name, value in (
            ("retry-after", str(max(1, -(-delay // 1000)))),
            ("grpc-retry-pushback-ms", str(delay)),
        )
    ]


def _header(key: str, value: str) -> xds.Json:
    return {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


#: A refusal holds for this moment.
_NO_STORE = _header("cache-control", "no-store")


def _encoded(refusal: status_pb2.Status) -> str:
    """Returns a status as a binary gRPC header holds it."""
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
# A transcoded call has the headers of a gRPC call, and the original method beside them.
_TRANSCODED = _request(name="x-envoy-original-method", present_match=True)
_NOT_TRANSCODED = _request(name="x-envoy-original-method", present_match=False)
#: A gRPC-Web client looks for the status in the headers only if the HTTP status is 200 and there is no body.
_EMPTY_OK: xds.Json = {"status_code": 200, "body_format_override": {"text_format_source": {"inline_string": ""}}}
