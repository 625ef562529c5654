from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.entitlement import domain
from services.entitlement.domain import BillingPeriod, Price, Reason, State, Tier
from services.kit import testing, visibility

NOW = testing.NOW
HOUR = timedelta(hours=1)


def facts(**changes):
    return visibility.Facts(**{"state": visibility.PUBLISHED, "maturity_age": 8, **changes})


def viewer(*package_ids, ceiling=13, country="US", end_time=None):
    return domain.Viewer(domain.Grant(frozenset(package_ids), end_time), visibility.Viewer(ceiling, country))


def package(name="basic", tier=Tier.BASIC, price=499, **changes):
    fields = {"max_streams": tier or 1, "prices": (Price(price, "EUR"),), **changes}
    return domain.Package(name, name, tier, **fields)


BASIC, STANDARD = package(), package("standard", Tier.STANDARD, 899)
PREMIUM = package("premium", Tier.PREMIUM, 1399, includes_all_titles=True)
SPORTS = package("sports", None, 299)
ALL = [PREMIUM, BASIC, SPORTS, STANDARD]


def decide(title, assigned_to=("basic",), by=None, at=NOW, packages=ALL):
    return domain.decide(domain.Kind.TITLE, title, frozenset(assigned_to), packages, by or viewer("basic"), at)


windows = st.tuples(st.integers(-5, 5), st.integers(1, 5)).map(
    lambda span: visibility.Window(NOW + span[0] * HOUR, NOW + (span[0] + span[1]) * HOUR)
)
open_windows = st.sampled_from(
    [visibility.Window(), visibility.Window(start_time=NOW + HOUR), visibility.Window(end_time=NOW - HOUR)]
)
any_facts = st.builds(
    visibility.Facts,
    state=st.sampled_from([0, 1, 2, 3, visibility.PUBLISHED, visibility.PUBLISHED, visibility.PUBLISHED, 5]),
    maturity_age=st.sampled_from([None, 0, 8, 13, 18]),
    territories=st.frozensets(st.sampled_from(["US", "DE", "FR"]), max_size=2),
    windows=st.lists(windows | open_windows, max_size=3).map(tuple),
    deleted=st.sampled_from([False, False, False, True]),
)
any_viewer = st.builds(
    lambda package_ids, **changes: viewer(*package_ids, **changes),
    st.frozensets(st.sampled_from("abcd")),
    ceiling=st.sampled_from([0, 8, 13, 18]),
    country=st.sampled_from(["US", "DE", ""]),
    end_time=st.sampled_from([None, None, NOW - HOUR, NOW + 3 * HOUR]),
)
any_packages = st.lists(
    st.builds(
        package,
        st.sampled_from("abcd"),
        st.sampled_from([None, *Tier]),
        st.integers(0, 2000),
        includes_all_titles=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda made: made.package_id,
)
assignments = st.frozensets(st.sampled_from("abcd"))


@pytest.mark.parametrize("kind", domain.Kind)
@pytest.mark.parametrize(("all_titles", "all_channels"), [(True, False), (False, True), (False, False)])
def test_a_package_of_everything_of_one_kind_holds_nothing_of_the_other(kind, all_titles, all_channels):
    everything = package("all", includes_all_titles=all_titles, includes_all_channels=all_channels)
    decision = domain.decide(kind, facts(), frozenset(), [everything], viewer("all"), NOW)

    assert decision.allowed == (all_titles if kind is domain.Kind.TITLE else all_channels)


@given(any_facts, assignments, any_packages, any_viewer)
def test_access_takes_visibility_and_an_open_package_with_the_title(title, assigned_to, packages, by):
    decision = domain.decide(domain.Kind.TITLE, title, assigned_to, packages, by, NOW)

    accessible = domain.accessible_packages(packages, by.grant, NOW)
    holds = any(each.includes_all_titles or each.package_id in assigned_to for each in accessible)
    assert decision.allowed == (visibility.visible(title, by.visibility, NOW) and holds)


@given(any_facts, assignments, any_packages, any_viewer)
def test_a_title_that_is_hidden_from_the_viewer_is_decided_like_an_unknown_one(title, assigned_to, packages, by):
    if visibility.visible(title, by.visibility, NOW):
        return
    hidden = domain.decide(domain.Kind.TITLE, title, assigned_to, packages, by, NOW)
    unknown = domain.decide(domain.Kind.TITLE, None, frozenset(), packages, by, NOW)

    assert (hidden.reasons, hidden.offers, hidden.max_streams, hidden.expire_time) == (
        (Reason.NOT_AVAILABLE,),
        (),
        unknown.max_streams,
        unknown.expire_time,
    )


@given(any_facts, assignments, any_packages, any_viewer, st.data())
def test_accepting_any_offer_gives_access(title, assigned_to, packages, by, data):
    decision = domain.decide(domain.Kind.TITLE, title, assigned_to, packages, by, NOW)
    if not decision.offers:
        return

    offer = data.draw(st.sampled_from(decision.offers))
    subscribed = domain.Viewer(domain.Grant(frozenset({offer.package.package_id})), by.visibility)
    assert domain.decide(domain.Kind.TITLE, title, assigned_to, packages, subscribed, NOW).allowed


@given(any_facts, assignments, any_packages, any_viewer, st.integers(0, 20))
def test_a_decision_holds_until_it_has_to_be_checked_again(title, assigned_to, packages, by, half_hours):
    decision = domain.decide(domain.Kind.TITLE, title, assigned_to, packages, by, NOW)
    later = NOW + half_hours * HOUR / 2
    if decision.recheck_time and later >= decision.recheck_time:
        return

    again = domain.decide(domain.Kind.TITLE, title, assigned_to, packages, by, later)
    assert (again.reasons, again.offers, again.max_streams) == (
        decision.reasons,
        decision.offers,
        decision.max_streams,
    )


def test_offers_are_listed_with_the_cheapest_first():
    decision = decide(facts(), assigned_to=("standard", "sports"))

    assert decision.reasons == (Reason.NOT_IN_SUBSCRIPTION,)
    assert [offer.package for offer in decision.offers] == [SPORTS, STANDARD, PREMIUM]


def test_a_package_opens_those_of_lower_tiers():
    assert decide(facts(), by=viewer("standard")).allowed
    assert not decide(facts(), assigned_to=("standard",), by=viewer("basic")).allowed


def test_an_add_on_opens_no_tier_and_no_tier_opens_it():
    assert decide(facts(), assigned_to=("sports",), by=viewer("sports")).allowed
    assert not decide(facts(), by=viewer("sports")).allowed
    assert not decide(facts(), assigned_to=("sports",), by=viewer("standard")).allowed


def test_every_account_has_access_to_the_free_packages():
    free = package("free", Tier.FREE, 0)

    assert decide(facts(), assigned_to=("free",), by=viewer(), packages=[*ALL, free]).allowed


def test_a_package_of_all_titles_holds_titles_that_are_assigned_to_none():
    assert not decide(facts(), assigned_to=(), by=viewer("standard")).allowed
    assert decide(facts(), assigned_to=(), by=viewer("premium")).allowed


def test_the_most_streams_of_the_open_packages_count():
    granted = [(), ("sports",), ("basic",), ("basic", "standard"), ("premium",)]

    assert [decide(None, by=viewer(*package_ids)).max_streams for package_ids in granted] == [0, 1, 2, 3, 4]


def test_the_end_of_a_window_or_of_the_subscription_ends_the_decision():
    title = facts(windows=(visibility.Window(NOW - HOUR, NOW + 2 * HOUR),))

    assert decide(title).expire_time == NOW + 2 * HOUR
    assert decide(title, by=viewer("basic", end_time=NOW + HOUR)).expire_time == NOW + HOUR


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.NONE, False),
        (State.TRIAL, True),
        (State.ACTIVE, True),
        (State.GRACE, True),
        (State.PAUSED, False),
        (State.CANCELED, True),
        (State.EXPIRED, False),
    ],
)
def test_the_state_of_a_subscription_decides_whether_it_grants_its_packages(state, expected):
    granted = domain.grant(domain.Subscription(state, frozenset({"basic"}), end_time=NOW + HOUR))

    assert bool(domain.accessible_packages([BASIC], granted, NOW)) == expected


def test_a_canceled_subscription_ends():
    granted = domain.grant(domain.Subscription(State.CANCELED, frozenset({"basic"}), end_time=NOW))

    assert domain.accessible_packages([BASIC], granted, NOW) == []


def test_a_country_without_a_price_of_its_own_has_the_common_one():
    sold = package(prices=(Price(499, "EUR"), Price(19900, "INR", "IN")))

    assert domain.price_in(sold, "IN").currency_code == "INR"
    assert domain.price_in(sold, "DE").currency_code == "EUR"
    assert domain.price_in(package(prices=(Price(19900, "INR", "IN"),)), "DE") is None


def test_prices_are_compared_by_the_year():
    yearly = package("yearly", prices=(Price(4000, "EUR", "", BillingPeriod.YEAR),))
    weekly = package("weekly", prices=(Price(100, "EUR", "", BillingPeriod.WEEK),))

    offers = domain.list_offers([weekly, BASIC, yearly], "US")
    assert [offer.package.package_id for offer in offers] == ["yearly", "weekly", "basic"]


def test_pages_list_the_cheapest_first_and_what_is_not_sold_last():
    unsold = package("unsold", prices=())
    first, cursor = domain.page([unsold, *ALL], "US", None, 3)
    second, end = domain.page([unsold, *ALL], "US", cursor, 3)

    assert [each.package_id for each in (*first, *second)] == ["sports", "basic", "standard", "premium", "unsold"]
    assert end == []
