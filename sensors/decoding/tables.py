"""CSV: a header of field names in any order, and a reading a row."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

import msgspec
from rest_framework.exceptions import ParseError

from sensors.decoding import faults
from sensors.decoding.batch import MOST_READINGS, Batch, check_count
from sensors.incoming import IncomingReading
from sensors.quality import Item, MalformedReading, Rejection

FIELDS = IncomingReading.__struct_fields__
DELIMITERS = ",;\t|"
NUMBERS = ("value", "quality")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_OF_NUMBERS = b"0123456789+-.eE"

Row = list[str]


def decode_table(body: bytes) -> Batch:
    """Decode rows of comma, semicolon, tab or bar separated cells; an empty cell is a field not given.

    Raises:
        ParseError: it is not UTF-8 or no CSV, or the header is not made of field names.
        PayloadTooLarge: there are more than 10,000 readings.
    """
    try:
        names, rows = _read(body.decode())
    except UnicodeError as error:
        raise ParseError(f"This is not valid UTF-8: {error}") from error
    check_count(len(rows))
    readings = _decode_well(names, rows)
    if readings is None:
        readings = [_decode_closely(names, row) for row in rows]
    return Batch(readings, single=False)


def _read(text: str) -> tuple[Row, list[Row]]:
    text = text.lstrip("\r\n")
    delimiter = _delimiter_of(text[: text.find("\n")] if "\n" in text else text)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    try:
        names = _names(next(reader, []))
        rows = list(islice((row for row in reader if row), MOST_READINGS + 1))
    except csv.Error as error:
        raise ParseError(f"This is not valid CSV: {error} (line {reader.line_num}).") from error
    return names, rows


def _delimiter_of(header: str) -> str:
    """Return what separates most names of fields in the header."""
    return max(DELIMITERS, key=lambda delimiter: len(set(FIELDS) & {*_cells(header, delimiter)}))


def _cells(header: str, delimiter: str) -> Row:
    return [cell.strip().strip('"').lower() for cell in header.split(delimiter)]


def _names(header: Row) -> Row:
    names = [name.strip().lower() for name in header]
    if unknown := [name for name in names if name not in FIELDS]:
        raise ParseError(f"The header names {unknown[0][:100]!r}; the fields are {', '.join(FIELDS)}.")
    if len(set(names)) < len(names):
        raise ParseError("The header names a field more than once.")
    if missing := [name for name in ("sensor_id", "value") if name not in names]:
        raise ParseError(f"The header does not name {missing[0]!r}.")
    return names


def _decode_well(names: Row, rows: Sequence[Row]) -> list[Item] | None:
    """Return the readings, or None where a row must be looked at closely."""
    if "metadata" in names:
        return None
    try:
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for place, name in enumerate(names):
            if name in NUMBERS:
                columns[place] = _numbers(columns[place])
        cells = [
            {name: cell for name, cell in zip(names, row, strict=True) if cell != ""}
            for row in zip(*columns, strict=True)
        ]
        return list(msgspec.convert(cells, list[IncomingReading]))
    except (ValueError, IndexError):
        return None


def _numbers(cells: Sequence[str]) -> Sequence[float | str]:
    """Return the cells as numbers; an empty one stays as it is.

    Raises:
        ValueError: one is no finite number, or in a spelling such as 1_000 that only Python takes for one.
    """
    if "".join(cells).encode().translate(None, _OF_NUMBERS):
        raise ValueError("there is more than numbers")
    numbers = [float(cell) if cell else cell for cell in cells]
    if not all(math.isfinite(number) for number in numbers if number != ""):
        raise ValueError("a number is not finite")
    return numbers


def _decode_closely(names: Row, row: Row) -> Item:
    cells = [cell.strip() for cell in row]
    payload = {name: typed(name, cell) for name, cell in zip(names, cells, strict=False) if cell}
    if len(cells) == len(names):
        return faults.judge(payload)
    detail = f"The row has {len(cells)} cells, the header {len(names)}."
    return MalformedReading({**payload, "cells": cells}, Rejection("columns", detail))


def typed(name: str, cell: str) -> Any:
    """Return what the cell means in its column; what it does not mean stays text, and is told of."""
    if name in NUMBERS:
        return faults.number(cell) if _NUMBER.fullmatch(cell) else faults.NoNumber(cell)
    if name == "metadata":
        with suppress(ValueError, RecursionError):
            return faults.parse(cell)
    return cell
