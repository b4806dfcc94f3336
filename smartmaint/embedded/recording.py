"""Recorded readings in a CSV file: `timestamp,value`, or `timestamp` and a column per sensor; `.gz` too."""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import IO

TIME_COLUMNS = ("timestamp", "datetime", "date", "time")


class RecordingUnreadable(ValueError):
    """The file is no recording; the message says what and where."""


@dataclass(frozen=True)
class Row:
    """What all columns said at one instant; None where a cell is empty or no number."""

    at: datetime
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Recording:
    """A file whose header has been understood. Naive times in it are meant in `zone`."""

    path: Path
    delimiter: str
    time_column: int
    columns: tuple[str, ...]
    places: tuple[int, ...]
    zone: tzinfo

    def rows(self) -> Iterator[Row]:
        """Yield the rows in the file's order.

        Raises:
            RecordingUnreadable: a line has no time where its time should be.
        """
        with _open(self.path) as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            next(reader)
            for cells in reader:
                if cells:
                    yield Row(self._time(cells, reader.line_num), tuple(self._values(cells)))

    def _time(self, cells: Sequence[str], line: int) -> datetime:
        try:
            at = datetime.fromisoformat(cells[self.time_column].strip())
        except (ValueError, IndexError):
            raise RecordingUnreadable(f"{self.path} line {line}: no time in {cells[:3]}.") from None
        return at if at.tzinfo else at.replace(tzinfo=self.zone)

    def _values(self, cells: Sequence[str]) -> Iterator[float | None]:
        for place in self.places:
            yield _number(cells[place]) if place < len(cells) else None


def open_recording(path: Path, *, columns: Sequence[str], zone: tzinfo) -> Recording:
    """Understand the header. Without `columns` every column but the time's is a sensor's.

    Raises:
        RecordingUnreadable: there is no such file, time column or column.
    """
    try:
        with _open(path) as file:
            first = file.readline()
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingUnreadable(f"{path} cannot be read: {error}") from error
    delimiter = ";" if first.count(";") > first.count(",") else ","
    header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
    time_column = _time_column(path, header)
    wanted = list(columns) or [name for place, name in enumerate(header) if place != time_column]
    if missing := sorted(set(wanted) - set(header)):
        raise RecordingUnreadable(f"{path} has no column {', '.join(missing)}; it has {', '.join(header)}.")
    places = tuple(header.index(name) for name in wanted)
    return Recording(path, delimiter, time_column, tuple(wanted), places, zone)


def _time_column(path: Path, header: list[str]) -> int:
    for place, name in enumerate(header):
        if name.lower() in TIME_COLUMNS:
            return place
    raise RecordingUnreadable(
        f"{path} has no column called {', '.join(TIME_COLUMNS)}; it has {', '.join(header)}."
    )


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _number(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True)
class Extent:
    """How much a recording holds: rows, its first and last instant, and whether its lines are in order."""

    rows: int
    first: datetime
    last: datetime
    in_order: bool


def survey(recording: Recording) -> Extent:
    """Read it through once.

    Raises:
        RecordingUnreadable: it has no rows, or a line without a time.
    """
    count, in_order = 0, True
    first = last = previous = None
    for row in recording.rows():
        count += 1
        first, last = min(first or row.at, row.at), max(last or row.at, row.at)
        in_order = in_order and (previous is None or previous <= row.at)
        previous = row.at
    if first is None or last is None:
        raise RecordingUnreadable(f"{recording.path} has no rows.")
    return Extent(count, first, last, in_order)


def in_time_order(recording: Recording, extent: Extent) -> Iterator[Row]:
    """Yield the rows by time; a file whose lines are in order is streamed, another is sorted in memory."""
    if extent.in_order:
        return recording.rows()
    return iter(sorted(recording.rows(), key=lambda row: row.at))
