"""The edge's routes: one per method, by the exact path of the call, then the files of the web."""

from collections.abc import Iterator

from gateway import clusters, contract, xds
from gateway.edge import access, budgets, filters, web

NAME = "edge"

#: What every call may be tried again for: the replica has not seen it.
_UNSEEN = "connect-failure,refused-stream"
#: What a call that changes nothing more when repeated may be tried again for.
_REPEATABLE = f"{_UNSEEN},reset,unavailable,cancelled"

#: The content types of calls, in any of gRPC, gRPC-Web and Connect.
_CALL = "application/(grpc|connect|proto).*"

#: The services that answer for every part at once, and the methods that stay open.
_SHARED_PREFIXES = (
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
)


def configuration(whole: contract.Contract, settings: web.Settings, gateway: str) -> xds.Json:
    """The edge's route table; `gateway` is the cluster of the control plane itself."""
    return {
        "name": NAME,
        "virtual_hosts": [
            {
                "name": "platform",
                "domains": ["*"],
                "routes": [
                    *(method_route(method) for method in whole.visible_methods),
                    *(_shared(prefix, gateway) for prefix in _SHARED_PREFIXES),
                    _no_such_call(),
                    *(_no_such_path(match) for match in _json_paths(whole)),
                    *web.routes(settings),
                ],
                "typed_per_filter_config": {"envoy.filters.http.cors": web.cors(settings)},
            }
        ],
    }


def method_route(method: contract.Method) -> xds.Json:
    """The one way to a method, with the policy of its contract."""
    return {
        "match": {"path": method.path},
        "route": {
            "cluster": method.area,
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
        "metadata": budgets.metadata(method.rate_class),
        # Answers depend on who asks; a service that knows better says so itself.
        "response_headers_to_add": [
            {"header": {"key": "cache-control", "value": "no-store"}, "append_action": "ADD_IF_ABSENT"}
        ],
        "typed_per_filter_config": access.per_route(method.audience),
    }


def _times(method: contract.Method) -> xds.Json:
    if method.timeout is None:
        # The caller's own deadline still holds; without one the stream stays while it is of use.
        return {"timeout": "0s", "idle_timeout": "3600s", "max_stream_duration": {"grpc_timeout_header_max": "0s"}}
    limit = xds.seconds(method.timeout)
    return {"timeout": limit, "max_stream_duration": {"max_stream_duration": limit, "grpc_timeout_header_max": limit}}


def _shared(prefix: str, gateway: str) -> xds.Json:
    return {
        "match": {"prefix": prefix},
        "route": {"cluster": gateway, "timeout": "0s", "idle_timeout": "3600s"},
    }


def _no_such_call() -> xds.Json:
    """A call of nothing that exists here, internal methods among it, is answered as gRPC answers it."""
    return {
        "match": {
            "prefix": "/",
            "headers": [{"name": "content-type", "string_match": {"safe_regex": {"regex": _CALL}}}],
        },
        "direct_response": {"status": 404},
    }


def _no_such_path(match: xds.Json) -> xds.Json:
    return {"match": match, "direct_response": {"status": 404}, "typed_per_filter_config": filters.limit_body()}


def _json_paths(whole: contract.Contract) -> Iterator[xds.Json]:
    """Where JSON calls are expected, before they are turned into calls of their methods."""
    yield {"prefix": "/api/"}
    paths = {rule.path for method in whole.visible_methods for rule in method.http_rules}
    for path in sorted(path for path in paths if not path.startswith("/api/")):
        literal, brace, _ = path.partition("{")
        yield {"prefix": literal} if brace else {"path": literal}
