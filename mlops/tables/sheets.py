"""A table of a row for each case, as people write it: CSV with a header, texts and numbers, maybe gzipped.

Rows are counted as a spreadsheet counts them: the header is row 1.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlops.predictors.classification import Table
from mlops.predictors.pairs import Bools, Column

GZIP = b"\x1f\x8b"
MOST_BYTES = 64 * 1024 * 1024  # unpacked
HEAD_BYTES = 256 * 1024  # in which the header ends
MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_CELLS = 5_000_000
MOST_TEXTS = 100  # different ones in a column; more are names of rows
LARGEST = 1e100  # products of two inputs must stay finite
YES, NO = frozenset({"1", "1.0", "true", "yes"}), frozenset({"0", "0.0", "false", "no"})


class BadTable(ValueError):
    """The table cannot be learnt from; the message names the row, the column and the reason.

    `field` is what has to change: the file, the target, or what is left out.
    """

    def __init__(self, message: str, field: str = "file") -> None:
        super().__init__(message)
        self.field = field


def read_table(data: bytes, *, target: str, without: Sequence[str] = ()) -> Table:
    """Read the file's bytes: the column `target` says which rows failed, those `without` are no inputs.

    Raises:
        BadTable: it is no such table.
    """
    texts = read_texts(data)
    for field, some in (("target", [target]), ("without", without)):
        if missing := [name for name in some if name not in texts]:
            raise BadTable(f"There is no column {missing[0]!r}; there are {', '.join(texts)}.", field)
    inputs = [name for name in texts if name not in {target, *without}]
    if not inputs:
        raise BadTable("No column is left to learn from.", "without")
    columns = {name: as_column(name, texts[name]) for name in inputs}
    return Table(columns, _labels(target, texts[target]))


def read_texts(data: bytes) -> dict[str, tuple[str, ...]]:
    """Return the cells of each column, as they are written.

    Raises:
        BadTable: it is no table.
    """
    names, rows = _cells(_text(data))
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def check_header(data: bytes) -> None:
    """Look at the first row only.

    Raises:
        BadTable: it is no header of a table.
    """
    head = _unpacked(data, HEAD_BYTES).decode("utf-8-sig", "replace")
    try:
        _header(next(csv.reader(io.StringIO(head, newline=""), strict=True), []))
    except csv.Error as error:
        raise BadTable(f"Row 1: {error}.") from error


def _unpacked(data: bytes, most: int) -> bytes:
    if not data.startswith(GZIP):
        return data[:most]
    try:
        with gzip.open(io.BytesIO(data)) as file:
            return file.read(most)
    except (OSError, EOFError, zlib.error) as error:
        raise BadTable(f"It cannot be unpacked: {error}.") from error


def _text(data: bytes) -> str:
    data = _unpacked(data, MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise BadTable(f"It is larger than {MOST_BYTES >> 20} MB.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        raise BadTable(f"Row {row} is not UTF-8.") from error
    if "\0" in text:
        raise BadTable(f"Row {text[: text.index(chr(0))].count(chr(10)) + 1} has a zero byte.")
    return text


def _cells(text: str) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows below it, each as long as the header."""
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = _header(next(reader, []))
        for number, row in enumerate(reader, 2):
            if len(row) != len(names):
                raise BadTable(f"Row {number} has {len(row)} cells, the header has {len(names)}.")
            if number - 1 > min(MOST_ROWS, MOST_CELLS // len(names)):
                raise BadTable(f"It has more than {number - 2} rows of {len(names)} columns.")
            rows.append(row)
    except csv.Error as error:
        raise BadTable(f"Row {len(rows) + 2}: {error}.") from error
    if not rows:
        raise BadTable("It has no rows below its header.")
    return names, rows


def _header(names: list[str]) -> list[str]:
    names = [name.strip() for name in names]
    for place, name in enumerate(names, 1):
        if not name:
            raise BadTable(f"Column {place} has no name in row 1.")
        if name in names[: place - 1]:
            raise BadTable(f"Two columns are called {name!r}.")
    if not 2 <= len(names) <= MOST_COLUMNS:
        raise BadTable(f"It has {len(names)} columns, parted by commas; 2 to {MOST_COLUMNS} can be taken.")
    return names


def as_column(name: str, texts: Sequence[str]) -> Column:
    """Return numbers where most cells are some, else texts.

    Raises:
        BadTable: it can be no input.
    """
    for row, text in enumerate(texts, 2):
        if not text.strip():
            raise BadTable(f"Row {row}, column {name!r} is empty.", "without")
    values = [_number(text) for text in texts]
    if 2 * values.count(None) > len(values):
        return _names(name, texts)
    for row, (value, text) in enumerate(zip(values, texts, strict=True), 2):
        if value is None or not abs(value) <= LARGEST:
            message = f"Row {row}, column {name!r}: {text!r} is no number that can be learnt from."
            raise BadTable(message, "without")
    return np.array(values, float)


def _names(name: str, texts: Sequence[str]) -> Column:
    stripped = [text.strip() for text in texts]
    different = len(set(stripped))
    if different > MOST_TEXTS:
        raise BadTable(
            f"Column {name!r} has {different} different texts, more than {MOST_TEXTS}: leave it out "
            "or write kinds in its place.",
            "without",
        )
    return np.array(stripped)


def _number(text: str) -> float | None:
    try:
        value = None if "_" in text else float(text)
    except ValueError:
        return None
    return value if value is None or not math.isnan(value) else math.inf


def _labels(target: str, texts: Sequence[str]) -> Bools:
    said = [text.strip().lower() for text in texts]
    for row, text in enumerate(said, 2):
        if text not in YES | NO:
            message = f"Row {row}, column {target!r}: {texts[row - 2]!r} is neither 0 nor 1."
            raise BadTable(message, "target")
    labels: np.ndarray[Any, np.dtype[np.bool_]] = np.array([text in YES for text in said])
    return labels
