"""A close look at one reading's JSON: what is wrong with it, field by field, and how it came."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from sensors.incoming import IncomingReading
from sensors.quality import UNSTORABLE, Item, MalformedReading, Rejection, is_deep

_PLACE = re.compile(r"at `\$\.(\w+)|missing required field `(\w+)`")
_FIELDS = frozenset(IncomingReading.__struct_fields__)
_TYPE = re.compile(r"`(\w+)( \| null)?`")
_WORDS = {
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "str": "text",
    "datetime": "a time",
    "uuid": "a UUID",
    "object": "an object",
    "array": "an array",
    "null": "nothing",
}
LONGEST_NUMBER = 100


class NoNumber(str):
    """What stands where a number should, such as NaN or 1e400, as it was written."""

    __slots__ = ()


class Repeated(list[Any]):
    """The values of a key that an object names more than once."""


def parse(text: str) -> Any:
    """Return any JSON as plain values, with `NoNumber` and `Repeated` where it is not as it should be.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    return _DECODER.decode(text)


def judge(row: Any) -> Item:
    """Return the reading that plain values make, or why they make none."""
    rejection = _first_fault(row) if isinstance(row, dict) else None
    if rejection is None:
        try:
            return msgspec.convert(row, IncomingReading)
        except msgspec.ValidationError as error:
            rejection = explain(error)
    return MalformedReading(row, rejection)


def explain(error: msgspec.ValidationError) -> Rejection:
    """Return the field and the reason that msgspec found, in words for people."""
    reason, _, _ = str(error).partition(" - at ")
    reason = _TYPE.sub(lambda found: _WORDS.get(found.group(1), found.group()), reason)
    if "unknown field" in reason:
        return Rejection("unknown_field", f"{reason}. What is no field of a reading goes into `metadata`.")
    place = _PLACE.search(str(error))
    field = (place.group(1) or place.group(2)) if place else "reading"
    return Rejection(field, f"{reason} in `{field}`." if place and place.group(1) else f"{reason}.")


def _first_fault(row: dict[str, Any]) -> Rejection | None:
    for key, value in row.items():
        if key in _FIELDS and _is_plain(value):
            continue
        for reason in _faults(key, value):
            return Rejection(key if key in _FIELDS else "reading", reason)
    return None


def _is_plain(value: Any) -> bool:
    """Return whether there is nothing to look for: a number, or a text without control characters."""
    kind = type(value)
    return kind is float or kind is int or (kind is str and value.isprintable())


def _faults(key: str, value: Any) -> Iterator[str]:
    """Yield what no type tells: repeated keys, numbers that are none, text that cannot be stored, nesting."""
    if isinstance(value, Repeated):
        yield f"`{_shown(key)}` is given {len(value)} times."
    if isinstance(value, NoNumber):
        yield f"{value} is not a finite number."
    for text in (key, value):
        if isinstance(text, str) and UNSTORABLE.search(text):
            yield f"`{_shown(text)}` has a character that cannot be stored: NUL, or half of a surrogate pair."
    if is_deep(value):
        yield f"`{_shown(key)}` is nested too deeply."
    else:
        yield from _faults_within(key, value)


def _faults_within(key: str, value: Any) -> Iterator[str]:
    items = value.items() if isinstance(value, dict) else []
    if isinstance(value, list):
        items = [(key, item) for item in value]
    for name, item in items:
        yield from _faults(name, item)


def _shown(text: str) -> str:
    return UNSTORABLE.sub("\ufffd", text[:LONGEST_NUMBER])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    values: dict[str, list[Any]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    return {key: Repeated(many) if len(many) > 1 else many[0] for key, many in values.items()}


def number(text: str) -> float | NoNumber:
    """Return the number that the text writes, if a float can hold it."""
    return float(text) if math.isfinite(float(text)) else NoNumber(_cut(text))


def _int(text: str) -> int | NoNumber:
    return int(text) if len(text) <= LONGEST_NUMBER else NoNumber(_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_NUMBER else f"{text[:LONGEST_NUMBER]}…"


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=NoNumber, parse_float=number, parse_int=_int
)
