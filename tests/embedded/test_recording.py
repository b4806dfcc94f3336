from __future__ import annotations

import gzip
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from smartmaint.embedded.recording import RecordingUnreadable, in_time_order, open_recording, survey

ZONE = ZoneInfo("America/Sao_Paulo")
NARROW = "timestamp,value\n2024-01-01 00:00:00,1.5\n2024-01-01 00:05:00,-18\n"
WIDE = (
    "datetime;a;b;label\n2024-01-01 00:00:00;1;2;0\n2024-01-01 00:00:01;;x;1\n2024-01-01 00:00:02;nan;4;1\n"
)


def recording(tmp_path, text, *columns, name="r.csv"):
    path = tmp_path / name
    path.write_text(text)
    return open_recording(path, columns=columns, zone=ZONE)


def test_it_reads_times_without_an_offset_in_the_sites_zone(tmp_path):
    first = next(recording(tmp_path, NARROW).rows())
    assert first.at == datetime(2024, 1, 1, 3, tzinfo=UTC)
    assert first.values == (1.5,)


def test_it_keeps_an_offset_that_is_given(tmp_path):
    first = next(recording(tmp_path, "time,value\n2024-01-01T00:00:00+01:00,1\n").rows())
    assert first.at == datetime(2023, 12, 31, 23, tzinfo=UTC)


def test_it_reads_a_packed_file(tmp_path):
    path = tmp_path / "r.csv.gz"
    path.write_bytes(gzip.compress(NARROW.encode()))
    assert survey(open_recording(path, columns=[], zone=ZONE)).rows == 2


def test_it_takes_every_column_but_the_times(tmp_path):
    assert recording(tmp_path, WIDE).columns == ("a", "b", "label")


def test_it_leaves_out_columns_that_are_not_asked_for(tmp_path):
    rows = list(recording(tmp_path, WIDE, "b", "a").rows())
    assert [row.values for row in rows] == [(2.0, 1.0), (None, None), (4.0, None)]


def test_it_names_the_columns_there_are_when_one_is_missing(tmp_path):
    with pytest.raises(RecordingUnreadable, match="no column c; it has datetime, a, b, label"):
        recording(tmp_path, WIDE, "c")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no column called timestamp"),
        ("a,b\n1,2\n", "no column called timestamp"),
        ("timestamp,value\n", "has no rows"),
        ("timestamp,value\n2024-01-01,1\nyesterday,2\n", "line 3: no time"),
    ],
)
def test_it_says_why_a_file_is_no_recording(tmp_path, text, reason):
    with pytest.raises(RecordingUnreadable, match=reason):
        survey(recording(tmp_path, text))


def test_it_says_that_there_is_no_file(tmp_path):
    with pytest.raises(RecordingUnreadable, match="No such file"):
        open_recording(tmp_path / "none.csv", columns=[], zone=ZONE)


def test_it_puts_lines_in_order_of_time(tmp_path):
    lines = "timestamp,value\n2024-01-03,3\n2024-01-01,1\n2024-01-02,2\n"
    mixed = recording(tmp_path, lines)
    extent = survey(mixed)
    assert not extent.in_order
    assert [row.values[0] for row in in_time_order(mixed, extent)] == [1, 2, 3]
    assert (extent.rows, extent.first.day, extent.last.day) == (3, 1, 3)
