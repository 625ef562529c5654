"""The HTTP filter chain of the edge, in order."""

import base64

from gateway import contract, descriptors, rate_limit_config, xds
from gateway.edge import auth, bootstrap_clusters, media, rate_limits

#: The largest body of a JSON call, in bytes. Imports that need more stream over gRPC.
MAX_REQUEST = 1024 * 1024
#: The largest message of a gRPC call, in bytes: the limit of grpcio, with room for the frame around it.
MAX_MESSAGE = 4 * 1024 * 1024 + 5
#: The largest response that is turned into JSON, in bytes.
MAX_RESPONSE = 16 * 1024 * 1024

#: The types that are compressed: those of Envoy's default, and the lists and documents of players.
_TEXT_TYPES = (
    "application/javascript",
    "application/json",
    "application/xhtml+xml",
    "image/svg+xml",
    "text/css",
    "text/html",
    "text/javascript",
    "text/plain",
    "text/xml",
    "application/dash+xml",
    "application/vnd.apple.mpegurl",
    "application/xml",
    "audio/x-mpegurl",
    "text/vtt",
)

#: The timeout of the authorization service, in seconds.
PATIENCE = 0.25

#: The transcoder writes a body for HEAD as for GET, which breaks the response for HTTP/2 clients.
_NO_BODY = """
function envoy_on_request(handle)
  if handle:headers():get(":method") == "HEAD" then
    handle:streamInfo():dynamicMetadata():set("marquee.head", "is", true)
  end
end

function envoy_on_response(handle)
  if handle:streamInfo():dynamicMetadata():get("marquee.head") == nil then return end
  local length = handle:headers():get("content-length")
  local body = handle:body()
  if body ~= nil then
    body:setBytes("")
    handle:headers():replace("content-length", length)
  end
end
"""

_TRANSCODER = "grpc_json_transcoder.v3.GrpcJsonTranscoder"


def chain(whole: contract.Contract, budget: rate_limit_config.Budgets) -> list[xds.Json]:
    """Returns the filters; those that translate a call come before those that authorize it."""
    return [
        no_sniffing(),
        compressor(),
        xds.http_filter("cors", "cors.v3.Cors"),
        xds.http_filter("grpc_web", "grpc_web.v3.GrpcWeb"),
        # For reflection only: the bridge drops error details and does not translate JSON. A client that asks
        # reflection first, such as `buf curl`, then gets the refusal of the call itself.
        xds.http_filter("connect_grpc_bridge", "connect_grpc_bridge.v3.FilterConfig"),
        auth.playback_filter(),
        scripts(),
        # Enabled by the routes of JSON paths and of calls with one message: streams are not limited.
        {**xds.http_filter("buffer", "buffer.v3.Buffer", max_request_bytes=MAX_REQUEST), "disabled": True},
        authorization(),
        transcoder(whole),
        auth.jwt_filter(),
        auth.rbac_filter(),
        *rate_limits.filters(budget),
        router(),
    ]


def no_sniffing() -> xds.Json:
    """Forbids browsers to guess the type of any response, files, JSON and refusals alike."""
    nosniff = {
        "header": {"key": "x-content-type-options", "value": "nosniff"},
        "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
    }
    return xds.http_filter(
        "header_mutation",
        "header_mutation.v3.HeaderMutation",
        mutations={"response_mutations": [{"append": nosniff}]},
    )


def compressor() -> xds.Json:
    """Compresses text; before the other filters that see a body, so that it sees responses after them."""
    return xds.http_filter(
        "compressor",
        "compressor.v3.Compressor",
        response_direction_config={"common_config": {"min_content_length": 512, "content_type": list(_TEXT_TYPES)}},
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
    """Returns the filter that turns JSON calls into calls of the methods whose HTTP rules match."""
    return xds.http_filter("grpc_json_transcoder", _TRANSCODER, **_transcoding(whole.visible_methods, whole))


def document_transcoder(whole: contract.Contract) -> xds.Json:
    """Returns the part of a route's configuration that ignores unknown query parameters.

    Players and caches add parameters of their own to every address that they are given.
    """
    documents = tuple(method for method in whole.visible_methods if method.is_document)
    options = _transcoding(documents, whole)
    options["request_validation_options"] = {"reject_unknown_method": True}
    options["ignore_unknown_query_parameters"] = True
    return {
        "envoy.filters.http.grpc_json_transcoder": xds.typed(f"envoy.extensions.filters.http.{_TRANSCODER}", **options)
    }


def _transcoding(methods: tuple[contract.Method, ...], whole: contract.Contract) -> xds.Json:
    files = descriptors.with_head(descriptors.visible(whole))
    return {
        "proto_descriptor_bin": base64.b64encode(files.SerializeToString(deterministic=True)).decode(),
        "services": sorted({method.service for method in methods}),
        # A `false` that is left out reads as "not stated", which an access decision must never be.
        "print_options": {"always_print_primitive_fields": True, "stream_newline_delimited": True},
        "convert_grpc_status": True,
        "query_param_unescape_plus": True,
        # Players add their measurements to any URL they ask for.
        "ignored_query_parameters": ["CMCD"],
        "request_validation_options": {"reject_unknown_method": True, "reject_unknown_query_parameters": True},
        "max_request_body_size": MAX_REQUEST,
        "max_response_body_size": MAX_RESPONSE,
    }


def limit_body(size: int) -> xds.Json:
    """Returns the part of a route's configuration that refuses larger bodies."""
    limit = xds.typed("envoy.extensions.filters.http.buffer.v3.BufferPerRoute", buffer={"max_request_bytes": size})
    return {"envoy.filters.http.buffer": limit}


def authorization() -> xds.Json:
    """Returns the filter that asks the gateway; enabled by routes of JSON bodies, for their fields, and of media.

    The call passes when the gateway does not answer: the check of fields protects nothing but the caller, and for
    media the token alone decides, so that no viewer is interrupted.
    """
    service = {"envoy_grpc": {"cluster_name": bootstrap_clusters.CALL_CHECKS}, "timeout": xds.seconds(PATIENCE)}
    check = xds.http_filter(
        "ext_authz",
        "ext_authz.v3.ExtAuthz",
        transport_api_version="V3",
        grpc_service=service,
        failure_mode_allow=True,
        allowed_headers={"patterns": [{"exact": "content-type"}]},
        metadata_context_namespaces=[auth.JWT],
    )
    return {**check, "disabled": True}


def check_body(**context: str) -> xds.Json:
    """Returns the part of a route's configuration that has JSON bodies checked."""
    settings = {
        "context_extensions": context,
        "with_request_body": {"max_request_bytes": MAX_REQUEST, "pack_as_bytes": True},
    }
    return {
        "envoy.filters.http.ext_authz": xds.typed(
            "envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute", check_settings=settings
        )
    }


def scripts() -> xds.Json:
    """Returns the filter that runs the script that a route names.

    One removes the body of responses to HEAD on JSON paths, one gives refusals of media their form.
    A route that is chosen after the transcoder names no script, so that of JSON paths is the default.
    """
    script = {"inline_string": _NO_BODY}
    sources = {"no-body": script, media.SCRIPT: {"inline_string": media.script()}}
    lua = xds.http_filter("lua", "lua.v3.Lua", default_source_code=script, source_codes=sources)
    return {**lua, "disabled": True}


def empty_head() -> xds.Json:
    """Returns the part of a route's configuration that removes the body of responses to HEAD."""
    return {"envoy.filters.http.lua": xds.typed("envoy.extensions.filters.http.lua.v3.LuaPerRoute", name="no-body")}


def router() -> xds.Json:
    """Returns the last filter of every chain."""
    return xds.http_filter("router", "router.v3.Router", suppress_envoy_headers=True)
