"""Envoy's resources, written as in Envoy's documentation and checked against their messages."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.endpoint.v3 import endpoint_pb2
from envoy.config.listener.v3 import listener_pb2
from envoy.config.route.v3 import route_pb2

# The messages below are used inside Any: the imports register their names.
from envoy.extensions.access_loggers.filters.cel.v3 import cel_pb2  # noqa: F401
from envoy.extensions.access_loggers.stream.v3 import stream_pb2  # noqa: F401
from envoy.extensions.compression.gzip.compressor.v3 import gzip_pb2  # noqa: F401
from envoy.extensions.filters.http.buffer.v3 import buffer_pb2  # noqa: F401
from envoy.extensions.filters.http.compressor.v3 import compressor_pb2  # noqa: F401
from envoy.extensions.filters.http.connect_grpc_bridge.v3 import config_pb2 as connect_pb2  # noqa: F401
from envoy.extensions.filters.http.cors.v3 import cors_pb2  # noqa: F401
from envoy.extensions.filters.http.ext_authz.v3 import ext_authz_pb2  # noqa: F401
from envoy.extensions.filters.http.grpc_json_transcoder.v3 import transcoder_pb2  # noqa: F401
from envoy.extensions.filters.http.grpc_web.v3 import grpc_web_pb2  # noqa: F401
from envoy.extensions.filters.http.header_mutation.v3 import header_mutation_pb2 as header_filter_pb2  # noqa: F401
from envoy.extensions.filters.http.jwt_authn.v3 import config_pb2  # noqa: F401
from envoy.extensions.filters.http.local_ratelimit.v3 import local_rate_limit_pb2  # noqa: F401
from envoy.extensions.filters.http.lua.v3 import lua_pb2  # noqa: F401
from envoy.extensions.filters.http.ratelimit.v3 import rate_limit_pb2  # noqa: F401
from envoy.extensions.filters.http.rbac.v3 import rbac_pb2  # noqa: F401
from envoy.extensions.filters.http.router.v3 import router_pb2  # noqa: F401
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2  # noqa: F401
from envoy.extensions.filters.network.ratelimit.v3 import rate_limit_pb2 as network_rate_limit_pb2  # noqa: F401
from envoy.extensions.http.early_header_mutation.header_mutation.v3 import header_mutation_pb2  # noqa: F401
from envoy.extensions.request_id.uuid.v3 import uuid_pb2  # noqa: F401
from envoy.extensions.retry.host.previous_hosts.v3 import previous_hosts_pb2  # noqa: F401
from envoy.extensions.transport_sockets.tls.v3 import tls_pb2  # noqa: F401
from envoy.extensions.upstreams.http.v3 import http_protocol_options_pb2  # noqa: F401
from google.protobuf import any_pb2, json_format, message

#: A resource, or a part of one, in the form of JSON.
Json = dict[str, Any]

CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
ENDPOINTS = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener"
ROUTES = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"

#: The order in which changes are sent, so that references are always defined.
ORDER = (CLUSTER, ENDPOINTS, LISTENER, ROUTES)

#: The config source of resources that come over the same stream.
FROM_ADS: Json = {"ads": {}, "resource_api_version": "V3"}

_MESSAGES: dict[str, type[message.Message]] = {
    CLUSTER: cluster_pb2.Cluster,
    ENDPOINTS: endpoint_pb2.ClusterLoadAssignment,
    LISTENER: listener_pb2.Listener,
    ROUTES: route_pb2.RouteConfiguration,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Resource:
    """One named resource, ready to send; its version depends on its content alone."""

    name: str
    version: str
    body: any_pb2.Any
    source: Json


def resource(type_url: str, value: Json) -> Resource:
    """Returns a resource, checked against its message. Raises ParseError."""
    parsed = json_format.ParseDict(value, _MESSAGES[type_url]())
    body = any_pb2.Any(type_url=type_url, value=parsed.SerializeToString(deterministic=True))
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    name = value["cluster_name"] if type_url == ENDPOINTS else value["name"]
    return Resource(name, digest([canonical]), body, value)


def digest(parts: Iterable[str]) -> str:
    """Returns a short hash, which is the same in every process."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part.encode())
        whole.update(b"\0")
    return whole.hexdigest()[:16]


def typed(type_name: str, **fields: Any) -> Json:
    """Returns a message inside Any, by its full name."""
    return {"@type": f"type.googleapis.com/{type_name}", **fields}


def http_filter(name: str, type_name: str, **fields: Any) -> Json:
    """Returns an entry of an HTTP filter chain; the name is Envoy's without its common prefix."""
    return {
        "name": f"envoy.filters.http.{name}",
        "typed_config": typed(f"envoy.extensions.filters.http.{type_name}", **fields),
    }


def seconds(value: float) -> str:
    """Returns a duration as JSON writes it."""
    return f"{value:.9f}".rstrip("0").rstrip(".") + "s"
