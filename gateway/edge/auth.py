"""Authentication and authorization: the token checks, and the claims that each audience requires."""

from gateway import contract, xds
from gateway.contract import Audience
from gateway.edge import bootstrap_clusters

#: The dynamic metadata that holds the verified claims of a call.
JWT = "envoy.filters.http.jwt_authn"
CLAIMS = (JWT, "payload")

#: The key of the claims of playback tokens in that metadata.
PLAYBACK_CLAIMS = "playback"

#: The header with the verified account; a client's own copy is dropped.
ACCOUNT_HEADER = "x-marquee-account"
#: The header with the account reference of a verified playback token.
VIEWER_HEADER = "x-marquee-viewer"

_PER_ROUTE = "envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig"
_PLAYBACK = "envoy.filters.http.jwt_authn.playback"


def jwt_filter() -> xds.Json:
    """Returns the filter that verifies access tokens with identity's keys; the routes state which calls need one."""
    provider = _provider(
        issuer="marquee",
        audiences=["marquee"],
        keys="jwks.json",
        account=ACCOUNT_HEADER,
        # Everything after the scheme, so that "Bearer" is read in any letter case. Services check the scheme.
        from_headers=[{"name": "authorization", "value_prefix": " "}],
        payload_in_metadata=CLAIMS[1],
    )
    present = {"provider_name": "marquee"}
    return xds.http_filter(
        "jwt_authn",
        "jwt_authn.v3.JwtAuthentication",
        providers={"marquee": provider},
        requirement_map={
            "present": present,
            # Public methods are open to callers whose token has expired; the service verifies the token again.
            "welcome": {"requires_any": {"requirements": [present, {"allow_missing_or_failed": {}}]}},
        },
        bypass_cors_preflight=True,
    )


def playback_filter() -> xds.Json:
    """Returns the filter that verifies playback tokens in addresses, so that calls are counted per account.

    It refuses requests for media, but no call, since playback reports invalid tokens. It precedes the transcoder, which
    removes the query.
    """
    provider = _provider(
        issuer="marquee-playback",
        audiences=["media"],
        keys="playback-jwks.json",
        account=VIEWER_HEADER,
        from_params=["token"],
        payload_in_metadata=PLAYBACK_CLAIMS,
    )
    anybody = {"requires_any": {"requirements": [{"provider_name": "playback"}, {"allow_missing_or_failed": {}}]}}
    return {
        **xds.http_filter(
            "jwt_authn",
            "jwt_authn.v3.JwtAuthentication",
            providers={"playback": provider},
            requirement_map={"anybody": anybody, "media": {"provider_name": "playback"}},
            bypass_cors_preflight=True,
        ),
        "name": _PLAYBACK,
    }


def read_playback_token() -> xds.Json:
    """Returns the part of a route's configuration that enables the check of playback tokens."""
    return {_PLAYBACK: xds.typed(_PER_ROUTE, requirement_name="anybody")}


def require_playback_token() -> xds.Json:
    """Returns the part of a route's configuration that demands a playback token of the path, and its live session."""
    policy = {"permissions": [{"any": True}], "principals": [{"any": True}], "condition": _PATH_IS_OF_TOKEN}
    return {
        _PLAYBACK: xds.typed(_PER_ROUTE, requirement_name="media"),
        "envoy.filters.http.ext_authz": xds.typed(
            "envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute", check_settings={}
        ),
        "envoy.filters.http.rbac": xds.typed(
            "envoy.extensions.filters.http.rbac.v3.RBACPerRoute",
            rbac={"rules": {"action": "ALLOW", "policies": {"path-is-of-token": policy}}},
        ),
    }


def _index(operand: xds.Json, key: str) -> xds.Json:
    return {"call_expr": {"function": "_[_]", "args": [operand, {"const_expr": {"string_value": key}}]}}


def _select(operand: str, field: str) -> xds.Json:
    return {"select_expr": {"operand": {"ident_expr": {"name": operand}}, "field": field}}


#: `request.url_path.startsWith(metadata.filter_metadata[JWT][PLAYBACK_CLAIMS]["pfx"])`
_PATH_IS_OF_TOKEN: xds.Json = {
    "call_expr": {
        "target": _select("request", "url_path"),
        "function": "startsWith",
        "args": [_index(_index(_index(_select("metadata", "filter_metadata"), JWT), PLAYBACK_CLAIMS), "pfx")],
    }
}


def _provider(*, issuer: str, audiences: list[str], keys: str, account: str, **location: object) -> xds.Json:
    return {
        "issuer": issuer,
        "audiences": audiences,
        "forward": True,
        "require_expiration": True,
        "clock_skew_seconds": 5,
        "claim_to_headers": [{"header_name": account, "claim_name": "sub"}],
        # The signature of a token is checked once per worker; its times are checked with every call.
        "jwt_cache_config": {"jwt_cache_size": 2000},
        "remote_jwks": {
            "http_uri": {
                "uri": f"http://{bootstrap_clusters.KEYS}/.well-known/{keys}",
                "cluster": bootstrap_clusters.KEYS,
                "timeout": "2s",
            },
            "cache_duration": "60s",
            "async_fetch": {"failed_refetch_duration": "0.250s"},
        },
        **location,
    }


def rbac_filter() -> xds.Json:
    """Returns the filter that authorizes by claims; each route has the rules of its audience."""
    return xds.http_filter("rbac", "rbac.v3.RBAC")


def per_route(method: contract.Method) -> xds.Json:
    """Returns the part of a route's configuration that states the audience of the method."""
    if method.own_credential:
        return {}
    audience = method.audience
    requirement = "welcome" if audience is Audience.PUBLIC else "present"
    config: xds.Json = {"envoy.filters.http.jwt_authn": xds.typed(_PER_ROUTE, requirement_name=requirement)}
    if allowed := _principal(audience):
        # A denying policy named after the audience lets the local reply say what was missing.
        policy = {"permissions": [{"any": True}], "principals": [{"not_id": allowed}]}
        config["envoy.filters.http.rbac"] = xds.typed(
            "envoy.extensions.filters.http.rbac.v3.RBACPerRoute",
            rbac={"rules": {"action": "DENY", "policies": {audience.lower(): policy}}},
        )
    return config


def _principal(audience: Audience) -> xds.Json | None:
    """Returns the condition on the claims of an audience; None if a valid token suffices."""
    match audience:
        case Audience.PROFILE:
            return _claim("pid", {"string_match": {"safe_regex": {"regex": ".+"}}})
        case Audience.EDITOR:
            return {"or_ids": {"ids": [_role("editor"), _role("admin")]}}
        case Audience.ADMIN:
            return _role("admin")
        case _:
            return None


def _role(name: str) -> xds.Json:
    return _claim("roles", {"list_match": {"one_of": {"string_match": {"exact": name}}}})


def _claim(name: str, value: xds.Json) -> xds.Json:
    path = [{"key": CLAIMS[1]}, {"key": name}]
    return {"sourced_metadata": {"metadata_matcher": {"filter": CLAIMS[0], "path": path, "value": value}}}
