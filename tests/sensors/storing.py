"""A small plant's readings with all that happens to readings, for the questions of test_same_answers.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection

from sensors.incoming import IncomingReading
from sensors.models import Sensor
from sensors.services import StoreResult, store_readings
from sensors.storage import timescale
from sensors.storage.retention import drop_old_readings
from sensors.storage.upkeep import bring_rollups_up_to_date
from smartmaint.accounts.models import Organization

AT = datetime(2026, 3, 5, tzinfo=UTC)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
JUNE = datetime(2025, 6, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def send(
    organization: Organization, code: str, values: dict[datetime, float], at: datetime = AT
) -> StoreResult:
    rows = [
        IncomingReading(sensor_id=code, value=value, timestamp=moment) for moment, value in values.items()
    ]
    return store_readings(organization=organization, readings=rows, at=at)


def store_plant(organization: Organization) -> dict[str, StoreResult]:
    """Store, roll up, compress, store late, twice and otherwise, drop what is old, store late once more."""
    flow = {MARCH + 10 * n * MINUTE: n * 7 % 12 / 2 for n in range(432)}
    answers = {"new": send(organization, "P-1.flow", flow)}
    edges = [
        timedelta(0),
        timedelta(hours=1) - timedelta(microseconds=1),
        timedelta(hours=1),
        timedelta(days=1),
    ]
    send(organization, "P-1.edge", {MARCH + edge: -1.5 * n for n, edge in enumerate(edges, 1)})
    send(
        organization,
        "P-2.old",
        {JUNE + timedelta(hours=n): float(n) for n in range(36)},
        at=JUNE + timedelta(days=2),
    )
    send(organization, "P-2.old", {MARCH + n * MINUTE: 0.25 * n for n in range(8)})
    bring_rollups_up_to_date()
    compress_chunks(before=MARCH + timedelta(days=2))
    late = {MARCH + (305 + 60 * n) * MINUTE: 100.0 + n for n in range(3)}
    answers["late"] = send(organization, "P-1.flow", late | dict(list(flow.items())[:5]))
    answers["conflict"] = send(organization, "P-1.flow", {MARCH: 77.0})
    bring_rollups_up_to_date()
    pretend_chunks_are_old()
    drop_old_readings(at=JUNE + timedelta(days=250), keep=timedelta(days=180))
    answers["not rolled up"] = send(organization, "P-1.flow", {MARCH + timedelta(hours=34, minutes=5): -50.0})
    Sensor.objects.get_or_create(
        organization=organization, code="P-3.none", asset=Sensor.objects.all()[0].asset
    )
    return answers


def compress_chunks(*, before: datetime) -> None:
    """Do at once what the policy does after seven days."""
    if timescale.keeps_rollups():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT compress_chunk(c) FROM show_chunks('sensors_reading', older_than => %s) c", [before]
            )


def pretend_chunks_are_old() -> None:
    """TimescaleDB says itself when it made a chunk; on plain PostgreSQL the service's own time counts."""
    if timescale.keeps_rollups():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE _timescaledb_catalog.chunk SET creation_time = %s", [JUNE])
