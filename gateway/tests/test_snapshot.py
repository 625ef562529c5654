"""Snapshots are consistent, whatever replicas there are."""

import functools

import hypothesis
import pytest
from hypothesis import strategies

from gateway import contract, endpoints, health, mesh, rate_limit_config, snapshot, xds
from gateway.edge import listeners, static_files
from gateway.edge import snapshot as edge_snapshot
from gateway.tests import contracts

_WHOLE = contract.Contract.parse(contracts.image())
_SETTINGS = edge_snapshot.Settings(
    listener=listeners.Settings("127.0.0.1", 8080),
    web=static_files.Settings(),
    budgets=rate_limit_config.PRODUCTION,
)


@functools.cache
def _edge():
    # Not at import, when the timeouts of this room do not apply yet.
    return edge_snapshot.Builder(_WHOLE, _SETTINGS)


_replicas = strategies.builds(
    health.Replica,
    strategies.builds(
        endpoints.Endpoint, strategies.ip_addresses(v=4).map(str), strategies.integers(min_value=1, max_value=65535)
    ),
    strategies.sampled_from([True, False, None]),
)
_replica_sets = strategies.dictionaries(
    strategies.sampled_from(["shop", "depot", "elsewhere"]),
    strategies.lists(_replicas, max_size=4, unique_by=lambda replica: replica.endpoint).map(tuple),
)


def _a_replica(port=1, *, serving=True):
    return health.Replica(endpoints.Endpoint("10.0.0.1", port), serving)


@hypothesis.settings(deadline=None, max_examples=50)
@hypothesis.given(_replica_sets)
def test_any_replicas_make_consistent_views(replica_sets):
    edge, inside = _edge().view(replica_sets), mesh.view(_WHOLE, replica_sets)

    areas = {"shop", "depot", "shop_streams"}
    assert areas == edge.resources(xds.ENDPOINTS).keys() == edge.resources(xds.CLUSTER).keys()
    assert {*_WHOLE.areas, *replica_sets} == inside.resources(xds.LISTENER).keys()


@hypothesis.settings(deadline=None, max_examples=5)
@hypothesis.given(_replica_sets)
def test_the_same_replicas_make_the_same_versions_in_any_process(replica_sets):
    again = edge_snapshot.Builder(_WHOLE, _SETTINGS)

    for type_url in xds.ORDER:
        first, second = _edge().view(replica_sets).resources(type_url), again.view(replica_sets).resources(type_url)
        assert {name: found.version for name, found in first.items()} == {
            name: found.version for name, found in second.items()
        }


def test_a_change_of_one_area_leaves_the_versions_of_others():
    before, after = (mesh.view(_WHOLE, {"shop": (_a_replica(serving=state),)}) for state in (True, False))

    changed = [
        (type_url, name)
        for type_url in xds.ORDER
        for name, found in before.resources(type_url).items()
        if found.version != after.resources(type_url)[name].version
    ]
    assert [(xds.ENDPOINTS, "shop")] == changed


def test_the_edge_accepts_more_calls_with_each_known_replica_healthy_or_not():
    one = {"shop": (_a_replica(),)}
    two, two_of_which_one_serves = ({"shop": (_a_replica(), _a_replica(2, serving=state))} for state in (True, False))

    clusters = [_edge().view(sets).resources(xds.CLUSTER)["shop"] for sets in (one, two, two_of_which_one_serves)]

    limits = [each.source["circuit_breakers"]["thresholds"][0]["max_requests"] for each in clusters]
    assert limits[1] == 2 * limits[0]
    assert clusters[1].version == clusters[2].version


def test_playing_and_heartbeats_have_a_limit_of_their_own():
    routes = {route["match"].get("path"): route.get("route", {}) for route in _edge_routes()}

    for method in _WHOLE.visible_methods:
        is_urgent = method.rate_class in {contract.RateClass.PLAY, contract.RateClass.HEARTBEAT}
        assert ("HIGH" if is_urgent else "DEFAULT") == routes[method.path].get("priority", "DEFAULT")


def test_a_cluster_without_endpoints_is_refused():
    cluster = xds.resource(xds.CLUSTER, {"name": "lost", "type": "EDS"})

    with pytest.raises(snapshot.Inconsistent, match="cluster lost → endpoints"):
        snapshot.View.of({xds.CLUSTER: [cluster]})


def test_a_route_to_no_cluster_is_refused():
    route = {"match": {"prefix": "/"}, "route": {"cluster": "nowhere"}}
    table = {"name": "table", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]}

    with pytest.raises(snapshot.Inconsistent, match="table → cluster nowhere"):
        snapshot.View.of({xds.ROUTES: [xds.resource(xds.ROUTES, table)]})


def test_a_route_to_a_cluster_of_the_bootstrap_file_is_consistent():
    route = {"match": {"prefix": "/"}, "route": {"cluster": "fixed"}}
    table = {"name": "table", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]}

    found = snapshot.View.of({xds.ROUTES: [xds.resource(xds.ROUTES, table)]}, fixed_clusters=["fixed"])

    assert ["table"] == list(found.resources(xds.ROUTES))


def _edge_routes():
    table = _edge().view({}).resources(xds.ROUTES)["edge"].source
    return table["virtual_hosts"][0]["routes"]


def test_the_edge_has_one_route_for_each_visible_method_and_none_for_internal_ones():
    paths = [route["match"]["path"] for route in _edge_routes() if "path" in route["match"]]

    for method in _WHOLE.methods:
        assert (method in _WHOLE.visible_methods) == (paths.count(method.path) == 1)


def test_only_idempotent_methods_are_retried_after_they_may_have_run():
    routes = {route["match"].get("path"): route for route in _edge_routes()}

    for method in _WHOLE.visible_methods:
        conditions = routes[method.path]["route"]["retry_policy"]["retry_on"].split(",")
        assert method.retryable == ("unavailable" in conditions) == ("reset" in conditions)


def test_an_envoy_at_the_edge_is_told_something_else_than_a_grpc_client():
    edge, inside = _edge().view({}), mesh.view(_WHOLE, {})
    both = snapshot.Snapshot(edge, inside)

    assert edge is both.view("edge")
    assert inside is both.view("marquee")
