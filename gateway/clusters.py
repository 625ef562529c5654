"""Clusters, their replicas and the retries between them: the same for the edge and for the mesh."""

from gateway import health, xds

#: Beyond this many calls at once a replica set is refused more: a queue would only make all of them late.
MAX_REQUESTS = 4096


def cluster(area: str) -> xds.Json:
    """A set of replicas, with the limits that keep one bad part from taking the others with it."""
    return {
        "name": area,
        "type": "EDS",
        "eds_cluster_config": {"eds_config": xds.FROM_ADS},
        "lb_policy": "ROUND_ROBIN",
        "circuit_breakers": {
            "thresholds": [{"max_requests": MAX_REQUESTS, "max_pending_requests": MAX_REQUESTS, "max_retries": 512}]
        },
        # gRPC counts every status but OK as a failure, a refusal too, so only a replica that does
        # nothing but fail while others do not is worth ejecting by share of failures.
        "outlier_detection": {
            # Short, because the health that the control plane watches says more exactly when a replica is back.
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
    """Up to two more tries, soon and spread out."""
    return {
        "retry_on": conditions,
        "num_retries": 2,
        "retry_back_off": {"base_interval": "0.010s", "max_interval": "0.100s"},
    }
