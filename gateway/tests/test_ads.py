"""The protocol of the ADS stream, played without a stream."""

import pytest
from envoy.service.discovery.v3 import discovery_pb2
from google.rpc import status_pb2

from gateway import ads, contract, endpoints, health, mesh, snapshot, xds
from gateway.tests import contracts

_WHOLE = contract.Contract.parse(contracts.image())


def _view(*, serving=True):
    return mesh.view(_WHOLE, {"shop": (health.Replica(endpoints.Endpoint("10.0.0.1", 1), serving),)})


def _request(type_url, *names, version="", nonce="", error=""):
    detail = {"error_detail": status_pb2.Status(code=3, message=error)} if error else {}
    return discovery_pb2.DiscoveryRequest(
        type_url=type_url, resource_names=names, version_info=version, response_nonce=nonce, **detail
    )


def _ack(response, *names):
    return _request(response.type_url, *names, version=response.version_info, nonce=response.nonce)


@pytest.fixture
def session():
    return ads.Session("catalog-1")


def _ask(session, view, type_url, *names):
    """Requests new resources and acknowledges the response."""
    (response,) = session.on_request(_request(type_url, *names), view)
    assert [] == list(session.on_request(_ack(response, *names), view))
    return response


def test_a_client_gets_what_it_names_and_nothing_else(session):
    response = _ask(session, _view(), xds.ENDPOINTS, "shop")

    assert 1 == len(response.resources)


def test_a_client_that_names_nothing_gets_all_clusters(session):
    response = _ask(session, _view(), xds.CLUSTER)

    assert len(_WHOLE.areas) == len(response.resources)


def test_an_unknown_name_is_answered_without_resources(session):
    response = _ask(session, _view(), xds.LISTENER, "nowhere")

    assert [] == list(response.resources)


def test_unchanged_resources_are_not_sent_again(session):
    _ask(session, _view(), xds.LISTENER, "shop")
    _ask(session, _view(), xds.ENDPOINTS, "shop")

    assert [] == list(session.on_snapshot(_view()))


def test_changed_resources_alone_are_sent(session):
    _ask(session, _view(), xds.LISTENER, "shop")
    _ask(session, _view(), xds.CLUSTER, "shop")
    before = _ask(session, _view(), xds.ENDPOINTS, "shop")

    (after,) = session.on_snapshot(_view(serving=False))

    assert xds.ENDPOINTS == after.type_url
    assert before.version_info != after.version_info
    assert before.nonce != after.nonce


def test_a_change_elsewhere_does_not_reach_a_client_that_did_not_ask_for_it(session):
    _ask(session, _view(), xds.ENDPOINTS, "depot")

    assert [] == list(session.on_snapshot(_view(serving=False)))


def test_a_client_that_reconnects_with_the_current_version_is_sent_nothing(session):
    kept = _ask(session, _view(), xds.CLUSTER).version_info
    resumed = ads.Session("catalog-1")

    assert [] == list(resumed.on_request(_request(xds.CLUSTER, version=kept), _view()))
    assert [] == list(resumed.on_snapshot(_view()))


def test_a_client_that_reconnects_with_another_version_is_sent_everything(session):
    kept = _ask(session, _view(), xds.ENDPOINTS, "shop").version_info
    resumed = ads.Session("catalog-1")

    (response,) = resumed.on_request(_request(xds.ENDPOINTS, "shop", version=kept), _view(serving=False))

    assert kept != response.version_info


def test_an_added_name_is_answered(session):
    first = _ask(session, _view(), xds.ENDPOINTS, "shop")

    (second,) = session.on_request(_ack(first, "shop", "depot"), _view())

    assert 2 == len(second.resources)


def test_a_request_with_fewer_names_is_not_answered(session):
    first = _ask(session, _view(), xds.ENDPOINTS, "shop", "depot")

    assert [] == list(session.on_request(_ack(first, "shop"), _view()))
    assert [] == list(session.on_snapshot(_view()))


def test_a_name_that_is_added_again_is_answered_again(session):
    first = _ask(session, _view(), xds.ENDPOINTS, "shop")
    assert [] == list(session.on_request(_ack(first), _view()))

    (again,) = session.on_request(_ack(first, "shop"), _view())

    assert 1 == len(again.resources)


def test_a_refused_version_is_not_sent_again(session):
    (response,) = session.on_request(_request(xds.CLUSTER), _view())

    refused = _request(xds.CLUSTER, nonce=response.nonce, error="I do not understand")

    assert [] == list(session.on_request(refused, _view()))
    assert [] == list(session.on_snapshot(_view()))


def test_an_outdated_acknowledgement_changes_nothing(session):
    (first,) = session.on_request(_request(xds.ENDPOINTS, "shop"), _view())
    (second,) = session.on_snapshot(_view(serving=False))

    assert [] == list(session.on_request(_ack(first, "shop"), _view(serving=False)))
    assert [] == list(session.on_request(_ack(second, "shop"), _view(serving=False)))


def test_changed_clusters_are_followed_by_their_endpoints_even_if_those_are_the_same(session):
    _ask(session, _view(), xds.ENDPOINTS, "shop")
    _ask(session, _view(), xds.CLUSTER)

    sent = [response.type_url for response in session.on_snapshot(_with_other_clusters())]

    assert [xds.CLUSTER, xds.ENDPOINTS] == sent


def _with_other_clusters():
    view = _view()
    clusters = [
        xds.resource(xds.CLUSTER, {**found.source, "connect_timeout": "3s"})
        for found in view.resources(xds.CLUSTER).values()
    ]
    rest = {type_url: list(view.resources(type_url).values()) for type_url in xds.ORDER[1:]}
    return snapshot.View.of({xds.CLUSTER: clusters, **rest})


def test_an_unknown_type_is_ignored(session):
    assert [] == list(session.on_request(_request("type.googleapis.com/unknown.Type"), _view()))
