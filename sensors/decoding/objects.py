"""JSON: one reading, an array, or {"readings": [...]}; one pass in compiled code where all is well."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from rest_framework.exceptions import ParseError

from sensors.decoding import faults
from sensors.decoding.batch import Batch, check_containers, check_count
from sensors.decoding.strictness import keys_are_unique
from sensors.incoming import IncomingReading

SHAPES = "Send a reading, an array of readings, or an object whose `readings` is such an array."
# What a strict decoder calls broken, and is a fault of one reading: NaN, and half of a surrogate pair.
_CURABLE = re.compile(rb"NaN|Infinity|\\u[dD][89a-fA-F]")


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    readings: list[IncomingReading]


_decode_many = msgspec.json.Decoder(list[IncomingReading]).decode
_decode_one = msgspec.json.Decoder(IncomingReading).decode
_decode_envelope = msgspec.json.Decoder(_Envelope).decode


def decode_objects(body: bytes) -> Batch:
    """Decode one reading, an array of readings, or `{"readings": [...]}`.

    Raises:
        ParseError: this is not JSON, or none of the three.
        PayloadTooLarge: there are more than 10,000 readings.
    """
    check_containers(body)
    try:
        return _decode_well(body) or _decode_closely(body)
    except msgspec.ValidationError:
        return _decode_closely(body)
    except (msgspec.DecodeError, UnicodeError) as error:
        if _CURABLE.search(body):
            return _decode_closely(body)
        raise ParseError(f"This is not valid JSON: {error}") from error
    except RecursionError:
        raise ParseError("The JSON is nested too deeply.") from None


def _decode_well(body: bytes) -> Batch | None:
    """Return what the body carries, or None where a reading must be looked at closely.

    Raises:
        msgspec.ValidationError: something in it is of a wrong type.
    """
    outer = 0
    if body.lstrip()[:1] == b"[":
        readings, single = _decode_many(body), False
    elif b'"readings"' in body:
        readings, single, outer = _decode_envelope(body).readings, False, 1
    else:
        readings, single = [_decode_one(body)], True
    check_count(len(readings))
    return Batch(list(readings), single) if keys_are_unique(body, readings, outer) else None


def _decode_closely(body: bytes) -> Batch:
    try:
        content = faults.parse(body.decode())
    except (ValueError, RecursionError) as error:
        raise ParseError(f"This is not valid JSON: {error}") from error
    if isinstance(content, dict) and "readings" not in content:
        return Batch([faults.judge(content)], single=True)
    rows = _rows_of(content)
    check_count(len(rows))
    return Batch([faults.judge(row) for row in rows], single=False)


def _rows_of(content: Any) -> list[Any]:
    """Return the rows of an array or an envelope.

    Raises:
        ParseError: it is neither, or the envelope holds more.
    """
    if isinstance(content, dict):
        if others := sorted(set(content) - {"readings"}):
            raise ParseError(f"{SHAPES} Beside `readings` there is {others[0][:100]!r}.")
        content = content["readings"]
    if isinstance(content, faults.Repeated):
        raise ParseError("`readings` is given more than once.")
    if not isinstance(content, list):
        raise ParseError(SHAPES)
    return content
