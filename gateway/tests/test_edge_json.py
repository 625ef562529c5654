"""JSON at the edge: calls, responses and refusals are translated."""

import subprocess

import pytest

from gateway.tests import harness
from services.kit import testing


def _reasons(answer: harness.Answer) -> list[str]:
    return [detail["reason"] for detail in answer.json["details"] if "reason" in detail]


def test_a_path_of_the_contract_reaches_its_method(platform):
    answer = platform.http("GET", "/api/v1/shop/things/red%20chair")

    assert 200 == answer.status
    assert {"thingId": "red chair", "title": "A thing", "inStock": False} == answer.json["thing"]


def test_a_refusal_of_a_service_arrives_with_all_its_details(platform):
    answer = platform.http("GET", "/api/v1/shop/refuse")

    assert 403 == answer.status
    assert (7, "Not this one.") == (answer.json["code"], answer.json["message"])
    assert ["NOT_THIS_ONE"] == _reasons(answer)
    assert {
        "@type": "type.googleapis.com/marquee.shop.v1.Explanation",
        "allowed": False,
        "hint": "Try the other.",
    } == answer.json["details"][1]


def test_an_unknown_path_is_not_found(platform):
    answer = platform.http("GET", "/api/v1/nothing/here")

    assert (404, ["METHOD_UNKNOWN"]) == (answer.status, _reasons(answer))


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/api/v1/shop/things/a", 200),
        ("GET", "/api/v1/shop/lists/a", 200),
        ("GET", "/api/v1/shop/refuse", 403),
        ("GET", "/api/v1/shop/basket", 401),
        ("GET", "/api/v1/nothing/here", 404),
        ("PUT", "/api/v1/shop/things/a", 405),
        ("PATCH", "/api/v1/shop/things/a%2fb", 400),
    ],
)
def test_browsers_may_not_guess_the_type_of_a_response(platform, verb, path, status):
    answer = platform.http(verb, path)

    assert (status, "nosniff") == (answer.status, answer.headers["x-content-type-options"])


def test_an_internal_method_answers_like_an_unknown_path(platform):
    unknown = platform.http("GET", "/api/v1/nothing/here")
    internal = platform.http("GET", "/api/v1/shop/count", token=harness.token(roles=["admin"]))

    assert (unknown.status, unknown.body) == (internal.status, internal.body)


@pytest.mark.parametrize(
    ("verb", "path", "allowed"),
    [
        ("PUT", "/api/v1/shop/things/a", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("DELETE", "/api/v1/shop/basket", "GET, HEAD, OPTIONS"),
        ("OPTIONS", "/api/v1/shop/basket", "GET, HEAD, OPTIONS"),
        ("GET", "/api/v1/shop/login", "OPTIONS, POST"),
        ("POST", "/api/v1/shop/things:watch", "GET, HEAD, OPTIONS"),
        ("POST", "/.well-known/jwks.json", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_verb_that_a_path_does_not_have_is_refused_with_those_it_has(platform, verb, path, allowed):
    answer = platform.http(verb, path)

    assert (405, ["VERB_NOT_ALLOWED"]) == (answer.status, _reasons(answer))
    assert allowed == answer.headers["allow"]


@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/shop/things/a", 200),
        ("/api/v1/shop/refuse", 403),
        ("/api/v1/shop/basket", 401),
        ("/api/v1/shop/lists/a", 200),
        ("/.well-known/jwks.json", 200),
        ("/api/v1/nothing", 404),
    ],
)
def test_head_is_answered_like_get_without_the_body(platform, version, path, status):
    command = ["curl", "--silent", "--show-error", "--head", version, f"http://127.0.0.1:{platform.edge}{path}"]
    head = subprocess.run(command, capture_output=True, text=True, check=True, timeout=testing.PATIENCE).stdout

    first, *rest = head.lower().splitlines()
    got = platform.http("GET", path)
    assert (str(status), status) == (first.split()[1], got.status)
    # What a service saw of the call is part of this one body.
    assert path == "/api/v1/shop/things/a" or f"content-length: {len(got.body)}" in rest


def test_broken_json_is_named(platform):
    answer = platform.http("PATCH", "/api/v1/shop/things/a", b"{broken", token=harness.token(roles=["editor"]))

    assert (400, ["REQUEST_INVALID"]) == (answer.status, _reasons(answer))
    assert 3 == answer.json["code"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'{"colour": "red"}', ["colour"]),
        (b'{"thing": {"title": "A", "colour": "red", "in_stock": true}, "size": 3}', ["thing.colour", "size"]),
    ],
)
def test_unknown_fields_of_a_body_are_named(platform, body, fields):
    answer = platform.http("PATCH", "/api/v1/shop/things/a", body, token=harness.token(roles=["editor"]))

    assert (400, 3, ["REQUEST_INVALID"]) == (answer.status, answer.json["code"], _reasons(answer))
    assert fields == [violation["field"] for violation in answer.json["details"][1]["fieldViolations"]]
    assert all(field in answer.json["message"] for field in fields)
    assert "application/json" == answer.headers["content-type"]


def test_fields_of_a_body_are_written_in_either_spelling(platform):
    for name in ("inStock", "in_stock"):
        body = f'{{"thing": {{"{name}": true}}}}'.encode()
        answer = platform.http("PATCH", "/api/v1/shop/things/a", body, token=harness.token(roles=["editor"]))

        assert (200, True) == (answer.status, answer.json["thing"]["inStock"])


def test_an_unknown_query_parameter_is_named(platform):
    answer = platform.http("GET", "/api/v1/shop/things/a?colour=red")

    assert 400 == answer.status
    assert "colour" in answer.json["message"]


def test_what_a_player_adds_to_a_url_is_passed_over(platform):
    assert 200 == platform.http("GET", "/api/v1/shop/things/a?CMCD=br%3D3200").status


def test_a_body_beyond_one_mebibyte_is_refused(platform):
    body = b'{"thing": {"title": "' + b"x" * 1_200_000 + b'"}}'

    answer = platform.http(
        "PATCH", "/api/v1/shop/things/a", body, token=harness.token(roles=["editor"]), content_type="application/json"
    )

    assert (413, ["REQUEST_TOO_LARGE"]) == (answer.status, _reasons(answer))


def test_a_body_of_nearly_a_mebibyte_passes(platform):
    body = b'{"thing": {"title": "' + b"x" * 1_000_000 + b'"}}'

    answer = platform.http(
        "PATCH", "/api/v1/shop/things/a", body, token=harness.token(roles=["editor"]), content_type="application/json"
    )

    assert 200 == answer.status
    assert 1_000_000 == len(answer.json["thing"]["title"])


def test_a_method_that_dawdles_is_cut_off_at_its_timeout(platform):
    answer = platform.http("GET", "/api/v1/shop/dawdle")

    assert (504, ["DEADLINE_EXCEEDED"]) == (answer.status, _reasons(answer))


def test_a_part_without_replicas_is_unavailable(platform):
    answer = platform.http("GET", "/api/v1/depot")

    assert (503, ["SERVICE_UNAVAILABLE"]) == (answer.status, _reasons(answer))


def test_health_names_the_part_that_is_down(platform):
    answer = platform.http("GET", "/healthz")

    assert (503, ["PART_DOWN"]) == (answer.status, _reasons(answer))
    assert {"parts": "depot"} == answer.json["details"][0]["metadata"]


def test_a_stream_arrives_line_by_line(platform):
    answer = platform.http("GET", "/api/v1/shop/things:watch")

    assert 3 == len(answer.body.splitlines())


def test_every_call_has_a_request_id_that_the_service_sees_and_the_log_keeps(platform):
    answer = platform.http("GET", "/api/v1/shop/things/logged?CMCD=secret", token=harness.token(sub="account-9"))

    request_id = answer.headers["x-request-id"]
    assert request_id == answer.json["metadata"]["x-request-id"]
    line = harness.until(lambda: [entry for entry in platform.log("envoy") if entry.get("request_id") == request_id])[0]
    assert ("/api/v1/shop/things/logged", 200, "OK") == (line["path"], line["status"], line["grpc_status"])
    assert ("/marquee.shop.v1.ShopService/GetThing", "account-9") == (line["call"], line["account_id"])
    assert "secret" not in str(line)


def test_a_deprecated_method_states_both_dates_in_headers(platform):
    deprecated = platform.http("DELETE", "/api/v1/shop/things/a", token=harness.token(roles=["admin"]))
    other = platform.http("GET", "/api/v1/shop/things/a")

    assert 200 == deprecated.status
    assert "@1801353600" == deprecated.headers["deprecation"]
    assert "Sat, 31 Jul 2027 00:00:00 GMT" == deprecated.headers["sunset"]
    assert not {"deprecation", "sunset"} & set(other.headers)


def test_answers_are_not_to_be_kept(platform):
    assert "no-store" == platform.http("GET", "/api/v1/shop/things/a").headers["cache-control"]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/shop/things/a%2fb", {}, 400),
        ("/api/v1/shop/things/a", {"x-filler": "x" * 40_000}, 431),
    ],
    ids=["escaped slash", "headers too large"],
)
def test_requests_that_aim_at_something_else_are_refused(platform, path, headers, status):
    answer = platform.raw("GET", path, headers)

    assert status == answer.status
    assert _reasons(answer) in (["REQUEST_INVALID"], ["REQUEST_TOO_LARGE"])


def test_a_header_with_an_underscore_is_dropped(platform):
    answer = platform.raw("GET", "/api/v1/shop/things/a", {"x_account": "forged", "x-kept": "yes"})

    assert 200 == answer.status
    assert "yes" == answer.json["metadata"]["x-kept"]
    assert not [name for name in answer.json["metadata"] if "account" in name]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_of_a_token_is_read_in_any_letter_case(platform, scheme):
    assert 200 == platform.raw("GET", "/api/v1/shop/basket", {"authorization": f"{scheme} {harness.token()}"}).status


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/shop/login"),
        ("GET", "/api/v1/shop/lists/a?token=x"),
        ("GET", "/.well-known/jwks.json"),
    ],
)
def test_a_method_with_a_credential_of_its_own_does_not_look_at_a_bearer_token(platform, method, path):
    body = b"{}" if method == "POST" else None

    for token in ("garbage", harness.token(expires_in=-60), harness.token(key=harness.FOREIGN_KEY)):
        assert 200 == platform.http(method, path, body, token=token).status
    seen = platform.http("GET", "/api/v1/shop/lists/a", token=harness.token()).json
    assert seen["authorization"] is None


def test_documents_pass_over_unknown_query_parameters_and_may_come_in_parts(platform):
    answer = platform.http("GET", "/api/v1/shop/lists/a?_HLS_msn=3&utm=x&token=abc")
    whole = platform.http("GET", "/api/v1/shop/lists.txt?part_count=40&utm=x")

    assert (200, "a", "abc") == (answer.status, answer.json["list"], answer.json["token"])
    assert (200, "text/plain", b"x" * 4_000_000) == (whole.status, whole.headers["content-type"], whole.body)


@pytest.mark.parametrize("request_id", ["mine-1", "a.b_c", "01a22b52-b304-7126-be95-39335a64f351", "x" * 128])
def test_a_callers_own_request_id_is_kept(platform, request_id):
    answer = platform.http("GET", "/api/v1/shop/things/a", x_request_id=request_id)

    assert request_id == answer.headers["x-request-id"] == answer.json["metadata"]["x-request-id"]


@pytest.mark.parametrize("request_id", ["two words", "x" * 129, "a,b", '"quoted"', "%0a"])
def test_a_request_id_that_is_no_word_is_replaced(platform, request_id):
    answer = platform.http("GET", "/api/v1/shop/things/a", x_request_id=request_id)

    assert request_id != answer.headers["x-request-id"]
    assert answer.headers["x-request-id"] == answer.json["metadata"]["x-request-id"]


@pytest.mark.parametrize(
    "path",
    [
        "/marquee.shop.v1.ShopService/GetBasket",
        "/api/v1/shop/basket",
        "/api/v1/shop/things/a",
        "/api/v1/shop/lists/a?token=x",
        "/api/v1/nothing",
        "/.well-known/jwks.json",
        "/media/one/hls/seg.m4s",
    ],
)
def test_another_sites_page_may_ask_first(platform, path):
    answer = platform.http(
        "OPTIONS",
        path,
        origin="https://elsewhere.test",
        access_control_request_method="POST",
        access_control_request_headers="authorization,x-grpc-web,grpc-timeout,cmcd-object",
    )

    assert 200 == answer.status
    assert "https://elsewhere.test" == answer.headers["access-control-allow-origin"]
    assert "authorization,x-grpc-web,grpc-timeout,cmcd-object" == answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/shop/things/a", 200),
        ("GET", "/api/v1/shop/lists/a", 200),
        ("GET", "/.well-known/jwks.json", 200),
        ("GET", "/api/v1/shop/basket", 401),
        ("GET", "/api/v1/nothing", 404),
        ("DELETE", "/api/v1/shop/basket", 405),
        ("GET", "/media/one/hls/seg.m4s", 401),
    ],
)
def test_another_sites_page_may_read_answers_and_refusals(platform, method, path, status):
    answer = platform.http(method, path, origin="https://elsewhere.test")

    assert status == answer.status
    assert "https://elsewhere.test" == answer.headers["access-control-allow-origin"]
