"""NDJSON: a reading a line. A line that is no JSON spoils only itself."""

from __future__ import annotations

import re
from itertools import islice

import msgspec
from rest_framework.exceptions import ParseError

from sensors.decoding import faults
from sensors.decoding.batch import MOST_READINGS, Batch, check_containers, check_count
from sensors.decoding.strictness import keys_are_unique
from sensors.incoming import IncomingReading
from sensors.quality import Item, MalformedReading, Rejection

_decode_one = msgspec.json.Decoder(IncomingReading).decode
_LINES = re.compile(r"[^\s][^\n]*")
LONGEST_SHOWN = 10_000


def decode_lines(body: bytes) -> Batch:
    """Decode a reading a line; empty lines are skipped and not counted.

    Raises:
        ParseError: it is not UTF-8.
        PayloadTooLarge: there are more than 10,000 readings.
    """
    check_containers(body)
    readings = _decode_well(body)
    return Batch(_decode_closely(body) if readings is None else list(readings), single=False)


def _decode_well(body: bytes) -> list[IncomingReading] | None:
    """Return the readings, or None where a line must be looked at closely."""
    if body.count(b"\n") > MOST_READINGS:
        return None
    try:
        # Not `decode_lines`, which takes two readings in one line, and one in two.
        readings = [_decode_one(line) for line in body.split(b"\n") if line and not line.isspace()]
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    check_count(len(readings))
    return readings if keys_are_unique(body, readings) else None


def _decode_closely(body: bytes) -> list[Item]:
    try:
        text = body.decode()
    except UnicodeError as error:
        raise ParseError(f"This is not valid UTF-8: {error}") from error
    lines = [found.group() for found in islice(_LINES.finditer(text), MOST_READINGS + 1)]
    check_count(len(lines))
    return [_item(line) for line in lines]


def _item(line: str) -> Item:
    try:
        return faults.judge(faults.parse(line))
    except (ValueError, RecursionError) as error:
        return MalformedReading(line[:LONGEST_SHOWN], Rejection("json", f"This is not valid JSON: {error}"))
