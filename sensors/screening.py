"""Sorting what came in: rows for the store, and reasons for what must not get there.

Most batches have nothing wrong with them. They are looked at by column, a handful of calls for all readings;
only where a column has a bad value is each reading looked at by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sensors.bulk import Rows
from sensors.directory import Directory, forget, look_up
from sensors.incoming import IncomingReading
from sensors.quality import EARLIEST, FUTURE_TOLERANCE, Item, MalformedReading, Rejection, check, check_code
from sensors.registration import register_sensors
from sensors.units import UNCHANGED, Conversion, conversion
from smartmaint.accounts.models import Organization

Errors = dict[int, Rejection]
Said = tuple[str, str]  # what a reading says of its sensor: code and unit
Row = tuple[int, int, datetime, float, float]


class Screened(NamedTuple):
    """Rows that may be stored as long as the directory is right, and by position why the others may not."""

    rows: Rows
    errors: Errors
    directory: Directory


class Target(NamedTuple):
    """Where a reading goes, and how its value gets there."""

    sensor_id: int
    conversion: Conversion


def screen(
    organization: Organization, readings: Sequence[Item], at: datetime, correlation_id: UUID
) -> Screened:
    """Return the rows that may be stored and, by position, why the others may not."""
    positions, errors = _sound(readings, at)
    sound = [reading for reading in readings if isinstance(reading, IncomingReading)]
    if errors:
        sound = [readings[position] for position in positions]  # type: ignore[misc]
    directory = _directory_for(organization, sound, correlation_id)
    said = [(reading.sensor_id, reading.unit) for reading in sound]
    targets = {one: _target(one, directory) for one in set(said)}
    if all(type(target) is Target and target.conversion is UNCHANGED for target in targets.values()):
        return Screened(_plain_rows(positions, sound, said, targets, at), errors, directory)
    rows, unfit = _converted_rows(positions, sound, targets, at)
    return Screened(rows, {**errors, **unfit}, directory)


def _sound(readings: Sequence[Item], at: datetime) -> tuple[Sequence[int], Errors]:
    """Return the positions of what may be stored as far as the reading itself tells, and the errors."""
    if _all_sound(readings, at):
        return range(len(readings)), {}
    errors = {
        position: verdict for position, reading in enumerate(readings) if (verdict := _verdict(reading, at))
    }
    return [position for position in range(len(readings)) if position not in errors], errors


def _verdict(reading: Item, at: datetime) -> Rejection | None:
    return reading.rejection if isinstance(reading, MalformedReading) else check(reading, at)


def _all_sound(readings: Sequence[Item], at: datetime) -> bool:
    """Tell whether none can be refused: the rule `quality.check`, by column."""
    if any(type(reading) is not IncomingReading for reading in readings):
        return False
    moments = [reading.timestamp for reading in readings if reading.timestamp is not None]  # type: ignore[union-attr]
    try:
        timely = not moments or (min(moments) >= EARLIEST and max(moments) <= at + FUTURE_TOLERANCE)
    except TypeError:  # one has no offset
        return False
    qualities = {reading.quality for reading in readings}  # type: ignore[union-attr]
    return (
        timely
        and all(0 <= quality <= 1 for quality in qualities)
        and all(map(math.isfinite, [reading.value for reading in readings]))  # type: ignore[union-attr]
    )


def _target(said: Said, directory: Directory) -> Target | Rejection:
    code, unit = said
    known = directory.sensors.get(code)
    if known is None:
        return _stranger(code)
    found = UNCHANGED if not unit or unit == known.unit else conversion(unit, known.unit)
    if found is None:
        return Rejection("unit", f"The sensor measures in {known.unit}, the reading says {unit}.")
    return Target(known.sensor_id, UNCHANGED if found == UNCHANGED else found)


def _plain_rows(
    positions: Sequence[int],
    sound: Sequence[IncomingReading],
    said: Sequence[Said],
    targets: Mapping[Said, Target | Rejection],
    at: datetime,
) -> Rows:
    sensor_ids = {one: target.sensor_id for one, target in targets.items() if isinstance(target, Target)}
    return Rows(
        positions,
        [sensor_ids[one] for one in said],
        [reading.timestamp or at for reading in sound],
        [reading.value for reading in sound],
        [reading.quality for reading in sound],
    )


def _converted_rows(
    positions: Sequence[int],
    sound: Sequence[IncomingReading],
    targets: Mapping[Said, Target | Rejection],
    at: datetime,
) -> tuple[Rows, Errors]:
    rows: list[Row] = []
    errors: Errors = {}
    for position, reading in zip(positions, sound, strict=True):
        row = _fit(position, reading, targets[reading.sensor_id, reading.unit], at)
        if isinstance(row, Rejection):
            errors[position] = row
        else:
            rows.append(row)
    columns = zip(*rows, strict=True) if rows else [()] * 5
    return Rows(*(list(column) for column in columns)), errors


def _fit(
    position: int, reading: IncomingReading, target: Target | Rejection, at: datetime
) -> Row | Rejection:
    """Return the reading as a row, with the value in the sensor's unit."""
    if isinstance(target, Rejection):
        return target
    value = reading.value
    if target.conversion is not UNCHANGED:
        value = target.conversion.apply(value)
    if not math.isfinite(value):
        return Rejection("value", f"{reading.value:g} {reading.unit} is too large in the sensor's unit.")
    return position, target.sensor_id, reading.timestamp or at, value, reading.quality


def _stranger(code: str) -> Rejection:
    return check_code(code) or Rejection(
        "unknown_sensor", f"There is no sensor {code}, and the organization registers none by itself."
    )


def _directory_for(
    organization: Organization, readings: Sequence[IncomingReading], correlation_id: UUID
) -> Directory:
    """Return the sensors, after registering unknown ones where the policy says so."""
    codes = {reading.sensor_id for reading in readings}
    directory = look_up(organization.pk, codes)
    unknown = {code for code in codes if code not in directory.sensors and check_code(code) is None}
    if not unknown or not organization.registers_unknown_sensors:
        return directory
    firsts = _firsts(readings, unknown)
    register_sensors(organization=organization, firsts=firsts, correlation_id=correlation_id)
    forget(organization.pk)
    return look_up(organization.pk, codes)


def _firsts(readings: Iterable[IncomingReading], codes: set[str]) -> dict[str, IncomingReading]:
    firsts: dict[str, IncomingReading] = {}
    for reading in readings:
        if reading.sensor_id in codes:
            firsts.setdefault(reading.sensor_id, reading)
    return firsts
