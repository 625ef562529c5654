"""The resources of gRPC clients inside the platform: `xds:///<area>` with timeouts and retries per method."""

from collections.abc import Iterator

from gateway import clusters, contract, health, snapshot, xds

#: How long after its timeout a call is cut off, in seconds. The service and the caller's own deadline enforce the
#: timeout; this only frees callers of a replica that has frozen. gRPC counts such limits from up to some seconds
#: before the call began (grpc/grpc#34547), so they must not be tight.
BACKSTOP = 5.0


def view(whole: contract.Contract, replica_sets: health.ReplicaSets) -> snapshot.View:
    """Returns the resources: each area is a listener of its own, which clients dial."""
    areas = sorted({*whole.areas, *replica_sets})
    return snapshot.View.of(
        {
            xds.CLUSTER: [
                xds.resource(xds.CLUSTER, clusters.cluster(area, clusters.MAX_INNER_REQUESTS)) for area in areas
            ],
            xds.ENDPOINTS: endpoints(areas, replica_sets),
            xds.LISTENER: [xds.resource(xds.LISTENER, _listener(area, whole)) for area in areas],
        }
    )


def endpoints(areas: list[str], replica_sets: health.ReplicaSets) -> list[xds.Resource]:
    """Returns the endpoints of each area."""
    return [xds.resource(xds.ENDPOINTS, clusters.assignment(area, replica_sets.get(area, ()))) for area in areas]


def _listener(area: str, whole: contract.Contract) -> xds.Json:
    routes = [_route(method) for method in whole.methods if method.area == area]
    rest = {"match": {"prefix": "/"}, "route": {"cluster": area}}
    manager = xds.typed(
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix=area,
        route_config={
            "name": area,
            "virtual_hosts": [{"name": area, "domains": ["*"], "routes": [*routes, rest]}],
        },
        http_filters=[xds.http_filter("router", "router.v3.Router")],
    )
    return {"name": area, "api_listener": {"api_listener": manager}}


def _route(method: contract.Method) -> xds.Json:
    return {"match": {"path": method.path}, "route": dict(_action(method))}


def _action(method: contract.Method) -> Iterator[tuple[str, object]]:
    yield "cluster", method.area
    if method.timeout is not None:
        limit = xds.seconds(method.timeout + BACKSTOP)
        yield "max_stream_duration", {"max_stream_duration": limit, "grpc_timeout_header_max": limit}
    if method.retryable:
        yield "retry_policy", clusters.retry_policy("unavailable,cancelled")
