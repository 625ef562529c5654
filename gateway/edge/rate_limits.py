"""Rate limits at the edge: frequent calls are counted in Envoy, others by the rate-limit service."""

from collections.abc import Iterator
from typing import Any

from gateway import rate_limit_config, xds
from gateway.contract import RateClass
from gateway.edge import auth, bootstrap_clusters, local_replies
from services.kit import method_policy

#: The domain of requests to the rate-limit service.
DOMAIN = "marquee"

_ADDRESS: xds.Json = {"remote_address": {}}

_SERVICE: xds.Json = {
    "transport_api_version": "V3",
    "grpc_service": {"envoy_grpc": {"cluster_name": bootstrap_clusters.CALL_CHECKS}},
}

#: The timeout of the rate-limit service, in seconds; the second one is for calls that are refused when it has passed.
PATIENCE, CLOSED_PATIENCE = 0.05, 0.5

#: The most callers that one Envoy counts at a time, per class; the least recent ones are evicted.
_CALLERS = 20_000


def filters(budgets: rate_limit_config.Budgets) -> Iterator[xds.Json]:
    """Returns the filters that count calls; none if nothing is limited."""
    descriptors = [
        *(found for name in sorted(rate_limit_config.LOCAL & budgets.keys()) for found in _descriptors(name, budgets)),
        *(_per_address(name, budgets) for name in sorted(rate_limit_config.LOCAL_PER_ADDRESS & budgets.keys())),
    ]
    if descriptors:
        yield xds.http_filter(
            "local_ratelimit",
            "local_ratelimit.v3.LocalRateLimit",
            stat_prefix="edge",
            rate_limits=[*_per_caller("local"), {"actions": [_class("local_per_address"), _ADDRESS]}],
            # Required by Envoy; calls without a matching descriptor are not limited.
            token_bucket={"max_tokens": 4_000_000_000, "tokens_per_fill": 4_000_000_000, "fill_interval": "1s"},
            always_consume_default_token_bucket=False,
            filter_enabled=_always("edge.local_limit_enabled"),
            filter_enforced=_always("edge.local_limit_enforced"),
            descriptors=descriptors,
            max_dynamic_descriptors=_CALLERS,
            rate_limited_as_resource_exhausted=True,
        )
    if budgets.keys() - rate_limit_config.LOCAL - rate_limit_config.PER_ADDRESS:
        yield _shared("ratelimit", _per_caller("shared"), failure_mode_deny=False, timeout=PATIENCE)
    if budgets.keys() & rate_limit_config.PER_ADDRESS:
        per_address = [{"actions": [_class("shared_per_address"), _ADDRESS]}]
        # Without this limit, passwords could be guessed at any pace: while nobody counts, the call is refused.
        yield _shared(
            "credential_ratelimit",
            per_address,
            failure_mode_deny=True,
            status_on_error={"code": "ServiceUnavailable"},
            timeout=CLOSED_PATIENCE * method_policy.timeout_factor(),
        )


def connection_filters(budgets: rate_limit_config.Budgets) -> Iterator[xds.Json]:
    """Returns the network filter that has new connections counted by address; none if they are not limited.

    Envoy has no limit of open connections by address. Idle connections are closed, so that this limit bounds them.
    """
    if rate_limit_config.CONNECTION not in budgets:
        return
    address = "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"
    entries = {"class": rate_limit_config.CONNECTION.lower(), "remote_address": address}
    yield {
        "name": "envoy.filters.network.ratelimit",
        "typed_config": xds.typed(
            "envoy.extensions.filters.network.ratelimit.v3.RateLimit",
            stat_prefix="edge_connections",
            domain=DOMAIN,
            descriptors=[{"entries": [{"key": key, "value": value} for key, value in entries.items()]}],
            timeout=xds.seconds(PATIENCE),
            rate_limit_service=_SERVICE,
        ),
    }


def _shared(name: str, rate_limits: list[xds.Json], *, timeout: float, **on_error: Any) -> xds.Json:
    """Returns a filter that has calls counted by the rate-limit service."""
    return xds.http_filter(
        name,
        "ratelimit.v3.RateLimit",
        domain=DOMAIN,
        rate_limits=rate_limits,
        timeout=xds.seconds(timeout),
        rate_limited_as_resource_exhausted=True,
        disable_x_envoy_ratelimited_header=True,
        rate_limit_service=_SERVICE,
        **on_error,
    )


def metadata(rate_class: str) -> xds.Json:
    """Returns the metadata in which a route names its budget, once for each way in which its calls are counted."""
    if rate_class == RateClass.NONE:
        return {}
    ways = {
        "local": rate_limit_config.LOCAL,
        "local_per_address": rate_limit_config.LOCAL_PER_ADDRESS,
        "shared_per_address": rate_limit_config.PER_ADDRESS,
    }
    counted = [way for way, classes in ways.items() if rate_class in classes] or ["shared"]
    return {"filter_metadata": {local_replies.BUDGET: dict.fromkeys(("class", *counted), rate_class.lower())}}


def _class(how: str) -> xds.Json:
    """Returns the action that matches calls counted in this way, and yields their class."""
    return {
        "metadata": {
            "descriptor_key": "class",
            "metadata_key": {"key": local_replies.BUDGET, "path": [{"key": how}]},
            "source": "ROUTE_ENTRY",
        }
    }


def _per_caller(how: str) -> list[xds.Json]:
    """Returns the descriptors of a call: its account, from the access or playback token, or else its address."""
    named = [
        {"request_headers": {"header_name": header, "descriptor_key": "account"}}
        for header in (auth.ACCOUNT_HEADER, auth.VIEWER_HEADER)
    ]
    # Matches calls without an account only, so that a call is counted once.
    anonymous = {
        "header_value_match": {
            "descriptor_key": "anonymous",
            "descriptor_value": "yes",
            "headers": [
                {"name": header, "present_match": False} for header in (auth.ACCOUNT_HEADER, auth.VIEWER_HEADER)
            ],
        }
    }
    return [
        *({"actions": [_class(how), account]} for account in named),
        {"actions": [_class(how), anonymous, _ADDRESS]},
    ]


def _descriptors(rate_class: str, budgets: rate_limit_config.Budgets) -> Iterator[xds.Json]:
    """Returns the buckets of a class that is counted per account, or else per address."""
    yield _buckets(rate_class, budgets, {"key": "account"})
    yield _buckets(rate_class, budgets, {"key": "anonymous", "value": "yes"}, {"key": "remote_address"})


def _per_address(rate_class: str, budgets: rate_limit_config.Budgets) -> xds.Json:
    """Returns the buckets of a class that is counted per address."""
    return _buckets(rate_class, budgets, {"key": "remote_address"})


def _buckets(rate_class: str, budgets: rate_limit_config.Budgets, *caller: xds.Json) -> xds.Json:
    """Returns a bucket for each caller: an entry without a value matches any value, and each has its own bucket."""
    budget = budgets[rate_class]
    back, every = budget.pace
    return {
        "entries": [{"key": "class", "value": rate_class.lower()}, *caller],
        "token_bucket": {"max_tokens": budget.calls, "tokens_per_fill": back, "fill_interval": f"{every}s"},
    }


def _always(key: str) -> xds.Json:
    return {"runtime_key": key, "default_value": {"numerator": 100, "denominator": "HUNDRED"}}
