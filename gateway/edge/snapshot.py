"""The resources of the edge Envoy."""

import dataclasses

from gateway import clusters, contract, health, mesh, rate_limit_config, snapshot, xds
from gateway.edge import bootstrap_clusters, file_origins, listeners, routes, static_files


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the edge."""

    listener: listeners.Settings
    web: static_files.Settings
    budgets: rate_limit_config.Budgets


class Builder:
    """Builds the edge's resources; those that depend on the contract alone are built once."""

    def __init__(self, whole: contract.Contract, settings: Settings) -> None:
        self._areas = [area for area in whole.areas if area != bootstrap_clusters.GATEWAY]
        self._stream_areas = sorted({method.area for method in whole.visible_methods if method.stays_open})
        self._file_origins = [xds.resource(xds.CLUSTER, found) for found in file_origins.clusters(settings.web.origins)]
        self._fixed = {
            xds.LISTENER: [
                xds.resource(xds.LISTENER, listeners.public(whole, settings.listener, settings.budgets)),
                xds.resource(xds.LISTENER, listeners.keys(whole)),
            ],
            xds.ROUTES: [xds.resource(xds.ROUTES, routes.configuration(whole, settings.web))],
        }

    def view(self, replica_sets: health.ReplicaSets) -> snapshot.View:
        """Returns the resources of the edge for these replicas."""
        # By the number of known replicas: an outage of one must not replace the cluster, which closes its connections.
        sizes = {area: max(1, len(replica_sets.get(area, ()))) for area in self._areas}
        limits = {area: clusters.MAX_REQUESTS * size for area, size in sizes.items()} | {
            clusters.streams_of(area): clusters.MAX_OPEN_STREAMS * sizes[area] for area in self._stream_areas
        }
        of_streams = {clusters.streams_of(area): replica_sets.get(area, ()) for area in self._stream_areas}
        resources = {
            **self._fixed,
            xds.CLUSTER: [
                *(xds.resource(xds.CLUSTER, _cluster(name, limit)) for name, limit in limits.items()),
                *self._file_origins,
            ],
            xds.ENDPOINTS: mesh.endpoints(list(limits), {**replica_sets, **of_streams}),
        }
        return snapshot.View.of(resources, (*bootstrap_clusters.ALL, routes.NOWHERE))


def _cluster(name: str, max_requests: int) -> xds.Json:
    """Returns a cluster with settings that only Envoy reads: HTTP/2, connect failures, no panic mode."""
    cluster = clusters.cluster(name, max_requests)
    return {
        **cluster,
        "connect_timeout": "1s",
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": xds.typed(
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                explicit_http_config={"http2_protocol_options": {"max_concurrent_streams": 1000}},
            )
        },
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "outlier_detection": {
            **cluster["outlier_detection"],
            "split_external_local_origin_errors": True,
            "consecutive_local_origin_failure": 2,
            "consecutive_gateway_failure": 5,
            "enforcing_consecutive_gateway_failure": 100,
            "enforcing_consecutive_5xx": 0,
        },
    }
