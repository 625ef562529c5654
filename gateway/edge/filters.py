"""The chain that every call passes at the edge, in order."""

import base64

from gateway import contract, descriptors, limits, xds
from gateway.edge import access, budgets

#: The largest body of a JSON call, in bytes. Imports that need more stream over gRPC.
MAX_REQUEST = 1024 * 1024
#: The largest answer that is turned into JSON, in bytes.
MAX_RESPONSE = 16 * 1024 * 1024


def chain(whole: contract.Contract, budget: limits.Budgets, gateway: str) -> list[xds.Json]:
    """From the wire to the service: what changes a call's form comes before what judges it."""
    return [
        compressor(),
        xds.http_filter("cors", "cors.v3.Cors"),
        xds.http_filter("grpc_web", "grpc_web.v3.GrpcWeb"),
        # What `buf curl` speaks unless it is told otherwise.
        xds.http_filter("connect_grpc_bridge", "connect_grpc_bridge.v3.FilterConfig"),
        # Off but for the routes of JSON paths: a streamed import may be as long as it likes.
        {**xds.http_filter("buffer", "buffer.v3.Buffer", max_request_bytes=MAX_REQUEST), "disabled": True},
        transcoder(whole),
        access.jwt_filter(),
        access.rbac_filter(),
        *budgets.filters(budget, gateway),
        router(),
    ]


def compressor() -> xds.Json:
    """Shrinks text; first in the chain, so that it sees answers as they leave."""
    return xds.http_filter(
        "compressor",
        "compressor.v3.Compressor",
        response_direction_config={"common_config": {"min_content_length": 512}},
        compressor_library={
            "name": "gzip",
            "typed_config": xds.typed(
                "envoy.extensions.compression.gzip.compressor.v3.Gzip",
                compression_level="COMPRESSION_LEVEL_3",
                memory_level=8,
                window_bits=15,
            ),
        },
    )


def transcoder(whole: contract.Contract) -> xds.Json:
    """Turns JSON calls into calls of the methods whose contracts name their paths."""
    files = descriptors.visible(whole)
    return xds.http_filter(
        "grpc_json_transcoder",
        "grpc_json_transcoder.v3.GrpcJsonTranscoder",
        proto_descriptor_bin=base64.b64encode(files.SerializeToString(deterministic=True)).decode(),
        services=sorted({method.service for method in whole.visible_methods}),
        # A `false` that is left out reads as "not told", which an access decision must never be.
        print_options={"always_print_primitive_fields": True, "stream_newline_delimited": True},
        convert_grpc_status=True,
        query_param_unescape_plus=True,
        # Players add their measurements to any URL they ask for.
        ignored_query_parameters=["CMCD"],
        request_validation_options={"reject_unknown_method": True, "reject_unknown_query_parameters": True},
        max_request_body_size=MAX_REQUEST,
        max_response_body_size=MAX_RESPONSE,
    )


def limit_body() -> xds.Json:
    """The part of a route's configuration that refuses bodies beyond what a JSON call may have."""
    limit = xds.typed(
        "envoy.extensions.filters.http.buffer.v3.BufferPerRoute", buffer={"max_request_bytes": MAX_REQUEST}
    )
    return {"envoy.filters.http.buffer": limit}


def router() -> xds.Json:
    """The end of every chain."""
    return xds.http_filter("router", "router.v3.Router", suppress_envoy_headers=True)
