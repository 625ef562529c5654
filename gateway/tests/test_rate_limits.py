"""Rate limits: how they are parsed, how calls are counted, and how they are refused."""

import base64
import itertools
import json
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from gateway import rate_limit_config
from gateway.contract import RateClass
from gateway.tests import harness
from services.kit import rate_budget, testing

_HOUR = 3600
_addresses = (f"198.51.100.{number}" for number in itertools.count(1))


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    """A platform with small budgets, whose edge has a long timeout for the count of each call."""
    with harness.running(tmp_path_factory.mktemp("scarce"), harness.SCARCE, patient=True) as running:
        yield running


def test_budgets_are_read_over_the_defaults():
    budgets = rate_limit_config.parse("browse=600/m, credential=3/h", rate_limit_config.PRODUCTION)

    assert rate_budget.Budget(600, 60) == budgets[RateClass.BROWSE]
    assert rate_budget.Budget(3, 3600) == budgets[RateClass.CREDENTIAL]
    assert rate_limit_config.PRODUCTION[RateClass.PLAY] == budgets[RateClass.PLAY]


def test_off_lifts_all_limits():
    assert {} == rate_limit_config.parse("off", rate_limit_config.PRODUCTION)


@pytest.mark.parametrize("text", ["browse", "browse=0/m", "browse=10/d", "none=1/m", "dance=1/m", "browse=-1/m"])
def test_an_invalid_budget_is_refused(text):
    with pytest.raises(ValueError, match="not a rate limit"):
        rate_limit_config.parse(text, rate_limit_config.PRODUCTION)


def test_every_class_but_none_has_a_budget():
    limited = {*RateClass, rate_limit_config.INTROSPECTION, rate_limit_config.CONNECTION} - {RateClass.NONE}

    assert limited == rate_limit_config.PRODUCTION.keys() == rate_limit_config.DEMO.keys()


def test_the_classes_that_check_a_credential_are_closed_while_nobody_counts():
    assert {RateClass.CREDENTIAL} == rate_limit_config.FAIL_CLOSED
    assert rate_limit_config.FAIL_CLOSED <= rate_limit_config.LOCAL_PER_ADDRESS


def _spend(platform, name, **caller):
    """Calls until refused. Returns the number of calls that passed, and the refusal."""
    for passed in range(100):
        try:
            platform.call(name, **caller)
        except grpc.RpcError as error:
            return passed, error
    raise AssertionError("never refused")


def _retry_delay(error):
    status = status_pb2.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
    retry = error_details_pb2.RetryInfo()
    assert [detail for detail in status.details if detail.Unpack(retry)]
    return retry.retry_delay.ToMilliseconds() / 1000


def test_attempts_at_a_credential_run_out_per_address(platform):
    first, second = next(_addresses), next(_addresses)

    passed, error = _spend(platform, "LogIn", client=first)

    assert 5 == passed
    assert (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED") == harness.refusal(error)
    assert 0 < _retry_delay(error) <= _HOUR / 5
    platform.call("LogIn", client=second)


def test_another_account_buys_no_further_attempts_at_a_credential(platform):
    address = next(_addresses)
    _spend(platform, "LogIn", client=address)

    with pytest.raises(grpc.RpcError) as caught:
        platform.call("LogIn", client=address, token=harness.token(sub="account-fresh"))

    assert (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED") == harness.refusal(caught.value)


def test_json_callers_are_told_when_to_come_back(platform):
    address = next(_addresses)
    _spend(platform, "LogIn", client=address)

    answer = platform.http("POST", "/api/v1/shop/login", b"{}", x_forwarded_for=address)

    assert 429 == answer.status
    assert 1 <= int(answer.headers["retry-after"]) <= _HOUR / 5
    assert 8 == answer.json["code"]
    details = {detail["@type"].rpartition(".")[2]: detail for detail in answer.json["details"]}
    assert ("RATE_LIMITED", {"rate_class": "credential"}) == (
        details["ErrorInfo"]["reason"],
        details["ErrorInfo"]["metadata"],
    )
    assert details["RetryInfo"]["retryDelay"].endswith("s")


def test_reads_run_out_per_account_wherever_it_calls_from(platform):
    token = harness.token(sub="account-busy")

    passed, error = _spend(platform, "GetThing", token=token, client=next(_addresses))

    assert 40 <= passed <= 45
    assert (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED") == harness.refusal(error)
    assert 0 < _retry_delay(error) <= _HOUR / 40
    with pytest.raises(grpc.RpcError):
        platform.call("GetThing", token=token, client=next(_addresses))
    platform.call("GetThing", token=harness.token(sub="account-calm"), client=next(_addresses))


def test_reads_without_an_account_run_out_per_address(platform):
    passed, _ = _spend(platform, "GetThing", client=next(_addresses))

    assert 40 <= passed <= 45
    platform.call("GetThing", client=next(_addresses))


def test_reads_beyond_the_budget_are_refused_in_json_too(platform):
    address = next(_addresses)
    _spend(platform, "GetThing", client=address)

    answer = platform.http("GET", "/api/v1/shop/things/a", x_forwarded_for=address)

    assert (429, 8) == (answer.status, answer.json["code"])
    assert 1 <= int(answer.headers["retry-after"])


def test_a_forged_account_header_buys_nothing(platform):
    address = next(_addresses)
    _spend(platform, "GetThing", client=address)

    answer = platform.http("GET", "/api/v1/shop/things/a", x_forwarded_for=address, x_marquee_account="made-up")

    assert 429 == answer.status


def test_documents_run_out_per_account_of_the_playback_token_wherever_it_is_used(platform):
    def fetch(account):
        path = f"/api/v1/shop/lists/a?token={harness.playback_token('/media/one/', sub=account)}"
        return platform.http("GET", path, x_forwarded_for=next(_addresses))

    harness.until(lambda: fetch("viewer-warm").json["x-marquee-viewer"] == "viewer-warm")
    answers = [fetch("viewer-busy") for _ in range(7)]

    assert [200] * 6 + [429] == [answer.status for answer in answers]
    assert {"rate_class": "play"} == answers[-1].json["details"][0]["metadata"]
    assert 200 == fetch("viewer-calm").status


def test_documents_without_a_good_token_run_out_per_address(platform):
    address = next(_addresses)
    answers = [
        platform.http("GET", f"/api/v1/shop/lists/a?token=made-up-{number}", x_forwarded_for=address)
        for number in range(7)
    ]

    assert [200] * 6 + [429] == [answer.status for answer in answers]


@pytest.mark.parametrize("protocol", ["grpc", "grpcweb"])
@pytest.mark.parametrize(("name", "rate_class"), [("LogIn", "credential"), ("GetThing", "browse")])
def test_a_spent_budget_is_a_status_with_the_delay_in_every_protocol(platform, protocol, name, rate_class):
    address = next(_addresses)
    _spend(platform, name, client=address)
    command = [str(Path(sys.executable).with_name("buf")), "curl", "--http2-prior-knowledge", "--protocol", protocol]
    command += ["--schema", str(platform.folder / "contracts.binpb"), "-H", f"x-forwarded-for: {address}", "-d", "{}"]
    command += [f"http://127.0.0.1:{platform.edge}{harness.SHOP}{name}"]

    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=testing.PATIENCE)

    refused = json.loads(run.stderr)
    assert ("resource_exhausted", "Too many calls; come back later.") == (refused["code"], refused["message"])
    info, retry = (base64.b64decode(detail["value"] + "==") for detail in refused["details"])
    assert rate_class == error_details_pb2.ErrorInfo.FromString(info).metadata["rate_class"]
    assert error_details_pb2.RetryInfo.FromString(retry).retry_delay.ToMilliseconds() > 0
