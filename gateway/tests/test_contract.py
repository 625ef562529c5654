"""Reading the contracts, and the descriptors that are public."""

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool

from gateway import contract, descriptors
from gateway.contract import Audience, HttpRule, RateClass
from gateway.tests import contracts


@pytest.fixture(scope="module")
def whole():
    return contract.Contract.parse(contracts.image())


def _method(whole, name):
    return next(method for method in whole.methods if method.name == name)


def test_a_method_is_read_with_its_whole_policy(whole):
    expected = contract.Method(
        service="marquee.shop.v1.ShopService",
        name="GetThing",
        request="marquee.shop.v1.GetThingRequest",
        audience=Audience.PUBLIC,
        rate_class=RateClass.BROWSE,
        timeout=30.0,
        retryable=True,
        http_rules=(HttpRule("GET", "/api/v1/shop/things/{thing_id}"),),
    )

    assert expected == _method(whole, "GetThing")
    assert "/marquee.shop.v1.ShopService/GetThing" == expected.path
    assert "shop" == expected.area


def test_a_method_is_retryable_only_when_it_says_so(whole):
    assert _method(whole, "DeleteThing").retryable
    assert not _method(whole, "UpdateThing").retryable


def test_a_stream_that_stays_open_has_no_timeout(whole):
    watch = _method(whole, "WatchThings")

    assert (None, True) == (watch.timeout, watch.server_streaming)


def test_a_timeout_below_a_second_is_kept_exactly(whole):
    assert 0.3 == _method(whole, "Dawdle").timeout


@pytest.mark.parametrize(
    ("field", "error"),
    [
        ("audience", contract.AudienceMissing),
        ("rate_class", contract.RateClassMissing),
        ("timeout", contract.TimeoutMissing),
    ],
)
def test_a_policy_that_is_not_stated_is_named(field, error):
    with pytest.raises(error, match=r"marquee\.shop\.v1\.ShopService\.GetThing"):
        contract.Contract.parse(_without(field))


def test_a_deprecation_without_a_date_is_refused():
    with pytest.raises(contract.DateInvalid, match=r"marquee\.shop\.v1\.ShopService\.DeleteThing"):
        contract.Contract.parse(_changed("DeleteThing", lambda policy: policy.deprecation.ClearField("since")))


def _without(field):
    """The contracts with one field of one method's policy taken out."""
    return _changed("GetThing", lambda policy: policy.ClearField(field))


def _changed(name, change):
    files = descriptor_pb2.FileDescriptorSet.FromString(contracts.image())
    shop = next(file for file in files.file if file.package == "marquee.shop.v1")
    method = next(method for service in shop.service for method in service.method if method.name == name)
    options = contracts.message("google.protobuf.MethodOptions").FromString(method.options.SerializeToString())
    change(options.Extensions[contracts.pool().FindExtensionByName("marquee.policy.v1.method")])
    method.options.ParseFromString(options.SerializeToString())
    return files.SerializeToString()


@pytest.fixture(scope="module")
def visible(whole):
    pool = descriptor_pool.DescriptorPool()
    for file in descriptors.visible(whole).file:
        pool.Add(file)
    return pool


def test_outsiders_see_the_methods_that_are_for_them(visible):
    names = {method.name for method in visible.FindServiceByName("marquee.shop.v1.ShopService").methods}

    assert {"GetThing", "DeleteThing", "GetJwks"} <= names
    assert "CountThings" not in names


@pytest.mark.parametrize(
    "name",
    ["StockService", "CountThingsRequest", "CountThingsResponse", "Shelf", "ReserveRequest", "ReserveResponse"],
)
def test_outsiders_do_not_see_what_only_internal_methods_lead_to(visible, name):
    with pytest.raises(KeyError):
        visible.FindFileContainingSymbol(f"marquee.shop.v1.{name}")


@pytest.mark.parametrize("name", ["marquee.shop.v1.Thing", "marquee.shop.v1.Explanation", "google.rpc.ErrorInfo"])
def test_outsiders_see_what_answers_and_errors_carry(visible, name):
    assert visible.FindMessageTypeByName(name).full_name == name
