"""The routes of the web apps with their history fallback, and the policy of cross-origin calls."""

import dataclasses
from collections.abc import Iterator, Mapping

from gateway import xds
from gateway.edge import file_origins

#: Files whose name has a hash of their content never change; all others are revalidated.
_IMMUTABLE = "public, max-age=31536000, immutable"
_REVALIDATE = "no-cache"

#: Shaka plays from blob: URLs and may transmux in a worker; missing posters are drawn as data: URLs.
_CONTENT_SECURITY: Mapping[str, str] = {
    "default-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "media-src": "'self' blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' blob: data:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

#: The part of a route's configuration that turns a filter off.
DISABLED = xds.typed("envoy.config.route.v3.FilterConfig", disabled=True)

#: The transcoder would refuse the path of a file as an unknown method.
NO_CALLS = {"envoy.filters.http.grpc_json_transcoder": DISABLED}


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """The settings of files and cross-origin calls."""

    #: Other origins whose pages may call; `*` is any. Calls carry tokens, never cookies.
    cors_origins: tuple[str, ...] = ("*",)
    tls: bool = False
    #: The sources of images besides the edge, as in a content security policy: imported titles name URLs anywhere.
    image_sources: tuple[str, ...] = ()
    origins: file_origins.Settings = dataclasses.field(default_factory=file_origins.Settings)


def cors(settings: Settings) -> xds.Json:
    """Returns the policy of cross-origin calls: the origins, and the response headers that they may read."""
    origins = [
        {"safe_regex": {"regex": ".*"}} if origin == "*" else {"exact": origin} for origin in settings.cors_origins
    ]
    return xds.typed(
        "envoy.extensions.filters.http.cors.v3.CorsPolicy",
        allow_origin_string_match=origins,
        allow_methods="GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        # Any: players send headers of their own, and a call's credential is its token, never a cookie.
        allow_headers="*",
        expose_headers=(
            "grpc-status, grpc-message, grpc-status-details-bin, retry-after, x-request-id, "
            "allow, deprecation, sunset, content-length, content-range, accept-ranges"
        ),
        max_age="7200",
    )


def routes(settings: Settings) -> Iterator[xds.Json]:
    """Returns the routes of web files, the narrower first."""
    yield {
        "match": {"path": "/admin"},
        "redirect": {"path_redirect": "/admin/"},
        "typed_per_filter_config": NO_CALLS,
    }
    for app in ("/admin/", "/docs/", "/"):
        yield _files({"prefix": f"{app}assets/"}, _IMMUTABLE, settings)
        # A path whose last part has no dot is a page of the app, whatever its depth.
        yield _files(
            {"safe_regex": {"regex": f"{app}(.*/)?[^./]*"}},
            _REVALIDATE,
            settings,
            rewrite=f"{app}index.html",
        )
    yield _files({"prefix": "/"}, _REVALIDATE, settings)


def _files(
    match: xds.Json,
    cache: str,
    settings: Settings,
    *,
    rewrite: str = "",
) -> xds.Json:
    cluster = file_origins.web_cluster(settings.origins)
    action: xds.Json = {"cluster": cluster, "timeout": "0s", "idle_timeout": "60s", "auto_host_rewrite": True}
    if rewrite:
        action["regex_rewrite"] = {"pattern": {"regex": "^.*$"}, "substitution": rewrite}
    return {
        "match": match,
        "route": action,
        "response_headers_to_add": [
            _header("cache-control", cache, "ADD_IF_ABSENT"),
            *_security(settings),
        ],
        "typed_per_filter_config": NO_CALLS,
    }


def _security(settings: Settings) -> list[xds.Json]:
    policy = {**_CONTENT_SECURITY, "img-src": " ".join(("'self' data: blob:", *settings.image_sources))}
    headers = [
        _header("content-security-policy", "; ".join(map(" ".join, policy.items()))),
        _header("referrer-policy", "no-referrer"),
        _header("cross-origin-opener-policy", "same-origin"),
        _header("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ]
    if settings.tls:
        headers.append(_header("strict-transport-security", "max-age=31536000"))
    return headers


def _header(key: str, value: str, action: str = "OVERWRITE_IF_EXISTS_OR_ADD") -> xds.Json:
    return {"header": {"key": key, "value": value}, "append_action": action}
