"""Reading of import files, whole and damaged ones."""

import gzip
import io
import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog import errors
from services.catalog.imports import file_readers

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def read(how, data):
    return [row.value for row in how(io.BytesIO(data))]


def broken(how, data):
    rows = []
    with pytest.raises(errors.ImportUnreadable) as raised:
        for row in how(io.BytesIO(data)):
            rows.append(row.number)
    return int(raised.value.metadata["row"]), rows


@pytest.mark.no_cover
@given(st.lists(JSON))
def test_an_array_is_read_as_json_reads_it(values):
    assert values == read(file_readers.array, json.dumps(values, indent=1).encode())


@pytest.mark.no_cover
@given(st.lists(st.dictionaries(st.text(), JSON)))
def test_lines_are_read_as_json_reads_them(values):
    assert values == read(file_readers.lines, b"\n".join(json.dumps(value).encode() for value in values))


@pytest.mark.no_cover
@given(st.lists(JSON, min_size=1), st.data())
def test_an_array_that_is_cut_off_is_never_taken_for_a_whole_one(values, data):
    whole = json.dumps(values).encode()
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]

    row, before = broken(file_readers.array, cut)

    assert row == len(before) + 1


def test_items_larger_than_what_is_read_at_once_are_read_whole():
    values = ["x" * 200_000, 12, "y" * 65_536, {"z": "é" * 70_000}]

    assert values == read(file_readers.array, json.dumps(values, ensure_ascii=False).encode())


@pytest.mark.parametrize("how", [file_readers.lines, file_readers.array])
def test_gzip_is_recognised(how):
    data = b'[{"a": 1}]' if how is file_readers.array else b'{"a": 1}\n'

    assert [{"a": 1}] == read(how, gzip.compress(data))


@pytest.mark.parametrize("how", [file_readers.lines, file_readers.array])
def test_a_byte_order_mark_is_passed_over(how):
    data = b"[1]" if how is file_readers.array else b"1\n"

    assert [1] == read(how, b"\xef\xbb\xbf" + data)


def test_a_truncated_gzip_names_the_row_behind_the_last_good_one():
    rows = [{"number": number, "noise": str(hash(str(number)) ** 3)} for number in range(5000)]
    data = gzip.compress(orjson.dumps(rows))

    row, before = broken(file_readers.array, data[: len(data) // 2])

    assert 0 < len(before) < 5000
    assert row == len(before) + 1


def test_a_gzip_with_a_flipped_bit_is_refused():
    data = bytearray(gzip.compress(orjson.dumps(list(range(1000)))))
    data[-6] ^= 1  # the checksum

    assert 0 < broken(file_readers.array, bytes(data))[0]


def test_a_line_that_is_no_json_does_not_keep_the_next_from_being_read():
    rows = list(file_readers.lines(io.BytesIO(b'{"a": 1}\n{"a": \n\n{"a": 3}\n')))

    assert [(1, False), (2, True), (4, False)] == [(row.number, bool(row.unreadable)) for row in rows]


def test_a_last_line_that_ends_early_is_refused():
    assert 2 == broken(file_readers.lines, b'{"a": 1}\n{"a": ')[0]


def test_a_line_of_more_than_a_mebibyte_is_passed_over():
    rows = list(file_readers.lines(io.BytesIO(b'"' + b"x" * 3_000_000 + b'"\n2\n')))

    assert [(1, True), (2, False)] == [(row.number, bool(row.unreadable)) for row in rows]


@pytest.mark.parametrize(
    ("data", "row"),
    [
        (b'{"a": 1}', 1),
        (b'["a" "b"]', 2),
        (b'["a",]', 2),
        (b"[1] 2", 2),
        (b'["a", nonsense]', 2),
        (b'["a", "\xff"]', 1),
        (b"[" * 100_000, 1),
        (b"[1, " + b"9" * 5000 + b"]", 2),
    ],
)
def test_what_is_no_array_is_refused_with_the_row(data, row):
    assert row == broken(file_readers.array, data)[0]


def test_an_array_given_as_lines_is_refused_at_once():
    assert (1, []) == broken(file_readers.lines, b'[\n{"a": 1}\n]\n')


@pytest.mark.parametrize("data", [b"", b" \n\t"])
@pytest.mark.parametrize("how", [file_readers.lines, file_readers.array])
def test_an_empty_file_has_no_rows(how, data):
    assert [] == read(how, data)
