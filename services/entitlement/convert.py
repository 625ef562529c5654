"""Values of entitlement to messages and back."""

from collections.abc import Iterable
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from marquee.catalog.v1 import catalog_pb2
from marquee.entitlement.v1 import entitlement_pb2
from marquee.type.v1 import type_pb2

from services.entitlement import domain
from services.kit import visibility

_MESSAGES = {
    domain.Reason.NOT_AVAILABLE: "This title is not available.",
    domain.Reason.TERRITORY: "This title may not be shown in your country.",
    domain.Reason.MATURITY: "This title is rated above what this profile may watch.",
    domain.Reason.NOT_YET: "This title is not available yet.",
    domain.Reason.NOT_IN_SUBSCRIPTION: "Your subscription does not include this title.",
}


def facts(told: catalog_pb2.TitleFacts) -> visibility.Facts:
    """Answers what catalog tells of a title."""
    return visibility.Facts(
        state=told.state,
        maturity_rating=told.maturity_rating,
        territories=frozenset(told.territories),
        windows=tuple(
            visibility.Window(
                start_time=_time(window.start_time) if window.HasField("start_time") else None,
                end_time=_time(window.end_time) if window.HasField("end_time") else None,
            )
            for window in told.windows
        ),
        deleted=told.deleted,
    )


def decision_message(title_id: str, decided: domain.Decision) -> entitlement_pb2.AccessDecision:
    """Answers the message that tells a decision on a title."""
    message = entitlement_pb2.AccessDecision(
        title_id=title_id,
        allowed=decided.allowed,
        reasons=[
            entitlement_pb2.AccessReason(
                code=entitlement_pb2.AccessReasonCode.ValueType(reason), message=_MESSAGES[reason]
            )
            for reason in decided.reasons
        ],
        options=map(_option, decided.options),
        decide_time=_timestamp(decided.decide_time),
        max_streams=decided.max_streams,
    )
    if decided.expire_time:
        message.expire_time.CopyFrom(_timestamp(decided.expire_time))
    return message


def package_message(package: domain.Package) -> entitlement_pb2.Package:
    """Answers the message of a package."""
    return entitlement_pb2.Package(
        package_id=package.package_id,
        display_name=package.display_name,
        description=package.description,
        tier=type_pb2.Tier.ValueType(package.tier),
        monthly_price=_money(package.monthly_price),
        max_streams=package.max_streams,
        includes_all_titles=package.includes_all_titles,
        title_count=package.title_count,
    )


def package(message: entitlement_pb2.Package) -> domain.Package:
    """Answers the package that a message tells; how many titles it holds is not the caller's to say."""
    return domain.Package(
        package_id=message.package_id,
        display_name=message.display_name,
        description=message.description,
        tier=domain.Tier(message.tier),
        monthly_price=domain.Price(message.monthly_price.minor_units, message.monthly_price.currency_code),
        max_streams=message.max_streams,
        includes_all_titles=message.includes_all_titles,
    )


def subscription_message(
    account_id: str, subscription: domain.Subscription, packages: Iterable[domain.Package]
) -> entitlement_pb2.Subscription:
    """Answers the message of what an account pays for."""
    message = entitlement_pb2.Subscription(
        account_id=account_id,
        tier=type_pb2.Tier.ValueType(subscription.tier),
        max_streams=domain.max_streams(packages, subscription.tier),
    )
    if subscription.start_time:
        message.start_time.CopyFrom(_timestamp(subscription.start_time))
    return message


def _option(option: domain.Option) -> entitlement_pb2.AccessOption:
    match option:
        case domain.Subscribe(offered):
            return entitlement_pb2.AccessOption(
                subscribe=entitlement_pb2.SubscribeOption(
                    package_id=offered.package_id,
                    display_name=offered.display_name,
                    tier=type_pb2.Tier.ValueType(offered.tier),
                    monthly_price=_money(offered.monthly_price),
                )
            )
        case domain.Wait(available_time):
            return entitlement_pb2.AccessOption(
                wait=entitlement_pb2.WaitOption(available_time=_timestamp(available_time))
            )
        case domain.SwitchProfile(maturity_rating):
            return entitlement_pb2.AccessOption(
                switch_profile=entitlement_pb2.SwitchProfileOption(
                    maturity_rating=type_pb2.MaturityRating.ValueType(maturity_rating)
                )
            )


def _money(price: domain.Price) -> type_pb2.Money:
    return type_pb2.Money(minor_units=price.minor_units, currency_code=price.currency_code)


def _timestamp(at: datetime) -> Timestamp:
    message = Timestamp()
    message.FromDatetime(at)
    return message


def _time(message: Timestamp) -> datetime:
    return message.ToDatetime(tzinfo=UTC)
