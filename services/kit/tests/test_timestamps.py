"""Times are equal after a conversion to a message and back, also at the limits."""

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf import duration_pb2, timestamp_pb2
from hypothesis import given
from hypothesis import strategies as st

from services.kit import timestamps

INSTANTS = st.datetimes(timezones=st.just(UTC))
DURATIONS = st.timedeltas(min_value=timedelta(days=-3_600_000), max_value=timedelta(days=3_600_000))


@given(INSTANTS)
def test_an_instant_is_equal_after_a_round_trip(instant):
    expected = timestamp_pb2.Timestamp()
    expected.FromDatetime(instant)

    assert expected == timestamps.from_datetime(instant)
    assert instant == timestamps.to_datetime(expected) == expected.ToDatetime(UTC)


@given(DURATIONS)
def test_a_duration_is_equal_after_a_round_trip(duration):
    expected = duration_pb2.Duration()
    expected.FromTimedelta(duration)

    assert expected == timestamps.from_timedelta(duration)
    assert duration == timestamps.to_timedelta(expected)


def test_nanoseconds_are_truncated_and_not_rounded():
    last = timestamp_pb2.Timestamp(seconds=253402300799, nanos=999_999_999)

    assert datetime.max.replace(tzinfo=UTC) == timestamps.to_datetime(last)
    assert timedelta(microseconds=-1) == timestamps.to_timedelta(duration_pb2.Duration(nanos=-1_999))


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01", "2026-01-01T00:00:00", "x"])
def test_a_text_without_a_valid_instant_is_refused(text):
    with pytest.raises(ValueError, match=r"instant|isoformat"):
        timestamps.parse_instant(text)


def test_a_text_is_parsed_to_an_instant_in_utc():
    assert datetime(2026, 6, 28, 20, tzinfo=UTC) == timestamps.parse_instant("2026-06-28T22:00:00+02:00")
