"""Budgets of calls at the edge: counted in Envoy where calls are hot, by the rate-limit service elsewhere."""

from collections.abc import Iterator

from gateway import rate_limit_config, xds
from gateway.contract import RateClass
from gateway.edge import auth, local_replies

#: The name under which the rate-limit service is asked.
DOMAIN = "marquee"

_ADDRESS: xds.Json = {"remote_address": {}}

#: How long counting may take, in seconds.
PATIENCE = 0.05

#: Callers that one Envoy keeps count of at a time, per class; those not seen longest make room.
_CALLERS = 20_000


def filters(budgets: rate_limit_config.Budgets, service: str) -> Iterator[xds.Json]:
    """The filters that count; none when nothing is limited."""
    local = {rate_class: budgets[rate_class] for rate_class in sorted(rate_limit_config.LOCAL & budgets.keys())}
    if local:
        yield xds.http_filter(
            "local_ratelimit",
            "local_ratelimit.v3.LocalRateLimit",
            stat_prefix="edge",
            rate_limits=_per_caller("local"),
            # What no descriptor fits is not limited; this bucket only satisfies the form.
            token_bucket={"max_tokens": 4_000_000_000, "tokens_per_fill": 4_000_000_000, "fill_interval": "1s"},
            always_consume_default_token_bucket=False,
            filter_enabled=_always("edge.local_limit_enabled"),
            filter_enforced=_always("edge.local_limit_enforced"),
            descriptors=[descriptor for item in local.items() for descriptor in _descriptors(*item)],
            max_dynamic_descriptors=_CALLERS,
            rate_limited_as_resource_exhausted=True,
        )
    if budgets.keys() - rate_limit_config.LOCAL:
        yield xds.http_filter(
            "ratelimit",
            "ratelimit.v3.RateLimit",
            domain=DOMAIN,
            rate_limits=[*_per_caller("shared"), {"actions": [_class("shared_per_address"), _ADDRESS]}],
            # Counting is a courtesy to the platform: when it cannot be done, callers do not suffer for it.
            failure_mode_deny=False,
            timeout=xds.seconds(PATIENCE),
            rate_limited_as_resource_exhausted=True,
            disable_x_envoy_ratelimited_header=True,
            rate_limit_service={
                "transport_api_version": "V3",
                "grpc_service": {"envoy_grpc": {"cluster_name": service}},
            },
        )


def metadata(rate_class: RateClass) -> xds.Json:
    """What a route says of its budget, for the filters that count."""
    if rate_class is RateClass.NONE:
        return {}
    if rate_class in rate_limit_config.LOCAL:
        how = "local"
    elif rate_class in rate_limit_config.PER_ADDRESS:
        how = "shared_per_address"
    else:
        how = "shared"
    return {"filter_metadata": {local_replies.BUDGET: {"class": rate_class.lower(), how: rate_class.lower()}}}


def _class(how: str) -> xds.Json:
    """The class of a call that is counted in that way; other calls do not fit."""
    return {
        "metadata": {
            "descriptor_key": "class",
            "metadata_key": {"key": local_replies.BUDGET, "path": [{"key": how}]},
            "source": "ROUTE_ENTRY",
        }
    }


def _per_caller(how: str) -> list[xds.Json]:
    """Counted under the account of the access or playback token when there is one, else under the address."""
    named = [
        {"request_headers": {"header_name": header, "descriptor_key": "account"}}
        for header in (auth.ACCOUNT_HEADER, auth.VIEWER_HEADER)
    ]
    # Fits calls without an account only, so that a call is counted once.
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


def _descriptors(rate_class: RateClass, budget: rate_limit_config.Budget) -> Iterator[xds.Json]:
    which = {"key": "class", "value": rate_class.lower()}
    back, every = budget.pace
    bucket = {"max_tokens": budget.calls, "tokens_per_fill": back, "fill_interval": f"{every}s"}
    # An entry without a value stands for each value there is, with a bucket of its own.
    yield {"entries": [which, {"key": "account"}], "token_bucket": bucket}
    yield {
        "entries": [which, {"key": "anonymous", "value": "yes"}, {"key": "remote_address"}],
        "token_bucket": bucket,
    }


def _always(key: str) -> xds.Json:
    return {"runtime_key": key, "default_value": {"numerator": 100, "denominator": "HUNDRED"}}
