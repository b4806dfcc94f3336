"""A table in a text file: what it is made of, and its lines from any place on. A plain rule."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from sensors.transfers.cells import BadCell, iso_time, number

DELIMITERS = (",", ";", "\t", "|")
HEAD_BYTES = 128 * 1024
LONGEST_LINE = 1024 * 1024  # bytes
MOST_COLUMNS = 1000
LONGEST_NAME = 200
SHOWN = 20  # rows


class Unreadable(ValueError):
    """The file is no table that we can read; the message says what to do."""


@dataclass(frozen=True)
class Table:
    """What a file is made of: `rows` are its first ones, as text."""

    delimiter: str
    encoding: str
    columns: list[str]
    rows: list[list[str]]


class Line(NamedTuple):
    """A line of the file: its number, its text, and its cells or why it has none."""

    number: int
    text: str
    cells: list[str]
    problem: BadCell | None = None


def describe_table(head: bytes) -> Table:
    """Find out encoding, delimiter and columns from the beginning of a file.

    Raises:
        Unreadable: this is no table with a heading.
    """
    encoding = find_encoding(head)
    lines = _whole_lines(head, encoding)
    if not lines:
        raise Unreadable("The file is empty.")
    delimiter = find_delimiter(lines)
    try:
        columns = name_columns(split(lines[0], delimiter))
    except BadCell as error:
        raise Unreadable(f"The heading: {error.reason}") from None
    rows = [_line(place, line, delimiter, None) for place, line in enumerate(lines[1 : SHOWN + 1], 2)]
    return Table(delimiter, encoding, columns, [row.cells or [row.text] for row in rows])


def find_encoding(head: bytes) -> str:
    """Tell UTF-8, UTF-16 (by its mark) and Windows-1252 apart."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\x00" in head:
        raise Unreadable("This is no text. Send CSV, CSV.gz or Parquet.")
    try:
        head[: head.rfind(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig" if head.startswith(b"\xef\xbb\xbf") else "utf-8"


def _whole_lines(head: bytes, encoding: str) -> list[str]:
    text = head.decode(encoding, errors="replace").removeprefix("\ufeff")
    if "\r" in text and "\n" not in text:
        raise Unreadable("The lines end as on an old Mac. Save the file with line feeds.")
    lines = text.split("\n")
    if len(head) >= HEAD_BYTES:
        lines.pop()  # its end is not here
    return [line.rstrip("\r") for line in lines if line.strip()]


def find_delimiter(lines: list[str]) -> str:
    """Return what parts most cells, alike in every line as far as possible."""

    def score(delimiter: str) -> tuple[int, int]:
        widths = [line.count(delimiter) + 1 for line in lines[: SHOWN + 1]]
        return (sum(width == widths[0] for width in widths) if widths[0] > 1 else 0, widths[0])

    return max(DELIMITERS, key=score)


def split(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line, without spaces around them.

    Raises:
        BadCell: a quotation mark is not closed in this line. A record is one line.
    """
    if '"' not in line:
        return [cell.strip() for cell in line.split(delimiter)]
    try:
        row = next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise BadCell("row", f"The line cannot be parted into cells: {error}.") from None
    return [cell.strip() for cell in row]


def name_columns(names: list[str]) -> list[str]:
    """Return the heading as names, each unique.

    Raises:
        Unreadable: there are too many, one comes twice, or these are values and no names.
    """
    if len(names) > MOST_COLUMNS:
        raise Unreadable(f"The file has {len(names)} columns; at most {MOST_COLUMNS} can be read.")
    named = [name[:LONGEST_NAME] or f"column {place}" for place, name in enumerate(names, 1)]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise Unreadable(f"The heading names a column twice: {', '.join(twice)}.")
    if values := [name for name in named if _is_value(name)]:
        raise Unreadable(f"The first line must name the columns; {values[0]!r} looks like a value.")
    return named


def _is_value(text: str) -> bool:
    for read in (number, iso_time):
        try:
            read(text)
        except ValueError:
            continue
        return True
    return False


def read_lines(file: BinaryIO, *, encoding: str, delimiter: str, number: int, most: int) -> Iterator[Line]:
    """Yield up to `most` lines that are not empty, from where the file stands; `number` lines came before."""
    while most and (raw := file.readline(LONGEST_LINE)):
        number += 1
        whole = raw.endswith(b"\n") or len(raw) < LONGEST_LINE
        if not whole:
            _skip_line(file)
        text, problem = _decode(raw, encoding)
        if not text.strip():
            continue
        most -= 1
        problem = problem if whole else BadCell("row", f"The line is longer than {LONGEST_LINE:,} bytes.")
        yield _line(number, text, delimiter, problem)


def _skip_line(file: BinaryIO) -> None:
    while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass


def _decode(raw: bytes, encoding: str) -> tuple[str, BadCell | None]:
    try:
        return raw.decode(encoding).rstrip("\r\n"), None
    except UnicodeDecodeError:
        text = raw.decode(encoding, errors="replace").rstrip("\r\n")
        return text, BadCell("encoding", f"The line is not {encoding.removesuffix('-sig').upper()}.")


def _line(number: int, text: str, delimiter: str, problem: BadCell | None) -> Line:
    if problem:
        return Line(number, text, [], problem)
    try:
        return Line(number, text, split(text, delimiter))
    except BadCell as error:
        return Line(number, text, [], error)
