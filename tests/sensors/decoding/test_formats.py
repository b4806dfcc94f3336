"""The same readings in each format."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import UTC, datetime, timedelta, timezone

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as some

from sensors.decoding import decode_batch
from sensors.incoming import IncomingReading
from tests.sensors.decoding.sending import CSV, JSON, NDJSON

TEXT = some.text(some.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
LEAVES = some.none() | some.booleans() | some.integers(-(2**60), 2**60) | TEXT | some.floats(-1e9, 1e9)
METADATA = some.dictionaries(
    TEXT,
    some.recursive(LEAVES, lambda inner: some.lists(inner) | some.dictionaries(TEXT, inner), max_leaves=5),
)
MOMENTS = some.datetimes(
    datetime(1970, 1, 2),
    datetime(2025, 12, 31),
    timezones=some.builds(timezone, some.builds(timedelta, minutes=some.integers(-840, 840))),
)
OPTIONAL = {
    "timestamp": MOMENTS.map(datetime.isoformat),
    "sensor_type": TEXT,
    "unit": TEXT,
    "quality": some.floats(0, 1),
    "correlation_id": some.uuids().map(str),
    "metadata": METADATA,
}
SENT = some.fixed_dictionaries(
    {"sensor_id": TEXT, "value": some.floats(allow_nan=False, allow_infinity=False)}, optional=OPTIONAL
)


def as_table(rows: list[dict], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    table = csv.DictWriter(text, IncomingReading.__struct_fields__, delimiter=delimiter)
    table.writeheader()
    for row in rows:
        metadata = {"metadata": json.dumps(row["metadata"])} if "metadata" in row else {}
        table.writerow({**row, "value": repr(row["value"]), **metadata})
    return text.getvalue().encode()


@settings(max_examples=40, deadline=None)
@given(rows=some.lists(SENT, max_size=5), delimiter=some.sampled_from(",;\t|"))
def test_a_valid_reading_is_the_same_in_every_format(rows, delimiter):
    expected = msgspec.convert(rows, list[IncomingReading])
    compact = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    lines = "\n".join(json.dumps(row) for row in rows).encode()
    table = as_table(rows, delimiter)
    assert decode_batch(compact, JSON).readings == expected
    assert decode_batch(json.dumps(rows, indent=2).encode(), JSON).readings == expected
    assert decode_batch(json.dumps({"readings": rows}).encode(), JSON).readings == expected
    assert decode_batch(lines, NDJSON).readings == expected
    assert decode_batch(table, CSV).readings == expected
    assert decode_batch(gzip.compress(table), CSV, "gzip").readings == expected


@settings(max_examples=60, deadline=None)
@given(
    row=SENT,
    key=some.sampled_from(["sensor_id", *OPTIONAL, "value"]),
    spaces=some.tuples(*[some.sampled_from(["", " ", "\n\t"])] * 3),
    escape=some.booleans(),
)
def test_no_key_is_ever_dropped_in_silence(row, key, spaces, escape):
    before, between, after = spaces
    shown = f"\\u{ord(key[0]):04x}{key[1:]}" if escape else key
    again = json.dumps(row.get(key), ensure_ascii=escape)
    text = json.dumps({key: None, **row}, ensure_ascii=escape, separators=(",", ":"))
    body = f'{text[:-1]},{before}"{shown}"{between}:{after}{again}}}'.encode()
    for batch in (decode_batch(body, JSON), decode_batch(b"[" + body + b"]", JSON)):
        assert not isinstance(batch.readings[0], IncomingReading)


def test_a_table_may_have_its_columns_in_any_order_and_any_case():
    table = b"Unit ; VALUE;timestamp; sensor_id\nbar; 2.5;2026-03-02T12:00:00Z;P-1\n;-1;;P-2"
    first, second = decode_batch(table, CSV).readings
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert first == IncomingReading(sensor_id="P-1", value=2.5, unit="bar", timestamp=at)
    assert second == IncomingReading(sensor_id="P-2", value=-1)
