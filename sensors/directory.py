"""Which sensors an organization has: remembered per process, and right after a change in any process.

A version, kept by triggers, changes with each sensor that is added, renamed, given another unit or deleted.
It is read in one statement with the sensors, and again in the statement that stores (`sensors.bulk`): what
was looked up from memory is used only while it is still so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db import connection

from sensors.quality import check_code

MOST_SENSORS = 200_000  # remembered of one organization

LOOK_UP = """
SELECT directory.version, sensor.code, sensor.id, sensor.unit
FROM (SELECT max(version) AS version FROM sensors_directory WHERE organization_id = %s) AS directory
LEFT JOIN sensors_sensor AS sensor ON sensor.organization_id = %s AND sensor.code = ANY(%s)
"""


class Known(NamedTuple):
    """A sensor's primary key and unit."""

    sensor_id: int
    unit: str


class Directory(NamedTuple):
    """Sensors by code, as they are in this version."""

    organization_id: int
    version: int | None
    sensors: dict[str, Known]


_remembered: dict[int, Directory] = {}


def look_up(organization_id: int, codes: Collection[str]) -> Directory:
    """Return a directory that holds those of the codes that are sensors of the organization."""
    directory = _remembered.get(organization_id)
    if directory is None or len(directory.sensors) > MOST_SENSORS:
        return _remember(_read(organization_id, codes))
    missing = [code for code in codes if code not in directory.sensors]
    if not missing:
        return directory
    news = _read(organization_id, missing)
    if news.version != directory.version:
        return _remember(_read(organization_id, codes))
    directory.sensors.update(news.sensors)
    return directory


def forget(organization_id: int) -> None:
    """Ask the database at the next look."""
    _remembered.pop(organization_id, None)


def _remember(directory: Directory) -> Directory:
    _remembered[directory.organization_id] = directory
    return directory


def _read(organization_id: int, codes: Iterable[str]) -> Directory:
    possible = [code for code in codes if check_code(code) is None]
    with connection.cursor() as cursor:
        cursor.execute(LOOK_UP, [organization_id, organization_id, possible])
        rows = cursor.fetchall()
    sensors = {code: Known(pk, unit) for _, code, pk, unit in rows if code is not None}
    return Directory(organization_id, rows[0][0], sensors)
