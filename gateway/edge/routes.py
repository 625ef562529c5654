"""The edge's routes: one per method, by the exact path of the call, then the files of the web."""

import datetime as dt
import email.utils
from collections.abc import Iterator

from gateway import clusters, contract, rate_limit_config, xds
from gateway.contract import RateClass
from gateway.edge import auth, bootstrap_clusters, filters, json_paths, local_replies, media, rate_limits, static_files
from services.kit import method_policy

NAME = "edge"

#: The failures after which every call is retried: the replica has not received it.
_UNSEEN = "connect-failure,refused-stream"
#: The failures after which an idempotent call is retried.
_REPEATABLE = f"{_UNSEEN},reset,unavailable,cancelled"

#: How much later than its timeout the deadline of a call is that the service receives, in seconds.
_SERVICE_MARGIN = 5.0

#: The classes whose calls are accepted when those of the others are refused because too many are in progress.
_URGENT = frozenset({RateClass.PLAY, RateClass.HEARTBEAT})

#: A cluster that does not exist. Its routes are refused with 404, as `local_replies` words it. A direct response would
#: not do: the CORS filter ignores routes without a cluster.
NOWHERE = "nowhere"

#: The filters that would translate a call of another protocol.
_TRANSLATORS = ("envoy.filters.http.connect_grpc_bridge", "envoy.filters.http.grpc_json_transcoder")

#: The standard services that the gateway serves for all parts, to anybody.
_HEALTH, _REFLECTION = "/grpc.health.v1.Health/", "/grpc.reflection."

#: The longest time of one health check, and of one stream of health or reflection, in seconds.
_HEALTH_CHECK, INTROSPECTION = 2.0, 300.0


def configuration(whole: contract.Contract, settings: static_files.Settings) -> xds.Json:
    """Returns the edge's route table."""
    return {
        "name": NAME,
        "virtual_hosts": [
            {
                "name": "platform",
                "domains": ["*"],
                "routes": [
                    *(_other_protocol(prefix) for prefix in ("/marquee.", "/grpc.health.")),
                    *(method_route(method) for method in whole.visible_methods),
                    _health_check(),
                    *(_introspection(prefix) for prefix in (_HEALTH, _REFLECTION)),
                    _refused({"prefix": "/", "headers": [_is_grpc()]}),
                    *json_paths.routes(whole, NOWHERE),
                    *media.routes(settings, NOWHERE),
                    *static_files.routes(settings),
                ],
                "typed_per_filter_config": {"envoy.filters.http.cors": static_files.cors(settings)},
            }
        ],
    }


def method_route(method: contract.Method) -> xds.Json:
    """Returns the route of a method, with the policy of its contract."""
    return {
        "match": {"path": method.path},
        "route": {
            "cluster": clusters.streams_of(method.area) if method.stays_open else method.area,
            "priority": "HIGH" if method.rate_class in _URGENT else "DEFAULT",
            **_times(method),
            "retry_policy": {
                **clusters.retry_policy(_REPEATABLE if method.retryable else _UNSEEN),
                "retry_host_predicate": [
                    {
                        "name": "envoy.retry_host_predicates.previous_hosts",
                        "typed_config": xds.typed(
                            "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
                        ),
                    }
                ],
                "host_selection_retry_max_attempts": "3",
            },
        },
        "metadata": rate_limits.metadata(method.rate_class),
        # Responses depend on the caller; a service that allows caching sets the header itself.
        "response_headers_to_add": [
            {"header": {"key": key, "value": value}, "append_action": "ADD_IF_ABSENT"}
            for key, value in (("cache-control", "no-store"), *_deprecation_headers(method))
        ],
        "typed_per_filter_config": {
            **auth.per_route(method),
            **({} if method.client_streaming else filters.limit_body(filters.MAX_MESSAGE)),
        },
        "request_headers_to_remove": list(_removed_headers(method)),
        "request_headers_to_add": list(_deadline_headers(method)),
    }


def _deprecation_headers(method: contract.Method) -> Iterator[tuple[str, str]]:
    """Yields `deprecation` (RFC 9745) and `sunset` (RFC 8594) for a method that is going to be removed."""
    if method.deprecation is None:
        return
    yield "deprecation", f"@{_midnight(method.deprecation.since):.0f}"
    if method.deprecation.sunset is not None:
        yield "sunset", email.utils.formatdate(_midnight(method.deprecation.sunset), usegmt=True)


def _midnight(day: dt.date) -> float:
    return dt.datetime.combine(day, dt.time(), dt.UTC).timestamp()


def _removed_headers(method: contract.Method) -> Iterator[str]:
    if method.own_credential:  # The service would refuse a stale token.
        yield "authorization"
    if method.timeout is not None:
        # The edge enforces the caller's deadline, and cancels the call. A server that did so at the same moment would
        # reply first now and then, and gRPC's own reply has no details.
        yield "grpc-timeout"


def _deadline_headers(method: contract.Method) -> Iterator[xds.Json]:
    """Yields a deadline that the service never reaches, from which it reads how long the call has waited for it."""
    if method.timeout is None:
        return
    deadline = round(method.timeout + _SERVICE_MARGIN, 3)
    for key, value in (("grpc-timeout", f"{deadline * 1000:.0f}m"), (method_policy.EDGE_DEADLINE, str(deadline))):
        yield {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def _times(method: contract.Method) -> xds.Json:
    if method.timeout is None:
        # The caller's deadline applies; without one the stream stays open until it is idle.
        return {"timeout": "0s", "idle_timeout": "3600s", "max_stream_duration": {"grpc_timeout_header_max": "0s"}}
    limit = xds.seconds(method.timeout)
    return {"timeout": limit, "max_stream_duration": {"max_stream_duration": limit, "grpc_timeout_header_max": limit}}


def _health_check() -> xds.Json:
    limit = xds.seconds(_HEALTH_CHECK)
    return {
        "match": {"path": f"{_HEALTH}Check"},
        "route": {
            "cluster": bootstrap_clusters.GATEWAY,
            "timeout": limit,
            "max_stream_duration": {"max_stream_duration": limit},
        },
        "metadata": rate_limits.metadata(contract.RateClass.BROWSE),
        "request_headers_to_remove": ["grpc-timeout"],
    }


def _introspection(prefix: str) -> xds.Json:
    """Returns the route of streams that anybody may hold open: they are counted, and end after some minutes."""
    return {
        "match": {"prefix": prefix},
        "route": {
            "cluster": bootstrap_clusters.INTROSPECTION,
            "timeout": "0s",
            "max_stream_duration": {"max_stream_duration": xds.seconds(INTROSPECTION)},
        },
        "metadata": rate_limits.metadata(rate_limit_config.INTROSPECTION),
    }


def _other_protocol(prefix: str) -> xds.Json:
    """Returns the route of calls in other protocols than gRPC and gRPC-Web, such as Connect, and of preflights."""
    return _refused({"prefix": prefix, "headers": [_is_grpc(invert_match=True)]}, name=local_replies.OTHER_PROTOCOL)


def _refused(match: xds.Json, name: str = "") -> xds.Json:
    return {
        "name": name,
        "match": match,
        "route": {"cluster": NOWHERE, "cluster_not_found_response_code": "NOT_FOUND"},
        "typed_per_filter_config": dict.fromkeys(_TRANSLATORS, static_files.DISABLED),
    }


def _is_grpc(**how: bool) -> xds.Json:
    return {
        "name": "content-type",
        "string_match": {"prefix": "application/grpc"},
        "treat_missing_header_as_empty": True,
        **how,
    }
