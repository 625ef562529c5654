"""Converts values of entitlement to messages, and back."""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime

from marquee.entitlement.v1 import entitlement_internal_pb2, entitlement_pb2
from marquee.epg.v1 import epg_internal_pb2
from marquee.type.v1 import type_pb2

from services.entitlement import domain
from services.kit import timestamps, visibility, watchable_subjects

_REASON_MESSAGES = {
    domain.Reason.NOT_AVAILABLE: "This {noun} is not available.",
    domain.Reason.NOT_IN_SUBSCRIPTION: "Your subscription does not include this {noun}.",
}
_NOUNS = {"title_id": "title", "episode_id": "title", "channel_id": "channel", "programme_id": "programme"}
#: The namespace of offer ids, which are derived from what an offer is for.
_OFFERS = uuid.UUID("019bb1a0-5c00-7c11-8a64-5d0e3f7b2905")
_ETAG_BYTES = 8


def channel_facts(message: epg_internal_pb2.ChannelFacts) -> visibility.Facts:
    """Returns the facts of a channel, which everybody may see if it is not rated."""
    state = 0 if message.hidden else visibility.PUBLISHED
    return visibility.Facts(state, message.maturity_rating.age, frozenset(message.territories))


def decision_message(
    subject: type_pb2.Subject, decision: domain.Decision, country_code: str
) -> entitlement_pb2.AccessDecision:
    """Returns the message of a decision on a subject for a viewer in a country."""
    noun = _NOUNS[watchable_subjects.key(subject)[0]]
    message = entitlement_pb2.AccessDecision(
        subject=subject,
        allowed=decision.allowed,
        reasons=[
            entitlement_pb2.AccessReason(
                code=entitlement_pb2.AccessReasonCode.ValueType(reason),
                message=_REASON_MESSAGES[reason].format(noun=noun),
            )
            for reason in decision.reasons
        ],
        options=[entitlement_pb2.AccessOption(offer=offer_message(offer, country_code)) for offer in decision.offers],
        decide_time=timestamps.from_datetime(decision.decide_time),
        max_streams=decision.max_streams,
    )
    if decision.expire_time:
        timestamps.put_datetime(message.expire_time, decision.expire_time)
    return message


def entitled_channels_message(
    channel_ids: Sequence[str] | None, grant: domain.Grant
) -> entitlement_internal_pb2.ListEntitledChannelsResponse:
    """Returns the message of the channels of an account; None stands for all."""
    message = entitlement_internal_pb2.ListEntitledChannelsResponse(
        all_channels=channel_ids is None, channel_ids=channel_ids or ()
    )
    if grant.end_time:
        timestamps.put_datetime(message.expire_time, grant.end_time)
    return message


def offer_message(offer: domain.Offer, country_code: str) -> entitlement_pb2.Offer:
    """Returns the message of an offer, which is made in a country."""
    message = entitlement_pb2.Offer(
        offer_id=str(uuid.uuid5(_OFFERS, f"{offer.package.package_id} {country_code}")),
        kind=entitlement_pb2.OFFER_KIND_SUBSCRIBE,
        display_name=offer.package.display_name,
        package_id=offer.package.package_id,
        price=_money(offer.price),
        billing_period=entitlement_pb2.BillingPeriod.ValueType(offer.price.billing_period),
        country_code=country_code,
    )
    terms = message.SerializeToString(deterministic=True)
    message.etag = hashlib.blake2b(terms, digest_size=_ETAG_BYTES).hexdigest()
    return message


def package_message(package: domain.Package, country_code: str) -> entitlement_pb2.Package:
    """Returns the message of a package, with its offer in a country."""
    price = domain.price_in(package, country_code)
    return entitlement_pb2.Package(
        package_id=package.package_id,
        display_name=package.display_name,
        description=package.description,
        tier=type_pb2.Tier.ValueType(package.tier or 0),
        max_streams=package.max_streams,
        includes_all_titles=package.includes_all_titles,
        includes_all_channels=package.includes_all_channels,
        prices=[
            entitlement_pb2.Price(
                country_code=each.country_code,
                amount=_money(each),
                billing_period=entitlement_pb2.BillingPeriod.ValueType(each.billing_period),
            )
            for each in package.prices
        ],
        title_count=package.title_count,
        channel_count=package.channel_count,
        offer=offer_message(domain.Offer(package, price), country_code) if price else None,
        etag=package.etag,
    )


def package(message: entitlement_pb2.Package) -> domain.Package:
    """Returns the package of a message, without the fields that are output only."""
    prices = (
        domain.Price(
            price.amount.minor_units,
            price.amount.currency_code,
            price.country_code,
            domain.BillingPeriod(price.billing_period),
        )
        for price in message.prices
    )
    return domain.Package(
        package_id=message.package_id,
        display_name=message.display_name,
        description=message.description,
        tier=domain.Tier(message.tier) if message.tier else None,
        prices=tuple(sorted(prices, key=lambda price: price.country_code)),
        max_streams=message.max_streams,
        includes_all_titles=message.includes_all_titles,
        includes_all_channels=message.includes_all_channels,
    )


def subscription_message(
    account_id: str, subscription: domain.Subscription, packages: Sequence[domain.Package], at: datetime
) -> entitlement_pb2.Subscription:
    """Returns the message of a subscription, with what it gives access to at a time."""
    accessible = domain.accessible_packages(packages, domain.grant(subscription), at)
    message = entitlement_pb2.Subscription(
        account_id=account_id,
        state=entitlement_pb2.SubscriptionState.ValueType(subscription.state),
        package_ids=sorted(subscription.package_ids),
        max_streams=domain.max_streams(accessible),
        tier=type_pb2.Tier.ValueType(domain.highest_tier(accessible)),
        etag=subscription.etag,
    )
    for field in ("start_time", "renew_time", "end_time"):
        if instant := getattr(subscription, field):
            timestamps.put_datetime(getattr(message, field), instant)
    return message


def subscription(message: entitlement_pb2.Subscription) -> domain.Subscription:
    """Returns the subscription of a message, without the fields that are output only."""
    return domain.Subscription(
        state=domain.State(message.state),
        package_ids=frozenset(message.package_ids),
        start_time=timestamps.optional_datetime(message, "start_time"),
        renew_time=timestamps.optional_datetime(message, "renew_time"),
        end_time=timestamps.optional_datetime(message, "end_time"),
    )


def _money(price: domain.Price) -> type_pb2.Money:
    return type_pb2.Money(minor_units=price.minor_units, currency_code=price.currency_code)
