"""Clusters, endpoints and retry policies, the same for the edge and for the mesh."""

from gateway import health, xds

#: The most calls of the edge at once for each replica; more are refused, since a queue would delay all of them. Calls
#: of routes with the priority HIGH, which are urgent, have a limit of their own.
MAX_REQUESTS, MAX_URGENT_REQUESTS = 512, 1024
#: The most streams that stay open, at once for each replica. They mostly wait, so they have a cluster of their own:
#: counted as calls, the streams of viewers who watch the guide would keep out the calls of all others.
MAX_OPEN_STREAMS = 5_000
#: The most calls at once of one service to another: what the calls that it works on may need.
MAX_INNER_REQUESTS = 1024
#: The most retries at once: a replica that dies fails as many calls.
_MAX_RETRIES = MAX_REQUESTS


def cluster(area: str, max_requests: int) -> xds.Json:
    """Returns the cluster of an area, with limits that keep its failures from spreading.

    Args:
        area: the area.
        max_requests: the most calls at once that are not urgent.
    """
    return {
        "name": area,
        "type": "EDS",
        "eds_cluster_config": {"eds_config": xds.FROM_ADS},
        "lb_policy": "ROUND_ROBIN",
        "circuit_breakers": {
            "thresholds": [_threshold("DEFAULT", max_requests), _threshold("HIGH", MAX_URGENT_REQUESTS)],
        },
        # gRPC counts every status except OK as a failure, refusals too, so a replica is ejected only if nearly
        # all of its calls fail while those of others do not.
        "outlier_detection": {
            # Short, because the health checks of the control plane detect recovery more exactly.
            "interval": "1s",
            "base_ejection_time": "2s",
            "max_ejection_time": "30s",
            "max_ejection_percent": 50,
            "failure_percentage_threshold": 95,
            "failure_percentage_minimum_hosts": 2,
            "failure_percentage_request_volume": 50,
            "enforcing_failure_percentage": 100,
            "enforcing_success_rate": 0,
        },
    }


def streams_of(area: str) -> str:
    """Returns the name of the cluster of the streams of an area that stay open."""
    return f"{area}_streams"


def _threshold(priority: str, max_requests: int) -> xds.Json:
    return {
        "priority": priority,
        "max_requests": max_requests,
        "max_pending_requests": max_requests,
        "max_retries": _MAX_RETRIES,
    }


def assignment(name: str, replicas: tuple[health.Replica, ...]) -> xds.Json:
    """Returns the replicas of a cluster; one whose health is not known yet may be tried."""
    if not replicas:
        return {"cluster_name": name, "endpoints": []}
    status = {True: "HEALTHY", False: "UNHEALTHY", None: "UNKNOWN"}
    endpoints = [
        {
            "endpoint": {
                "address": {
                    "socket_address": {"address": replica.endpoint.host, "port_value": replica.endpoint.port},
                },
            },
            "health_status": status[replica.serving],
        }
        for replica in replicas
    ]
    locality = {"locality": {"region": "local"}, "load_balancing_weight": len(endpoints), "lb_endpoints": endpoints}
    return {"cluster_name": name, "endpoints": [locality]}


def retry_policy(conditions: str) -> xds.Json:
    """Returns a policy of two retries with a short back-off."""
    return {
        "retry_on": conditions,
        "num_retries": 2,
        "retry_back_off": {"base_interval": "0.010s", "max_interval": "0.100s"},
    }
