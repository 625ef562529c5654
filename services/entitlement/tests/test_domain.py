from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.entitlement import domain
from services.entitlement.domain import Reason, Tier
from services.kit import testing, visibility

NOW = testing.NOW
HOUR = timedelta(hours=1)


def facts(**changes):
    return visibility.Facts(**{"state": visibility.PUBLISHED, "maturity_rating": 2, **changes})


def viewer(tier=Tier.BASIC, ceiling=3, country="US"):
    return domain.Viewer(tier, visibility.Viewer(ceiling, country))


def package(name="basic", tier=Tier.BASIC, price=499, **changes):
    return domain.Package(name, name, tier, tier.value, monthly_price=domain.Price(price, "EUR"), **changes)


BASIC, STANDARD = package(), package("standard", Tier.STANDARD, 899)
PREMIUM = package("premium", Tier.PREMIUM, 1399, includes_all_titles=True)
ALL = domain.by_price([PREMIUM, BASIC, STANDARD])


def decide(told, listed_in=("basic",), by=None, at=NOW, packages=ALL):
    return domain.decide(told, frozenset(listed_in), packages, by or viewer(), at)


windows = st.tuples(st.integers(-5, 5), st.integers(1, 5)).map(
    lambda span: visibility.Window(NOW + span[0] * HOUR, NOW + (span[0] + span[1]) * HOUR)
)
open_windows = st.sampled_from(
    [visibility.Window(), visibility.Window(start_time=NOW + HOUR), visibility.Window(end_time=NOW - HOUR)]
)
any_facts = st.builds(
    visibility.Facts,
    state=st.sampled_from([0, 1, 2, 3, visibility.PUBLISHED, visibility.PUBLISHED, visibility.PUBLISHED, 5]),
    maturity_rating=st.integers(0, 5),
    territories=st.frozensets(st.sampled_from(["US", "DE", "FR"]), max_size=2),
    windows=st.lists(windows | open_windows, max_size=3).map(tuple),
    deleted=st.sampled_from([False, False, False, True]),
)
any_viewer = st.builds(viewer, st.sampled_from(Tier), st.integers(0, 5), st.sampled_from(["US", "DE", ""]))
any_packages = st.lists(
    st.builds(
        package,
        st.sampled_from("abcd"),
        st.sampled_from(Tier),
        st.integers(0, 2000),
        includes_all_titles=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda made: made.package_id,
).map(domain.by_price)
memberships = st.frozensets(st.sampled_from("abcd"))


@given(any_facts, memberships, any_packages, any_viewer)
def test_access_is_visibility_and_membership(told, listed_in, packages, by):
    decided = domain.decide(told, listed_in, packages, by, NOW)

    holds = any(
        (each.includes_all_titles or each.package_id in listed_in) and each.tier <= by.tier for each in packages
    )
    assert decided.allowed == (visibility.visible(told, by.sees, NOW) and holds)


@given(any_facts, memberships, any_packages, any_viewer, st.data())
def test_taking_one_way_of_each_kind_opens_the_door(told, listed_in, packages, by, data):
    decided = domain.decide(told, listed_in, packages, by, NOW)
    if not decided.options:
        return

    at, kinds = NOW, {type(option) for option in decided.options}
    for kind in kinds:
        match data.draw(st.sampled_from([option for option in decided.options if type(option) is kind])):
            case domain.Subscribe(offered):
                by = viewer(offered.tier, by.sees.maturity_ceiling, by.sees.country_code)
            case domain.SwitchProfile(rating):
                by = viewer(by.tier, rating, by.sees.country_code)
            case domain.Wait(available_time):
                at = available_time

    assert domain.decide(told, listed_in, packages, by, at).allowed


@given(any_facts, memberships, any_packages, any_viewer)
def test_without_options_one_reason_cannot_be_opened(told, listed_in, packages, by):
    decided = domain.decide(told, listed_in, packages, by, NOW)
    if decided.allowed or decided.options:
        return

    unheld = not any(each.includes_all_titles or each.package_id in listed_in for each in packages)
    assert {Reason.NOT_AVAILABLE, Reason.TERRITORY} & set(decided.reasons) or unheld


@given(any_facts, memberships, any_packages, any_viewer, st.integers(0, 20))
def test_a_decision_holds_until_it_expires(told, listed_in, packages, by, half_hours):
    decided = domain.decide(told, listed_in, packages, by, NOW)
    later = NOW + half_hours * HOUR / 2
    if decided.expire_time and later >= decided.expire_time:
        return

    again = domain.decide(told, listed_in, packages, by, later)
    assert (again.allowed, again.reasons, again.options) == (decided.allowed, decided.reasons, decided.options)


@pytest.mark.parametrize(
    "hidden",
    [
        facts(state=3),
        facts(state=5),
        facts(deleted=True),
        facts(maturity_rating=0),
        facts(state=1, windows=(visibility.Window(NOW + HOUR),), territories=frozenset({"DE"})),
        facts(windows=(visibility.Window(end_time=NOW - HOUR),)),
    ],
    ids=["approved", "archived", "deleted", "unrated", "announced draft", "over for good"],
)
def test_a_title_hidden_from_everybody_is_answered_like_an_unknown_one(hidden):
    assert decide(hidden) == decide(None, listed_in=())


def test_an_unknown_title_tells_nothing_but_that():
    decided = decide(None)

    assert (decided.allowed, decided.reasons, decided.options) == (False, (Reason.NOT_AVAILABLE,), ())


def test_a_basic_account_is_told_what_opens_a_premium_title():
    decided = decide(facts(), listed_in=("standard",))

    assert decided.reasons == (Reason.NOT_IN_SUBSCRIPTION,)
    assert decided.options == (domain.Subscribe(STANDARD), domain.Subscribe(PREMIUM))


def test_a_higher_tier_opens_the_packages_below_it():
    assert decide(facts(), by=viewer(Tier.STANDARD)).allowed


def test_a_package_of_everything_holds_titles_that_no_package_lists():
    assert not decide(facts(), listed_in=(), by=viewer(Tier.STANDARD)).allowed
    assert decide(facts(), listed_in=(), by=viewer(Tier.PREMIUM)).allowed


def test_a_ceiling_too_low_offers_another_profile():
    decided = decide(facts(maturity_rating=4))

    assert (decided.reasons, decided.options) == ((Reason.MATURITY,), (domain.SwitchProfile(4),))


def test_a_window_to_come_offers_to_wait():
    decided = decide(facts(windows=(visibility.Window(NOW + HOUR),)))

    assert (decided.reasons, decided.options) == ((Reason.NOT_YET,), (domain.Wait(NOW + HOUR),))
    assert decided.expire_time == NOW + HOUR


def test_every_reason_is_told_with_the_hardest_first_and_nothing_is_offered_in_a_wrong_country():
    decided = decide(
        facts(maturity_rating=5, territories=frozenset({"DE"}), windows=(visibility.Window(NOW + HOUR),)),
        listed_in=("standard",),
    )

    assert decided.reasons == (Reason.TERRITORY, Reason.MATURITY, Reason.NOT_YET, Reason.NOT_IN_SUBSCRIPTION)
    assert decided.options == ()


def test_the_streams_are_those_of_the_best_package_the_tier_opens():
    assert [decide(None, by=viewer(tier)).max_streams for tier in Tier] == [0, 2, 3, 4]


def test_an_open_window_ends_the_decision_at_its_close():
    decided = decide(facts(windows=(visibility.Window(NOW - HOUR, NOW + HOUR),)))

    assert (decided.allowed, decided.expire_time) == (True, NOW + HOUR)
