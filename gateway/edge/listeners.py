"""The listeners: the one public port, and an inner one through which Envoy reads the platform's public keys."""

import dataclasses

from gateway import contract, rate_limit_config, xds
from gateway.edge import auth, filters, local_replies, routes

#: A range that no peer is in: an empty list would leave private addresses trusted.
_NOBODY = {"address_prefix": "255.255.255.255", "prefix_len": 32}

#: The most that the headers of a request may take together, in kibibytes.
MAX_HEADERS_KB = 32

_REQUEST_ID = "request.headers['x-request-id']"
_GOOD_REQUEST_ID = "x-marquee-request-id"

_MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """Where the edge listens and what stands in front of it."""

    address: str
    port: int
    #: Proxies in front of Envoy whose word on the caller's address is taken.
    trusted_hops: int = 0
    certificate: str = ""
    private_key: str = ""


def public(whole: contract.Contract, settings: Settings, budget: rate_limit_config.Budgets, gateway: str) -> xds.Json:
    """The listener that the world sees, hardened as Envoy advises for an edge."""
    manager = xds.typed(
        _MANAGER,
        stat_prefix="edge",
        rds={"config_source": xds.FROM_ADS, "route_config_name": routes.NAME},
        http_filters=filters.chain(whole, budget, gateway),
        use_remote_address=True,
        xff_num_trusted_hops=settings.trusted_hops,
        # Nobody at this port is one of us, not even from this machine: x-envoy-* headers are dropped.
        internal_address_config={"cidr_ranges": [_NOBODY]},
        early_header_mutation_extensions=[_sanitize_headers()],
        # What a caller names its request stays with it on its whole way through the platform.
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
            "idle_timeout": "3600s",
            "max_headers_count": 100,
            "headers_with_underscores_action": "DROP_HEADER",
        },
        http2_protocol_options={
            "max_concurrent_streams": 256,
            "initial_stream_window_size": 256 * 1024,
            "initial_connection_window_size": 1024 * 1024,
        },
        max_request_headers_kb=MAX_HEADERS_KB,
        request_headers_timeout="10s",
        stream_idle_timeout="300s",
        local_reply_config=local_replies.local_reply_config(budget),
        access_log=[_access_log()],
    )
    chain: xds.Json = {"filters": [{"name": "http", "typed_config": manager}]}
    if settings.certificate:
        chain["transport_socket"] = _tls(settings)
    return {
        "name": "edge",
        "address": {"socket_address": {"address": settings.address, "port_value": settings.port}},
        "per_connection_buffer_limit_bytes": 256 * 1024,
        "filter_chains": [chain],
    }


def keys(whole: contract.Contract, settings: Settings) -> xds.Json:
    """A listener inside the machine: token checks fetch public keys through it, as JSON, from the services.

    Envoy's own internal listeners would need no name in the system, but keys are fetched by its main thread, which
    cannot reach those.
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
        "name": auth.KEYS,
        "address": {"pipe": {"path": f"@marquee-keys-{settings.port}"}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }


def _sanitize_headers() -> xds.Json:
    """Headers that services trust are set by the platform alone, so a caller's copies never get in.

    A request id that is no plain word is dropped, and Envoy makes another one.
    """
    word = f"size({_REQUEST_ID}) <= 128 && {_REQUEST_ID}.matches('^[A-Za-z0-9._-]+$')"
    return {
        "name": "sanitize-headers",
        "typed_config": xds.typed(
            "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
            mutations=[
                {"remove_on_match": {"key_matcher": {"prefix": "x-marquee-", "ignore_case": True}}},
                # A mutation cannot empty a header, so what is good passes through another one.
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
    """One line a call. Paths go without their query, because media tokens travel there."""
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
