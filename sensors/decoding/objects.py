"""From a request's JSON to readings: one pass in compiled code, and a verdict for each when some are bad."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import msgspec
from rest_framework.exceptions import ParseError

from sensors.decoding.batch import Batch
from sensors.incoming import IncomingReading
from sensors.quality import Item, MalformedReading, Rejection

_decode_readings = msgspec.json.Decoder(list[IncomingReading]).decode
_decode_rows = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_reading = msgspec.json.Decoder(IncomingReading).decode
_PLACE = re.compile(r"at `\$\.(\w+)|missing required field `(\w+)`")
_NOT_NUMBERS = re.compile(rb"NaN|Infinity")
LONGEST_INTEGER = 100
SHAPES = "Send a reading, an array of readings, or an object whose `readings` is such an array."


class _Envelope(msgspec.Struct):
    readings: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_decode_envelope = msgspec.json.Decoder(_Envelope).decode


def decode_objects(body: bytes) -> Batch:
    """Decode one reading, an array of readings, or `{"readings": [...]}`.

    Raises:
        ParseError: this is not JSON, or none of the three.
    """
    if b"\\u0000" in body or b"\x00" in body:
        raise ParseError("The text contains a NUL character, which cannot be stored.")
    try:
        return _decode(body)
    except msgspec.ValidationError as error:
        raise ParseError(f"{SHAPES} {error}") from error
    except (msgspec.DecodeError, UnicodeError) as error:
        return _decode_leniently(body, error)
    except RecursionError:
        raise ParseError("The JSON is nested too deeply.") from None


def _decode(body: bytes) -> Batch:
    if body.lstrip()[:1] == b"[":
        return Batch(_decode_many(body), single=False)
    rows = _decode_envelope(body).readings
    if rows is msgspec.UNSET:
        return Batch([_decode_one(body)], single=True)
    return Batch(_decode_many(bytes(rows)), single=False)


def _decode_many(body: bytes) -> list[Item]:
    try:
        return list(_decode_readings(body))
    except msgspec.ValidationError:
        return [_decode_one(row) for row in _decode_rows(body)]


def _decode_one(row: bytes | msgspec.Raw) -> Item:
    try:
        return _decode_reading(row)
    except msgspec.ValidationError as error:
        return MalformedReading(_plain(bytes(row)), _rejection(error))


def _plain(text: bytes) -> Any:
    """Return any JSON as plain values; what is no number of JSON stays text, so that it can be shown.

    Raises:
        ValueError: it is no JSON, or no UTF-8: lone surrogates cannot be stored.
    """
    plain = json.loads(text.decode(), parse_constant=str, parse_float=_float_or_text, parse_int=_int_or_text)
    msgspec.json.encode(plain)  # refuses lone surrogates
    return plain


def _float_or_text(text: str) -> float | str:
    return float(text) if math.isfinite(float(text)) else text


def _int_or_text(text: str) -> int | str:
    return int(text) if len(text) < LONGEST_INTEGER else text


def _rejection(error: msgspec.ValidationError) -> Rejection:
    place = _PLACE.search(str(error))
    field = (place.group(1) or place.group(2)) if place else "reading"
    return Rejection(field, str(error))


def _decode_leniently(body: bytes, error: Exception) -> Batch:
    """Decode JSON with NaN or Infinity in it, as careless programs write it; those readings are bad ones."""
    if not _NOT_NUMBERS.search(body):
        raise ParseError(f"This is not valid JSON: {error}") from error
    try:
        rows = _plain(body)
    except (ValueError, RecursionError) as broken:
        raise ParseError(f"This is not valid JSON: {broken}") from broken
    if isinstance(rows, dict) and "readings" not in rows:
        return Batch([_convert(rows)], single=True)
    rows = rows["readings"] if isinstance(rows, dict) else rows
    if not isinstance(rows, list):
        raise ParseError(SHAPES)
    return Batch([_convert(row) for row in rows], single=False)


def _convert(row: Any) -> Item:
    try:
        return msgspec.convert(row, IncomingReading)
    except msgspec.ValidationError as error:
        return MalformedReading(row, _rejection(error))
