"""Tables as people save them, and files that are none."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.transfers import tables
from sensors.transfers.mapping import complete_mapping
from sensors.transfers.tables import Unreadable, describe_table, read_lines

ROW = "P-1,2026-03-02T12:00:00Z,2.5\n"


@pytest.mark.parametrize(
    ("head", "delimiter", "encoding"),
    [
        (b"sensor,time,value\nP-1,2026-03-02,2\n", ",", "utf-8"),
        (b"sensor;time;value\nP-1;2026-03-02;2,5\n", ";", "utf-8"),
        (b"sensor\ttime\tvalue\r\nP,1\t2026-03-02\t2,5\r\n", "\t", "utf-8"),
        (b"\xef\xbb\xbfsensor,time,value\n", ",", "utf-8-sig"),
        ("sensor,time,value\nÖl,2026-03-02,2\n".encode("cp1252"), ",", "cp1252"),
        ("sensor,time,value\nÖl,2026-03-02,2\n".encode("utf-16"), ",", "utf-16"),
    ],
)
def test_delimiter_and_encoding_are_found(head, delimiter, encoding):
    table = describe_table(head)
    assert (table.delimiter, table.encoding) == (delimiter, encoding)
    assert table.columns == ["sensor", "time", "value"]


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"", "empty"),
        (b"\x00\x01", "no text"),
        (b"a,b\r1,2\r", "old Mac"),
        (b"time,a,a\n", "twice: a"),
        (b"2026-03-02,2.5\n2026-03-03,2.6\n", "must name the columns"),
        (b'"a,b\n', "cannot be parted"),
        (b",".join(b"c%d" % n for n in range(1001)) + b"\n", "at most 1000"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(head, words):
    with pytest.raises(Unreadable, match=words):
        describe_table(head)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_refused(head):
    with suppress(Unreadable):
        assert complete_mapping({}, describe_table(head))


def lines_of(text: bytes, **values):
    options = {"encoding": "utf-8", "delimiter": ",", "number": 1, "most": 10} | values
    return list(read_lines(io.BytesIO(text), **options))


def test_a_broken_line_takes_no_other_along(monkeypatch):
    monkeypatch.setattr(tables, "LONGEST_LINE", 64)
    text = b"\n".join([ROW.strip().encode(), b'"never closed', b"\xff,b", b"x" * 1000, ROW.encode()])
    lines = lines_of(text)
    assert [line.number for line in lines] == [2, 3, 4, 5, 6]
    assert [line.problem and line.problem.code for line in lines] == [None, "row", "encoding", "row", None]
    assert lines[-1].cells == ROW.strip().split(",")


def test_empty_lines_are_no_rows_and_keep_the_numbers():
    assert [line.number for line in lines_of(b"\n \r\na\n\nb")] == [4, 6]


@pytest.mark.parametrize(
    ("cells", "form", "doubts"),
    [
        (["2026-03-02T12:00:00Z"], "iso", []),
        (["1772452800"], "epoch_s", []),
        (["1772452800123"], "epoch_ms", []),
        (["20260302120000"], "%Y%m%d%H%M%S", ["zone"]),
        (["31.12.2026 12:00"], "%d.%m.%Y %H:%M", ["zone"]),
        (["01/02/2026 12:00:00"], "%d/%m/%Y %H:%M:%S", ["time_format", "zone"]),
        (["01/02/2026 12:00:00", "13/02/2026 12:00:00"], "%d/%m/%Y %H:%M:%S", ["zone"]),
        (["soon"], "iso", ["time_format"]),
    ],
)
def test_the_form_of_times_is_seen_or_asked_for(cells, form, doubts):
    rows = "".join(f"P-1,{cell},2.5\n" for cell in cells)
    mapping, found = complete_mapping({}, describe_table(f"sensor,timestamp,value\n{rows}".encode()))
    assert mapping.time_format == form
    assert [doubt.field for doubt in found] == doubts


def test_a_comma_that_may_part_thousands_is_asked_for():
    table = describe_table(b"sensor;timestamp;value\nP-1;2026-03-02T12:00:00Z;1,234\n")
    assert [doubt.field for doubt in complete_mapping({}, table)[1]] == ["decimal"]
    assert complete_mapping({"decimal": ","}, table)[1] == []
