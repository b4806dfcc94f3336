"""Which column of a file means what: what a person or program chose, and what the file itself suggests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import msgspec

from sensors.incoming import Code
from sensors.quality import check_code
from sensors.transfers.cells import EPOCHS, ISO, PATTERNS, TIME_FORMATS, BadCell, number, time_reader
from sensors.transfers.tables import Table

Name = Annotated[str, msgspec.Meta(max_length=200)]
Unit = Annotated[str, msgspec.Meta(max_length=32)]

NAMES = {
    "timestamp": ("timestamp", "time", "datetime", "date", "measured_at", "ts", "zeit", "datum", "data_hora"),
    "sensor": ("sensor", "sensor_id", "sensor_code", "tag", "tagname", "point", "signal", "channel"),
    "value": ("value", "reading", "val", "measurement", "wert", "valor"),
    "unit": ("unit", "units", "uom", "einheit", "unidade"),
    "quality": ("quality", "q", "confidence"),
    "asset": ("asset", "asset_id", "machine", "equipment"),
}
THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}")
SECONDS, MILLISECONDS, MICROSECONDS = 1e8, 1e11, 1e14  # since 1970: from 1973 on


class Series(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A column of a wide file: one sensor's values, in `unit` ("": the sensor's own)."""

    column: Name
    sensor: Code
    unit: Unit = ""


class Mapping(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """`long`: a reading a row, named by `sensor` and `value`. `wide`: an instant a row, a column per sensor.

    `timestamp`, `sensor`, `value`, `unit`, `quality` and `asset` are columns. `fixed_unit` holds for rows
    without one; `fixed_asset` is the machine of sensors that are not known yet. `zone` is that of times
    without an offset.
    """

    shape: Literal["long", "wide"]
    timestamp: Name
    sensor: Name = ""
    value: Name = ""
    unit: Name = ""
    quality: Name = ""
    asset: Name = ""
    series: tuple[Series, ...] = ()
    fixed_unit: Unit = ""
    fixed_asset: Annotated[str, msgspec.Meta(max_length=128)] = ""
    time_format: str = ISO
    zone: str = ""
    decimal: Literal[".", ","] = "."

    def columns(self) -> list[str]:
        """Return the columns that are read."""
        named = [self.timestamp, self.sensor, self.value, self.unit, self.quality, self.asset]
        return [name for name in named if name] + [one.column for one in self.series]


@dataclass(frozen=True)
class Doubt:
    """What is wrong with a mapping, or cannot be told from the file: a field and a sentence."""

    field: str
    detail: str


def check_mapping(mapping: Mapping, columns: Sequence[str]) -> list[Doubt]:
    """Return what is wrong with it for a file with these columns."""
    found = ", ".join(columns)
    doubts = [
        Doubt("columns", f"There is no column {name!r}; the file has: {found}.")
        for name in mapping.columns()
        if name not in columns
    ]
    if not mapping.timestamp:
        doubts.append(Doubt("timestamp", f"Say which column holds the time; the file has: {found}."))
    if mapping.time_format not in TIME_FORMATS:
        doubts.append(Doubt("time_format", f"Choose one of {', '.join(TIME_FORMATS)}."))
    if mapping.zone and mapping.zone not in available_timezones():
        doubts.append(Doubt("zone", f"{mapping.zone} is no IANA time zone, such as America/Sao_Paulo."))
    return doubts + (_check_long(mapping) if mapping.shape == "long" else _check_wide(mapping))


def _check_long(mapping: Mapping) -> list[Doubt]:
    return [
        Doubt(field, f"Say which column holds the {field}.")
        for field in ("sensor", "value")
        if not getattr(mapping, field)
    ]


def _check_wide(mapping: Mapping) -> list[Doubt]:
    if not mapping.series:
        return [Doubt("series", "Say which columns are sensors.")]
    codes = [one.sensor for one in mapping.series]
    wrong = [(code, check_code(code)) for code in codes]
    doubts = [Doubt("series", f"{code!r}: {rejection.detail}") for code, rejection in wrong if rejection]
    if len(set(codes)) < len(codes):
        doubts.append(Doubt("series", "Two columns name the same sensor."))
    return doubts


def complete_mapping(given: dict[str, Any], table: Table) -> tuple[Mapping | None, list[Doubt]]:
    """Return what was given, completed by what the file suggests; None where it is no mapping at all."""
    try:
        part = msgspec.convert({"shape": "long", "timestamp": "", **given}, Mapping)
    except msgspec.ValidationError as error:
        return None, [Doubt("mapping", str(error))]
    guess, doubts = guess_mapping(table, part, shape=str(given.get("shape", "")))
    mapping = msgspec.convert({**msgspec.to_builtins(guess), **given}, Mapping)
    answered = set(given) | ({"fixed_asset"} if mapping.shape == "long" or "series" in given else set())
    open_doubts = [doubt for doubt in doubts if doubt.field not in answered]
    return mapping, open_doubts + check_mapping(mapping, table.columns)


def guess_mapping(table: Table, part: Mapping, *, shape: str = "") -> tuple[Mapping, list[Doubt]]:
    """Return what the file suggests beside the part that is known, and what a person must say."""
    chosen: dict[str, Any] = {field: _column_called(table.columns, names) for field, names in NAMES.items()}
    chosen |= {field: getattr(part, field) for field in NAMES if getattr(part, field)}
    is_long = shape == "long" or (not shape and bool(chosen["sensor"] and chosen["value"]))
    mapping = Mapping(shape="long", **chosen) if is_long else _guess_wide(table, part, chosen["timestamp"])
    form, doubts = _guess_time(_cells(table, mapping.timestamp), part.zone)
    decimal, doubtful = _guess_decimal(table, [mapping.value, *[one.column for one in mapping.series]])
    if not is_long and not part.fixed_asset:
        doubts.append(Doubt("fixed_asset", "Say which machine the columns belong to."))
    known = {"fixed_asset": part.fixed_asset, "zone": part.zone, "time_format": form, "decimal": decimal}
    return msgspec.structs.replace(mapping, **known), doubts + doubtful


def _guess_wide(table: Table, part: Mapping, timestamp: str) -> Mapping:
    """Name a sensor after each column but the time's: `<machine>.<column>`."""
    prefix = f"{part.fixed_asset}." if part.fixed_asset else ""
    series = [Series(name, f"{prefix}{name}"[:128]) for name in table.columns if name != timestamp]
    return Mapping(shape="wide", timestamp=timestamp, series=tuple(series))


def _column_called(columns: Iterable[str], names: Sequence[str]) -> str:
    by_name = {column.lower().replace(" ", "_"): column for column in reversed(list(columns))}
    return next((by_name[name] for name in names if name in by_name), "")


def _cells(table: Table, column: str) -> list[str]:
    place = table.columns.index(column) if column in table.columns else len(table.columns)
    return [row[place] for row in table.rows if place < len(row) and row[place]]


def _guess_time(cells: Sequence[str], zone: str) -> tuple[str, list[Doubt]]:
    if not cells:
        return ISO, []
    fits = [form for form in _likely_forms(cells) if all(_reads(form, cell) for cell in cells)]
    if not fits:
        return ISO, [Doubt("time_format", f"{cells[0]!r} is no known form of a time; choose one.")]
    doubts = []
    if len(fits) > 1:
        doubts.append(Doubt("time_format", f"{cells[0]!r} may have the day first or the month first."))
    if not zone and any(not _aware(fits[0], cell) for cell in cells):
        doubts.append(Doubt("zone", "The times have no offset from UTC: say their time zone."))
    return fits[0], doubts


def _likely_forms(cells: Sequence[str]) -> list[str]:
    """A bare number is an epoch by its size, before ISO 8601 could take it for a compact date."""
    try:
        size = max(abs(number(cell)) for cell in cells)
    except BadCell:
        return [ISO, *PATTERNS]
    if all(len(cell) == 14 for cell in cells):
        return ["%Y%m%d%H%M%S"]
    limits = zip(EPOCHS, (SECONDS, MILLISECONDS, MICROSECONDS), strict=True)
    return [form for form, least in reversed(list(limits)) if size >= least][:1] or [ISO]


def _reads(form: str, cell: str) -> bool:
    try:
        time_reader(form, "UTC")(cell)
    except BadCell:
        return False
    return True


def _aware(form: str, cell: str) -> bool:
    try:
        time_reader(form, "")(cell)
    except BadCell:
        return False
    return True


def _guess_decimal(table: Table, columns: Iterable[str]) -> tuple[Literal[".", ","], list[Doubt]]:
    cells = [cell for column in columns if column for cell in _cells(table, column)]
    commas = [cell for cell in cells if "," in cell]
    if not commas:
        return ".", []
    if all(THOUSANDS.fullmatch(cell) for cell in commas):
        return ",", [Doubt("decimal", f"The comma of {commas[0]!r} may part decimals or thousands.")]
    return ",", []
