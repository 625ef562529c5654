"""gRPC and gRPC-Web at the edge."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.rpc import status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.tests import contracts, harness
from services.kit import testing

_BUF = Path(sys.executable).with_name("buf")


def _refusal(platform, name, **arguments):
    with pytest.raises(grpc.RpcError) as caught:
        platform.call(name, **arguments)
    return harness.refusal(caught.value)


def test_a_native_call_reaches_its_method(platform):
    assert "A thing" == platform.call("GetThing", thing_id="a").thing.title


def test_calls_are_spread_over_all_replicas(platform):
    platform.wait_for_replicas(2)
    with platform.channel() as channel:
        answered = {harness.invoke(channel, "GetThing", thing_id="a").replica for _ in range(20)}

    assert 2 == len(answered)


def test_an_internal_method_answers_like_one_that_does_not_exist(platform):
    admin = harness.token(roles=["admin"])

    unknown = _refusal(platform, "CountThings", token=admin)
    reserve = _refusal(platform, "/marquee.shop.v1.StockService/Reserve", token=admin)
    with platform.channel() as channel:
        call = channel.unary_unary("/marquee.nowhere.v1.NoService/Get")
        with pytest.raises(grpc.RpcError) as caught:
            call(b"", timeout=testing.PATIENCE)

    nowhere = harness.refusal(caught.value)
    assert (grpc.StatusCode.UNIMPLEMENTED, "METHOD_UNKNOWN") == nowhere
    assert nowhere == unknown == reserve


def test_a_stream_flows(platform):
    with platform.channel() as channel:
        watch = channel.unary_stream(
            harness.SHOP + "WatchThings",
            request_serializer=contracts.message("WatchThingsRequest").SerializeToString,
            response_deserializer=contracts.message("WatchThingsResponse").FromString,
        )
        seen = [
            answer.thing.thing_id
            for answer in watch(contracts.message("WatchThingsRequest")(), timeout=testing.PATIENCE)
        ]

    assert ["0", "1", "2"] == seen


def test_a_method_that_dawdles_is_cut_off_even_when_the_caller_would_wait(platform):
    code, reason = _refusal(platform, "Dawdle", timeout=testing.PATIENCE)

    assert (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED") == (code, reason)


def test_a_part_without_replicas_is_unavailable(platform):
    with platform.channel() as channel:
        call = channel.unary_unary("/marquee.depot.v1.DepotService/GetDepot")
        with pytest.raises(grpc.RpcError) as caught:
            call(b"", timeout=testing.PATIENCE)

    assert (grpc.StatusCode.UNAVAILABLE, "SERVICE_UNAVAILABLE") == harness.refusal(caught.value)


def test_a_connect_client_is_told_which_protocols_are_spoken(platform):
    refused = _buf_run(platform, "-d", "{}", path=harness.SHOP + "GetThing")

    assert 0 != refused.returncode
    assert '"code": "unimplemented"' in refused.stderr
    assert "speaks gRPC, gRPC-Web, and JSON" in refused.stderr
    assert "google.rpc.ErrorInfo" in refused.stderr


def test_the_end_of_a_connect_stream_tells_the_same(platform):
    refused = _buf_run(platform, "-d", "{}", path=harness.SHOP + "WatchThings")

    assert '"code": "unimplemented"' in refused.stderr
    assert "speaks gRPC, gRPC-Web, and JSON" in refused.stderr


@pytest.mark.parametrize("name", ["GetThing", "CountThings", "Nothing"])
def test_a_method_is_not_called_with_json_on_its_own_path(platform, name):
    answer = platform.http("POST", harness.SHOP + name, b"{}", content_type="application/json")

    assert (415, 12) == (answer.status, answer.json["code"])
    assert "PROTOCOL_NOT_SUPPORTED" == answer.json["details"][0]["reason"]


@pytest.mark.parametrize("protocol", ["grpc", "grpcweb"])
@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("GetBasket", "unauthenticated", "Sign in to call this."),
        ("Nothing", "unimplemented", "There is no such method."),
        ("Dawdle", "deadline_exceeded", "The time ran out."),
    ],
)
def test_a_refusal_of_the_edge_is_a_status_in_every_protocol(platform, protocol, name, code, message):
    schema = str(platform.folder / "contracts.binpb")
    called = name if name != "Nothing" else "CountThings"

    refused = json.loads(
        _buf_run(platform, "--protocol", protocol, "--schema", schema, "-d", "{}", path=harness.SHOP + called).stderr
    )

    assert (code, message) == (refused["code"], refused["message"])
    assert ["google.rpc.ErrorInfo"] == [detail["type"] for detail in refused["details"]]


def test_a_message_beyond_four_mebibytes_is_refused_with_a_reason(platform):
    with pytest.raises(grpc.RpcError) as caught:
        platform.call("LogIn", email="x" * 5_000_000)

    assert (grpc.StatusCode.RESOURCE_EXHAUSTED, "REQUEST_TOO_LARGE") == harness.refusal(caught.value)


def test_a_message_of_nearly_four_mebibytes_passes(platform):
    platform.call("LogIn", email="x" * (4 * 1024 * 1024 - 100))


def test_a_grpc_web_call_reaches_its_method(platform):
    answer, trailers = platform.call_web("GetThing", thing_id="web")

    assert (200, "0") == (answer.status, trailers["grpc-status"])
    assert b"A thing" in answer.body


def test_a_stream_flows_over_grpc_web(platform):
    answer, trailers = platform.call_web("WatchThings")

    assert "0" == trailers["grpc-status"]
    assert 3 == answer.body.count(b"\n\x03\n\x01")


def test_a_refusal_of_a_service_reaches_grpc_web_with_its_details(platform):
    _, trailers = platform.call_web("Refuse")

    assert "7" == trailers["grpc-status"]
    assert "NOT_THIS_ONE" == harness.reason(_status(trailers))


def test_a_refusal_of_the_edge_reaches_grpc_web_with_its_reason(platform):
    answer, trailers = platform.call_web("GetBasket")

    assert (200, "16") == (answer.status, trailers["grpc-status"])
    assert "Sign in to call this." == trailers["grpc-message"]
    assert "TOKEN_REQUIRED" == harness.reason(_status(trailers))


def _status(trailers):
    encoded = trailers["grpc-status-details-bin"]
    return status_pb2.Status.FromString(base64.b64decode(encoded + "=" * (-len(encoded) % 4)))


def test_reflection_lists_what_outsiders_may_call_and_nothing_else(platform):
    for version, protocol in (("grpc-v1", "grpc"), ("grpc-v1alpha", "grpc"), ("grpc-v1", "connect")):
        listed = _buf(platform, "--list-methods", "--protocol", protocol, "--reflect-protocol", version).split()

        assert "marquee.shop.v1.ShopService/GetThing" in listed
        assert "marquee.shop.v1.ShopService/DeleteThing" in listed
        assert "marquee.gateway.v1.PlatformService/GetHealth" in listed
        assert "grpc.health.v1.Health/Check" in listed
        assert not [method for method in listed if "CountThings" in method or "StockService" in method]


def test_a_method_found_by_reflection_can_be_called(platform):
    answer = _buf(platform, "--protocol", "grpc", "-d", '{"thing_id": "reflected"}', path=harness.SHOP + "GetThing")

    assert '"thingId":"reflected"' in answer.replace(" ", "")


def _buf(platform, *arguments, path=""):
    run = _buf_run(platform, *arguments, path=path)
    assert 0 == run.returncode, run.stderr
    return run.stdout


def _buf_run(platform, *arguments, path=""):
    command = [str(_BUF), "curl", "--http2-prior-knowledge"]
    return subprocess.run(
        [*command, *arguments, f"http://127.0.0.1:{platform.edge}{path}"],
        capture_output=True,
        text=True,
        timeout=testing.PATIENCE,
        check=False,
    )


def test_the_standard_health_service_answers_per_service(platform):
    with platform.channel() as channel:
        health = health_pb2_grpc.HealthStub(channel)
        request = health_pb2.HealthCheckRequest

        serving = health.Check(request(service="marquee.shop.v1.ShopService"), timeout=testing.PATIENCE).status
        down = health.Check(request(service="marquee.depot.v1.DepotService"), timeout=testing.PATIENCE).status
        with pytest.raises(grpc.RpcError) as caught:
            health.Check(request(service="marquee.shop.v1.StockService"), timeout=testing.PATIENCE)

    assert (health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING) == (serving, down)
    assert grpc.StatusCode.NOT_FOUND is caught.value.code()
