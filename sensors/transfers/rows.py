"""From a file's lines to readings, and to a line of the report for what is none. A plain rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sensors.incoming import IncomingReading
from sensors.quality import check_code
from sensors.transfers.cells import BadCell, comma_number, number, original, time_reader
from sensors.transfers.mapping import Mapping
from sensors.transfers.tables import Line

LONGEST_CODE, LONGEST_UNIT = 128, 32


class Refusal(NamedTuple):
    """A line of the report: where it stood, why it is not stored, and what stood there."""

    row: int
    column: str
    code: str
    reason: str
    text: str


class Place(NamedTuple):
    """Where a reading stood."""

    row: int
    column: str
    text: str


@dataclass
class Harvest:
    """What lines gave: `places` says where each of the readings stood."""

    rows: int = 0
    readings: list[IncomingReading] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, place: Place, code: str, reason: str) -> None:
        self.refusals.append(Refusal(place.row, place.column, code, reason, place.text))


@dataclass
class Harvester:
    """Reads lines by a mapping of these columns. `neutralised`: text may carry the mark of `neutralise`."""

    mapping: Mapping
    columns: Sequence[str]
    neutralised: bool = True

    def __post_init__(self) -> None:
        mapping = self.mapping
        self.at = {name: place for place, name in enumerate(self.columns)}
        self.text = original if self.neutralised else str
        self.read_time = time_reader(mapping.time_format, mapping.zone)
        self.read_number = comma_number if mapping.decimal == "," else number
        self.metadata: dict[str, str] | None = {"asset": mapping.fixed_asset} if mapping.fixed_asset else None

    def harvest(self, lines: Iterable[Line]) -> Harvest:
        """Return all readings of the lines, and a refusal for each row or cell that is none.

        A row that cannot be read at all counts as one reading; an empty cell of a wide row as none.
        """
        found = Harvest()
        for line in lines:
            found.rows += 1
            self._row(line, found)
        return found

    def _row(self, line: Line, found: Harvest) -> None:
        try:
            at = self._time(line)
        except BadCell as error:
            found.refuse(Place(line.number, self._blamed(line), line.text), error.code, error.reason)
            return
        if self.mapping.shape == "long":
            self._long_row(line, at, found)
        else:
            self._wide_row(line, at, found)

    def _time(self, line: Line) -> datetime:
        """Return the row's time.

        Raises:
            BadCell: it has none, or the line is no row of this table.
        """
        if line.problem:
            raise line.problem
        if len(line.cells) != len(self.columns):
            raise BadCell("row", f"The line has {len(line.cells)} cells, the heading {len(self.columns)}.")
        return self.read_time(self._cell(line, self.mapping.timestamp))

    def _blamed(self, line: Line) -> str:
        return self.mapping.timestamp if len(line.cells) == len(self.columns) else ""

    def _cell(self, line: Line, column: str) -> str:
        return line.cells[self.at[column]] if column else ""

    def _long_row(self, line: Line, at: datetime, found: Harvest) -> None:
        mapping = self.mapping
        code = self.text(self._cell(line, mapping.sensor))
        unit = self.text(self._cell(line, mapping.unit)) or mapping.fixed_unit
        asset = self.text(self._cell(line, mapping.asset))
        metadata = {"asset": asset} if asset else self.metadata
        value, quality = self._cell(line, mapping.value), self._cell(line, mapping.quality)
        column = mapping.sensor
        try:
            _check_texts(code, unit)
            column = mapping.quality
            share = self._share(quality)
            column = mapping.value
            reading = _reading(code, self.read_number(value), at, unit, share, metadata)
        except BadCell as error:
            found.refuse(Place(line.number, column, line.text), error.code, error.reason)
            return
        found.readings.append(reading)
        found.places.append(Place(line.number, mapping.value, line.text))

    def _share(self, text: str) -> float:
        if not text:
            return 1.0
        try:
            return self.read_number(text)
        except BadCell as error:
            raise BadCell("quality", error.reason) from None

    def _wide_row(self, line: Line, at: datetime, found: Harvest) -> None:
        for one in self.mapping.series:
            text = line.cells[self.at[one.column]]
            if not text:
                continue
            place = Place(line.number, one.column, text)
            try:
                value = self.read_number(text)
            except BadCell as error:
                found.refuse(place, error.code, error.reason)
                continue
            found.readings.append(_reading(one.sensor, value, at, one.unit, 1.0, self.metadata))
            found.places.append(place)


def _check_texts(code: str, unit: str) -> None:
    rejection = check_code(code)
    if rejection or len(code) > LONGEST_CODE:
        reason = rejection.detail if rejection else f"A code has at most {LONGEST_CODE} characters."
        raise BadCell("sensor_id", reason)
    if len(unit) > LONGEST_UNIT:
        raise BadCell("unit", f"A unit has at most {LONGEST_UNIT} characters.")


def _reading(
    code: str, value: float, at: datetime, unit: str, quality: float, metadata: dict[str, str] | None
) -> IncomingReading:
    return IncomingReading(
        sensor_id=code, value=value, timestamp=at, unit=unit, quality=quality, metadata=metadata
    )


def refuse_later(found: Harvest, errors: Iterable[tuple[int, str, str]]) -> list[Refusal]:
    """Return the report of the lines, in order; `errors` name readings by position that were not stored."""
    for position, code, reason in errors:
        found.refuse(found.places[position], code, reason)
    return sorted(found.refusals, key=lambda refusal: refusal.row)
