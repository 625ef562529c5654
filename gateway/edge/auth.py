"""Who may pass: the token check and, per audience of the contract, what the token has to say."""

from gateway import contract, xds
from gateway.contract import Audience

#: Where the verified claims of a call are kept for the filters and the log behind the check.
JWT = "envoy.filters.http.jwt_authn"
CLAIMS = (JWT, "payload")

#: The verified account, for the filters behind the check; a client's own copy is dropped before.
ACCOUNT_HEADER = "x-marquee-account"
#: The account of a verified playback token, by its reference.
VIEWER_HEADER = "x-marquee-viewer"

#: The name of the listener, and of the cluster, behind which the platform's own public keys are read.
KEYS = "keys"

_PER_ROUTE = "envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig"
_PLAYBACK = "envoy.filters.http.jwt_authn.playback"


def jwt_filter() -> xds.Json:
    """Checks access tokens against identity's published keys; which calls need one, their routes say."""
    provider = _provider(
        issuer="marquee",
        audiences=["marquee"],
        keys="jwks.json",
        account=ACCOUNT_HEADER,
        # What follows the scheme, in whatever case the caller writes "Bearer". The service looks at the scheme.
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
            # Someone whose token has run out may still read what is public, and the service looks at the token again.
            "welcome": {"requires_any": {"requirements": [present, {"allow_missing_or_failed": {}}]}},
        },
        bypass_cors_preflight=True,
    )


def playback_filter() -> xds.Json:
    """Reads the playback token in the address of a playlist or key, so that its account's budget is drawn on.

    It refuses nobody: playback says what is wrong with a token. It precedes the transcoder, which takes the query away.
    """
    provider = _provider(
        issuer="marquee-playback",
        audiences=["media"],
        keys="playback-jwks.json",
        account=VIEWER_HEADER,
        from_params=["token"],
    )
    anybody = {"requires_any": {"requirements": [{"provider_name": "playback"}, {"allow_missing_or_failed": {}}]}}
    return {
        **xds.http_filter(
            "jwt_authn",
            "jwt_authn.v3.JwtAuthentication",
            providers={"playback": provider},
            requirement_map={"anybody": anybody},
        ),
        "name": _PLAYBACK,
    }


def read_playback_token() -> xds.Json:
    """Returns the part of a route's configuration that has the playback token read."""
    return {_PLAYBACK: xds.typed(_PER_ROUTE, requirement_name="anybody")}


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
            "http_uri": {"uri": f"http://{KEYS}/.well-known/{keys}", "cluster": KEYS, "timeout": "2s"},
            "cache_duration": "60s",
            "async_fetch": {"failed_refetch_duration": "0.250s"},
        },
        **location,
    }


def rbac_filter() -> xds.Json:
    """Refuses by claims; without rules of its own, since each route brings those of its audience."""
    return xds.http_filter("rbac", "rbac.v3.RBAC")


def per_route(method: contract.Method) -> xds.Json:
    """Returns the part of a route's configuration that says whom the method is for."""
    if method.own_credential:
        return {}
    audience = method.audience
    requirement = "welcome" if audience is Audience.PUBLIC else "present"
    config: xds.Json = {"envoy.filters.http.jwt_authn": xds.typed(_PER_ROUTE, requirement_name=requirement)}
    if allowed := _principal(audience):
        # Denying who is not meant, by a policy of that name, tells the caller what was missing.
        policy = {"permissions": [{"any": True}], "principals": [{"not_id": allowed}]}
        config["envoy.filters.http.rbac"] = xds.typed(
            "envoy.extensions.filters.http.rbac.v3.RBACPerRoute",
            rbac={"rules": {"action": "DENY", "policies": {audience.lower(): policy}}},
        )
    return config


def _principal(audience: Audience) -> xds.Json | None:
    """What the claims must hold, beyond being there."""
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
