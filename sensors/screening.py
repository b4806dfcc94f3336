"""Sorting what came in: rows for the store, and reasons for what must not get there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sensors.bulk import Row
from sensors.incoming import IncomingReading
from sensors.models import Sensor
from sensors.quality import MalformedReading, Rejection, check, check_code, check_unit
from sensors.registration import register_sensors
from smartmaint.accounts.models import Organization

Item = IncomingReading | MalformedReading
Known = Mapping[str, tuple[int, str]]
Numbered = list[tuple[int, IncomingReading]]
Errors = dict[int, Rejection]


def screen(
    organization: Organization, readings: Sequence[Item], at: datetime, correlation_id: UUID
) -> tuple[list[Row], Errors]:
    """Return the rows that may be stored and, by position, why the others may not."""
    sound, errors = _sound(readings, at)
    known = known_sensors(organization, (reading for _, reading in sound), correlation_id)
    rows: list[Row] = []
    for index, reading in sound:
        sensor_id, unit = known.get(reading.sensor_id, (0, ""))
        rejection = check_unit(reading.unit, unit) if sensor_id else _stranger(reading.sensor_id)
        if rejection is None:
            rows.append(Row(sensor_id, reading.timestamp or at, reading.value, reading.quality))
        else:
            errors[index] = rejection
    return rows, errors


def _sound(readings: Sequence[Item], at: datetime) -> tuple[Numbered, Errors]:
    sound: Numbered = []
    errors: Errors = {}
    for index, reading in enumerate(readings):
        if isinstance(reading, MalformedReading):
            errors[index] = reading.rejection
        elif rejection := check(reading, at):
            errors[index] = rejection
        else:
            sound.append((index, reading))
    return sound, errors


def _stranger(code: str) -> Rejection:
    return check_code(code) or Rejection(
        "unknown_sensor", f"There is no sensor {code}, and the organization registers none by itself."
    )


def known_sensors(
    organization: Organization, readings: Iterable[IncomingReading], correlation_id: UUID
) -> Known:
    """Return primary key and unit by code, after registering unknown sensors where the policy says so."""
    firsts: dict[str, IncomingReading] = {}
    for reading in readings:
        firsts.setdefault(reading.sensor_id, reading)
    firsts = {code: reading for code, reading in firsts.items() if check_code(code) is None}
    known = _sensors_by_code(organization, firsts)
    unknown = {code: reading for code, reading in firsts.items() if code not in known}
    if not unknown or not organization.registers_unknown_sensors:
        return known
    register_sensors(organization=organization, firsts=unknown, correlation_id=correlation_id)
    return {**known, **_sensors_by_code(organization, unknown)}


def _sensors_by_code(organization: Organization, codes: Iterable[str]) -> dict[str, tuple[int, str]]:
    rows = Sensor.objects.filter(organization=organization, code__in=list(codes))
    return {code: (pk, unit) for code, pk, unit in rows.values_list("code", "pk", "unit")}
