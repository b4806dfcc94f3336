from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from sensors.incoming import IncomingReading
from sensors.models import Reading, SensorSummary
from sensors.services import store_readings
from sensors.storage import timescale
from sensors.storage.partitions import is_partitioned
from sensors.storage.rollups import roll_up

STORAGE = import_module("sensors.migrations.0006_storage")
START = datetime(2026, 3, 2, tzinfo=UTC)


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def plain_before(organization):
    """The same server before it had the extension: partitions, with two days rolled up and one day gone."""
    if not timescale.keeps_rollups():
        pytest.skip("this PostgreSQL server has no TimescaleDB extension")
    run(
        "DROP MATERIALIZED VIEW sensors_reading_daily",
        "DROP MATERIALIZED VIEW sensors_reading_hourly",
        "CREATE TABLE plain (LIKE sensors_reading INCLUDING ALL)",
        "DROP TABLE sensors_reading",
        "ALTER TABLE plain RENAME TO sensors_reading",
        STORAGE.PARTITIONS,
        STORAGE.ROLL_UPS,
    )
    rows = [
        IncomingReading(sensor_id="P-1", value=n, timestamp=START + timedelta(hours=n)) for n in range(50)
    ]
    store_readings(organization=organization, readings=rows, at=START + timedelta(days=3))
    roll_up()
    Reading.objects.filter(measured_at__lt=START + timedelta(days=1)).delete()


@pytest.mark.timescale
def test_readings_move_into_a_hypertable_and_old_roll_ups_are_carried_over(plain_before, capsys):
    assert is_partitioned()
    call_command("convert_storage")
    assert capsys.readouterr().out.startswith("26 readings are in a hypertable now")
    assert not is_partitioned()
    assert timescale.keeps_rollups()
    assert len(timescale.list_chunks()) == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT started_at, reading_count, value_sum FROM sensors_reading_daily")
        assert cursor.fetchall() == [(START, 24, 276.0)]
    assert SensorSummary.objects.get().rolled_up_until is None


def test_it_refuses_where_there_is_nothing_to_convert(db):
    with pytest.raises(CommandError, match="in a hypertable, or the server has not loaded TimescaleDB"):
        call_command("convert_storage")
