"""The checks of field values that the contract does not state: ids, NUL characters and times."""

import pytest
from google.protobuf import duration_pb2, struct_pb2, timestamp_pb2
from marquee.catalog.v1 import catalog_service_pb2
from marquee.identity.v1 import identity_admin_service_pb2
from marquee.playback.v1 import playback_service_pb2
from marquee.viewing.v1 import viewing_pb2, viewing_service_pb2

from services.kit import errors, request_sanitizer, validation, watchable_subjects

ID = "0190aaaa-bbbb-7ccc-8ddd-0123456789ef"


def read(request):
    return validation.RequestParser(type(request).FromString).parse(request.SerializeToString())


def wrong_fields(request):
    with pytest.raises(errors.RequestInvalid) as raised:
        read(request)
    return [violation.field for violation in raised.value.details[0].field_violations]


def test_an_id_reaches_the_handler_in_lower_case():
    reader = validation.RequestParser(catalog_service_pb2.GetTitleRequest.FromString)
    data = catalog_service_pb2.GetTitleRequest(title_id=ID.upper()).SerializeToString()

    assert [ID, ID] == [reader.parse(data).title_id, reader.parse(data).title_id]


def test_ids_in_lists_and_in_nested_messages_become_lower_case():
    several = catalog_service_pb2.BatchGetTitlesRequest(title_ids=[ID, ID[:-1].upper() + "0"])
    nested = viewing_service_pb2.RecordEventsRequest(
        events=[viewing_pb2.ViewingEvent(event_id=ID.upper(), subject=watchable_subjects.title(ID.upper()))]
    )
    for message in (several, nested):
        assert request_sanitizer.FieldValues(message.DESCRIPTOR).canonicalize(message)

    assert [ID, ID[:-1] + "0"] == several.title_ids
    assert (ID, ID) == (nested.events[0].event_id, nested.events[0].subject.title_id)


def test_a_text_that_is_not_an_id_keeps_its_case():
    assert "Lighthouse" == read(catalog_service_pb2.SearchTitlesRequest(query="Lighthouse")).query


def test_a_nul_is_reported_with_its_field():
    good = identity_admin_service_pb2.ProfileImport(display_name="Kid")
    bad = identity_admin_service_pb2.ProfileImport(display_name="K\0id")
    account = identity_admin_service_pb2.AccountImport(
        email="a@b.test", password="test123", display_name="A", profiles=[good, bad]
    )

    assert ["query"] == wrong_fields(catalog_service_pb2.SearchTitlesRequest(query="a\0b"))
    assert ["accounts[0].profiles[1].display_name"] == wrong_fields(
        identity_admin_service_pb2.ImportAccountsRequest(accounts=[account])
    )


def test_a_nul_is_found_in_maps_and_in_recursive_messages():
    value = struct_pb2.Struct()
    value.update({"outer": {"in\0ner": ["a", "b\0"]}})
    values = request_sanitizer.FieldValues(struct_pb2.Struct.DESCRIPTOR)

    paths = [path for path, _ in values.violations(value, value.SerializeToString())]

    inner = "fields[outer].struct_value.fields"
    assert [inner, f"{inner}[in\0ner].list_value.values[1].string_value"] == paths


def test_bytes_may_hold_a_nul():
    assert b"\0" == read(playback_service_pb2.GetLicenseRequest(session_id=ID, body={"data": b"\0"})).body.data


@pytest.mark.parametrize(
    ("seconds", "nanos"),
    [
        (-62135596800, 0),  # The first instant of protobuf,
        (-62135596801, 0),  # and the one before.
        (253402300799, 999_999_999),  # The last instant of protobuf,
        (253402300800, 0),  # and the one after.
        (253402300799 + 12 * 3600, 0),  # What 9999-12-31T23:59:59-12:00 means.
        (0, 1_000_000_000),
        (0, -1),
        (2**63 - 1, 2**31 - 1),
        (-(2**63), -(2**31)),
    ],
)
def test_an_instant_near_or_beyond_the_limits_is_reported_with_its_field(seconds, nanos):
    time = timestamp_pb2.Timestamp(seconds=seconds, nanos=nanos)
    event = viewing_pb2.ViewingEvent(event_id=ID, subject=watchable_subjects.title(ID), occur_time=time)

    assert ["events[0].occur_time"] == wrong_fields(viewing_service_pb2.RecordEventsRequest(events=[event]))


@pytest.mark.parametrize(("seconds", "nanos"), [(2**63 - 1, 0), (-(2**63), 0), (1, -1), (-1, 1), (0, 1_000_000_000)])
def test_a_duration_out_of_range_is_reported_with_its_field(seconds, nanos):
    length = duration_pb2.Duration(seconds=seconds, nanos=nanos)

    assert ["position"] == wrong_fields(playback_service_pb2.HeartbeatRequest(session_id=ID, position=length))


def test_the_last_nanosecond_of_a_second_is_valid():
    message = viewing_pb2.ViewingEvent(occur_time=timestamp_pb2.Timestamp(seconds=1, nanos=999_999_999))

    assert [] == request_sanitizer.FieldValues(message.DESCRIPTOR).violations(message, message.SerializeToString())
