"""JSON at the edge: calls become calls of methods, answers and refusals become JSON."""

import gzip

import pytest

from gateway.tests import rig


def _reasons(answer: rig.Answer) -> list[str]:
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


def test_an_internal_method_answers_like_an_unknown_path(platform):
    unknown = platform.http("GET", "/api/v1/nothing/here")
    internal = platform.http("GET", "/api/v1/shop/count", token=rig.token(roles=["admin"]))

    assert (unknown.status, unknown.body) == (internal.status, internal.body)


def test_a_verb_that_a_path_does_not_have_is_not_found(platform):
    assert 404 == platform.http("PUT", "/api/v1/shop/things/a", b"{}").status


def test_broken_json_is_named(platform):
    answer = platform.http("PATCH", "/api/v1/shop/things/a", b"{broken", token=rig.token(roles=["editor"]))

    assert (400, ["REQUEST_INVALID"]) == (answer.status, _reasons(answer))
    assert 3 == answer.json["code"]


def test_an_unknown_query_parameter_is_named(platform):
    answer = platform.http("GET", "/api/v1/shop/things/a?colour=red")

    assert 400 == answer.status
    assert "colour" in answer.json["message"]


def test_what_a_player_adds_to_a_url_is_passed_over(platform):
    assert 200 == platform.http("GET", "/api/v1/shop/things/a?CMCD=br%3D3200").status


def test_a_body_beyond_one_mebibyte_is_refused(platform):
    body = b'{"thing": {"title": "' + b"x" * 1_200_000 + b'"}}'

    answer = platform.http(
        "PATCH", "/api/v1/shop/things/a", body, token=rig.token(roles=["editor"]), content_type="application/json"
    )

    assert (413, ["REQUEST_TOO_LARGE"]) == (answer.status, _reasons(answer))


def test_a_body_of_nearly_a_mebibyte_passes(platform):
    body = b'{"thing": {"title": "' + b"x" * 1_000_000 + b'"}}'

    answer = platform.http(
        "PATCH", "/api/v1/shop/things/a", body, token=rig.token(roles=["editor"]), content_type="application/json"
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


def test_long_answers_are_compressed_for_those_who_can_read_that(platform):
    answer = platform.http("GET", "/api/v1/shop/things/long", accept_encoding="gzip")

    assert "gzip" == answer.headers["content-encoding"]
    assert b"longlong" in gzip.decompress(answer.body)


def test_headers_that_only_the_platform_sets_do_not_come_in(platform):
    answer = platform.http(
        "GET",
        "/api/v1/shop/things/a",
        x_marquee_account="somebody-else",
        x_marquee_service="forged",
        x_envoy_retry_on="5xx",
    )

    assert not [name for name in answer.json["metadata"] if name.startswith(("x-marquee-", "x-envoy-retry"))]


def test_every_call_has_a_request_id_that_the_service_sees_and_the_log_keeps(platform):
    answer = platform.http("GET", "/api/v1/shop/things/logged?CMCD=secret", token=rig.token(sub="account-9"))

    request_id = answer.headers["x-request-id"]
    assert request_id == answer.json["metadata"]["x-request-id"]
    line = rig.until(lambda: [entry for entry in platform.log("envoy") if entry.get("request_id") == request_id])[0]
    assert ("/api/v1/shop/things/logged", 200, "OK") == (line["path"], line["status"], line["grpc_status"])
    assert ("/marquee.shop.v1.ShopService/GetThing", "account-9") == (line["call"], line["account_id"])
    assert "secret" not in str(line)


def test_answers_are_not_to_be_kept(platform):
    assert "no-store" == platform.http("GET", "/api/v1/shop/things/a").headers["cache-control"]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/shop/things/a%2fb", {}, 400),
        ("/api/v1/shop/things/a", {"x-filler": "x" * 40_000}, 431),
        ("/api/v1/shop/things/a", {"x_account": "forged"}, 400),
    ],
    ids=["escaped slash", "headers too large", "underscore"],
)
def test_requests_that_aim_at_something_else_are_refused(platform, path, headers, status):
    assert status == platform.raw("GET", path, headers).status


def test_another_sites_page_may_ask_first_and_read_what_grpc_web_needs(platform):
    answer = platform.http(
        "OPTIONS",
        "/marquee.shop.v1.ShopService/GetBasket",
        origin="https://elsewhere.test",
        access_control_request_method="POST",
        access_control_request_headers="authorization,x-grpc-web,grpc-timeout",
    )

    assert 200 == answer.status
    assert {"authorization", "x-grpc-web", "grpc-timeout", "x-user-agent"} <= set(
        answer.headers["access-control-allow-headers"].split(", ")
    )
