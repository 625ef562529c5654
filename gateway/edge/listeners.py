"""The listeners: the public port, and an internal one through which Envoy fetches the platform's public keys."""

import dataclasses

from gateway import contract, rate_limit_config, xds
from gateway.edge import bootstrap_clusters, filters, local_replies, rate_limits, routes

#: A range without peers: with an empty list Envoy trusts private addresses.
_NOBODY = {"address_prefix": "255.255.255.255", "prefix_len": 32}

#: The largest total size of request headers, in kibibytes.
MAX_HEADERS_KB = 32

#: The longest time of a TLS handshake, and of the headers of a request, in seconds.
_HANDSHAKE = 10.0
#: How long a connection without calls stays open, in seconds; a proxy in front of the edge closes idle ones itself.
_IDLE, _BEHIND_PROXY_IDLE = 60.0, 3600.0

#: The most calls at once on one HTTP/2 connection; further ones wait in the client.
MAX_STREAMS = 100

_REQUEST_ID = "request.headers['x-request-id']"
_GOOD_REQUEST_ID = "x-marquee-request-id"

_MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """The address of the edge and the proxies in front of it."""

    address: str
    port: int
    #: The number of proxies in front of Envoy whose x-forwarded-for is trusted.
    trusted_hops: int = 0
    certificate: str = ""
    private_key: str = ""


def public(whole: contract.Contract, settings: Settings, budget: rate_limit_config.Budgets) -> xds.Json:
    """Returns the public listener, hardened as Envoy advises for an edge."""
    manager = xds.typed(
        _MANAGER,
        stat_prefix="edge",
        rds={"config_source": xds.FROM_ADS, "route_config_name": routes.NAME},
        http_filters=filters.chain(whole, budget),
        use_remote_address=True,
        xff_num_trusted_hops=settings.trusted_hops,
        # No caller is internal, not even one on this machine: x-envoy-* headers are dropped.
        internal_address_config={"cidr_ranges": [_NOBODY]},
        early_header_mutation_extensions=[_sanitize_headers()],
        # A well-formed request id of the caller is used throughout the platform.
        preserve_external_request_id=True,
        request_id_extension={
            "typed_config": xds.typed(
                "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig",
                pack_trace_reason=False,
                use_request_id_for_trace_sampling=False,
            )
        },
        server_name="marquee",
        always_set_request_id_in_response=True,
        normalize_path=True,
        merge_slashes=True,
        path_with_escaped_slashes_action="REJECT_REQUEST",
        strip_trailing_host_dot=True,
        common_http_protocol_options={
            "idle_timeout": xds.seconds(_BEHIND_PROXY_IDLE if settings.trusted_hops else _IDLE),
            "max_headers_count": 100,
            "headers_with_underscores_action": "DROP_HEADER",
        },
        http2_protocol_options={
            "max_concurrent_streams": MAX_STREAMS,
            "initial_stream_window_size": 256 * 1024,
            "initial_connection_window_size": 1024 * 1024,
        },
        max_request_headers_kb=MAX_HEADERS_KB,
        request_headers_timeout=xds.seconds(_HANDSHAKE),
        # Shorter limits of a route end a slow body before.
        request_timeout=xds.seconds(max(routes.INTROSPECTION, *(method.timeout or 0 for method in whole.methods))),
        stream_idle_timeout="300s",
        local_reply_config=local_replies.local_reply_config(budget),
        access_log=[_access_log()],
    )
    # A proxy opens the connections of all clients; it limits them itself.
    limits = () if settings.trusted_hops else rate_limits.connection_filters(budget)
    chain: xds.Json = {
        "filters": [*limits, {"name": "http", "typed_config": manager}],
        "transport_socket_connect_timeout": xds.seconds(_HANDSHAKE),
    }
    if settings.certificate:
        chain["transport_socket"] = _tls(settings)
    return {
        "name": "edge",
        "address": {"socket_address": {"address": settings.address, "port_value": settings.port}},
        "per_connection_buffer_limit_bytes": 256 * 1024,
        "filter_chains": [chain],
    }


def keys(whole: contract.Contract) -> xds.Json:
    """Returns the internal listener through which token checks fetch public keys from the services, as JSON.

    Envoy's internal listeners cannot be used: its main thread fetches the keys, and only workers reach those.
    """
    manager = xds.typed(
        _MANAGER,
        stat_prefix="keys",
        route_config={
            "name": "keys",
            "virtual_hosts": [
                {
                    "name": "keys",
                    "domains": ["*"],
                    "routes": [
                        {"match": {"path": method.path}, "route": {"cluster": method.area, "timeout": "2s"}}
                        for method in whole.visible_methods
                        if any(rule.path.startswith("/.well-known/") for rule in method.http_rules)
                    ],
                }
            ],
        },
        http_filters=[filters.transcoder(whole), filters.router()],
    )
    return {
        "name": bootstrap_clusters.KEYS,
        # In the working directory of Envoy, as in `envoy/edge.yaml`.
        "address": {"pipe": {"path": "keys.sock", "mode": 0o600}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }


def _sanitize_headers() -> xds.Json:
    """Drops headers that only the platform sets, and request ids that are not well-formed.

    Envoy generates the request id where it is missing.
    """
    word = f"size({_REQUEST_ID}) <= 128 && {_REQUEST_ID}.matches('^[A-Za-z0-9._-]+$')"
    return {
        "name": "sanitize-headers",
        "typed_config": xds.typed(
            "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
            mutations=[
                {"remove_on_match": {"key_matcher": {"prefix": "x-marquee-", "ignore_case": True}}},
                # A mutation cannot clear a header, so a well-formed id is kept in another one.
                _append(_GOOD_REQUEST_ID, f"%CEL({word} ? {_REQUEST_ID} : '')%"),
                {"remove": "x-request-id"},
                _append("x-request-id", f"%REQ({_GOOD_REQUEST_ID})%"),
                {"remove": _GOOD_REQUEST_ID},
            ],
        ),
    }


def _append(key: str, value: str) -> xds.Json:
    return {"append": {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}}


def _access_log() -> xds.Json:
    """Returns the access log, one line per call. Paths are logged without the query, which may hold a token."""
    line = {
        "time": "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
        "method": "%REQ(:METHOD)%",
        "path": "%PATH(NQ:ORIG_OR_PATH)%",
        "call": "%PATH(NQ:PATH)%",
        "protocol": "%PROTOCOL%",
        "status": "%RESPONSE_CODE%",
        "grpc_status": "%GRPC_STATUS(SNAKE_STRING)%",
        "details": "%RESPONSE_CODE_DETAILS%",
        "flags": "%RESPONSE_FLAGS%",
        "duration_ms": "%DURATION%",
        "bytes_received": "%BYTES_RECEIVED%",
        "bytes_sent": "%BYTES_SENT%",
        "request_id": "%REQ(X-REQUEST-ID)%",
        "account_id": "%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:payload:sub)%",
        "client": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
        "upstream": "%UPSTREAM_HOST%",
        "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
        "user_agent": "%REQ(USER-AGENT)%",
    }
    return {
        "name": "stdout",
        "typed_config": xds.typed(
            "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
            log_format={"json_format": line, "omit_empty_values": True},
        ),
    }


def _tls(settings: Settings) -> xds.Json:
    certificate = {
        "certificate_chain": {"filename": settings.certificate},
        "private_key": {"filename": settings.private_key},
    }
    return {
        "name": "tls",
        "typed_config": xds.typed(
            "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            common_tls_context={
                "alpn_protocols": ["h2", "http/1.1"],
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                "tls_certificates": [certificate],
            },
        ),
    }
