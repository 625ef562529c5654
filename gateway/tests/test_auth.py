"""Tokens and audiences, checked before a call reaches a service."""

import base64
import json

import grpc
import jwt
import pytest

from gateway.tests import harness
from services.kit import method_policy

_UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
_DENIED = grpc.StatusCode.PERMISSION_DENIED


def _outcome(platform, name, token=""):
    """Returns None if a call passes, else its code and reason."""
    try:
        platform.call(name, token=token)
    except grpc.RpcError as error:
        return harness.refusal(error)
    return None


def _unsigned():
    header, body, _ = harness.token().split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","kid":"one"}').decode().rstrip("=")
    assert header != none
    return f"{none}.{body}."


def _signed_with_the_public_key():
    """Returns a token signed with the public key as an HMAC secret, as in an algorithm confusion attack."""
    public = harness.KEY.public_key().public_bytes_raw()
    claims = jwt.decode(harness.token(), options={"verify_signature": False})
    return jwt.encode(claims, public, algorithm="HS256", headers={"kid": "one"})


def _altered():
    header, body, signature = harness.token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps({**claims, "roles": ["admin"]}).encode()).decode().rstrip("=")
    return f"{header}.{forged}.{signature}"


def test_a_good_token_passes(platform):
    assert _outcome(platform, "GetBasket", harness.token()) is None


def test_no_token_is_refused(platform):
    assert (_UNAUTHENTICATED, "TOKEN_REQUIRED") == _outcome(platform, "GetBasket")


def test_an_expired_token_is_told_apart_from_an_invalid_one(platform):
    assert (_UNAUTHENTICATED, "TOKEN_EXPIRED") == _outcome(platform, "GetBasket", harness.token(expires_in=-60))


@pytest.mark.parametrize(
    "make",
    [
        lambda: "no token at all",
        lambda: harness.token(key=harness.FOREIGN_KEY),
        lambda: harness.token(iss="somebody-else"),
        lambda: harness.token(aud="something-else"),
        lambda: harness.playback_token("/media/p/"),
        _unsigned,
        _signed_with_the_public_key,
        _altered,
    ],
    ids=["garbage", "foreign key", "issuer", "audience", "playback token", "none", "public key as secret", "altered"],
)
def test_an_invalid_token_is_refused(platform, make):
    code, reason = _outcome(platform, "GetBasket", make())

    assert (_UNAUTHENTICATED, "TOKEN_INVALID") == (code, reason)


def test_a_token_that_expires_while_it_is_cached_is_refused(platform):
    def cached():
        """Returns a token that has passed; Envoy accepts it only within its tolerance for clocks that differ."""
        ending = harness.token(expires_in=0)
        return ending if _outcome(platform, "GetBasket", ending) is None else None

    ending = harness.until(cached)

    assert (_UNAUTHENTICATED, "TOKEN_EXPIRED") == harness.until(lambda: _outcome(platform, "GetBasket", ending))


def test_a_public_method_is_open_to_bad_tokens_too(platform):
    for token in ("", "garbage", harness.token(expires_in=-60), harness.token()):
        assert _outcome(platform, "GetThing", token) is None


@pytest.mark.parametrize(
    ("name", "claims", "expected"),
    [
        ("GetBasket", {"pid": ""}, None),
        ("GetTaste", {}, None),
        ("GetTaste", {"pid": ""}, (_DENIED, "PROFILE_REQUIRED")),
        ("UpdateThing", {"roles": ["viewer"]}, (_DENIED, "ROLE_REQUIRED")),
        ("UpdateThing", {"roles": ["viewer", "editor"]}, None),
        ("UpdateThing", {"roles": ["admin"]}, None),
        ("DeleteThing", {"roles": ["viewer", "editor"]}, (_DENIED, "ROLE_REQUIRED")),
        ("DeleteThing", {"roles": ["admin"]}, None),
        ("DeleteThing", {"roles": "administrators"}, (_DENIED, "ROLE_REQUIRED")),
        ("DeleteThing", {"roles": []}, (_DENIED, "ROLE_REQUIRED")),
    ],
)
def test_each_audience_is_enforced(platform, name, claims, expected):
    assert expected == _outcome(platform, name, harness.token(**claims))


def test_audiences_are_enforced_for_json_too(platform):
    viewer = platform.http("DELETE", "/api/v1/shop/things/a", token=harness.token())
    admin = platform.http("DELETE", "/api/v1/shop/things/a", token=harness.token(roles=["admin"]))

    assert (403, 200) == (viewer.status, admin.status)
    assert {"role": "admin"} == viewer.json["details"][0]["metadata"]


def test_the_service_still_sees_the_token_and_the_account(platform):
    token = harness.token(sub="account-7")

    seen = platform.call("GetThing", token=token, thing_id="a").metadata

    assert (f"Bearer {token}", "account-7") == (seen["authorization"], seen["x-marquee-account"])


def test_headers_that_only_the_platform_sets_do_not_come_in(platform):
    answer = platform.http(
        "GET",
        "/api/v1/shop/things/a",
        x_marquee_account="somebody-else",
        x_marquee_service="forged",
        x_marquee_deadline="1000",
        x_envoy_retry_on="5xx",
    )

    ours = ("x-marquee-", "x-envoy-retry")
    received = {name: value for name, value in answer.json["metadata"].items() if name.startswith(ours)}
    assert [method_policy.EDGE_DEADLINE] == list(received)
    assert "1000" != received[method_policy.EDGE_DEADLINE]
