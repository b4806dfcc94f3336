from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.db import IntegrityError, connection

from sensors.incoming import IncomingReading
from sensors.models import Reading
from sensors.services import store_readings
from sensors.storage.status import load_storage

JANUARY = datetime(2014, 1, 1, tzinfo=UTC)
CONTINUOUS = import_module("sensors.migrations.0009_readings_compressed").CONTINUOUS


def ask(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def server(db):
    if not ask("SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"):
        pytest.skip("this PostgreSQL server has no TimescaleDB extension")


@pytest.mark.timescale
def test_readings_are_a_hypertable_with_chunks_of_a_day(server):
    rows = ask(
        "SELECT column_name, time_interval = interval '1 day' FROM timescaledb_information.dimensions"
        " WHERE hypertable_name = 'sensors_reading'"
    )
    assert rows == [("measured_at", True)]


@pytest.mark.timescale
def test_chunks_are_compressed_by_sensor_and_instant(server):
    rows = ask(
        "SELECT segmentby, orderby FROM timescaledb_information.hypertable_compression_settings"
        " WHERE hypertable = 'sensors_reading'::regclass"
    )
    assert rows == [("sensor_id", "measured_at")]


@pytest.mark.timescale
def test_the_policies_are_set_once_however_often_the_migration_runs(server):
    ask(CONTINUOUS)
    rows = ask(
        "SELECT hypertable_name, COALESCE(config ->> 'compress_after', config ->> 'start_offset')"
        " FROM timescaledb_information.jobs WHERE hypertable_name LIKE 'sensors_%' ORDER BY 1"
    )
    assert rows == [
        ("sensors_reading", "7 days"),
        ("sensors_reading_daily", "8 days"),
        ("sensors_reading_hourly", "7 days"),
    ]


def month_of_a_water_network(path) -> list[IncomingReading]:
    """Return the 43 sensors of BATADAL (Taormina et al. 2018) by the hour, January 2014."""
    rows = []
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            moment = datetime.strptime(row.pop("DATETIME"), "%d/%m/%y %H").replace(tzinfo=UTC)
            if (moment.year, moment.month) == (JANUARY.year, JANUARY.month):
                rows += [
                    IncomingReading(sensor_id=name, value=float(value), timestamp=moment)
                    for name, value in row.items()
                    if name != "ATT_FLAG"
                ]
    return rows


@pytest.mark.timescale
def test_a_month_of_real_readings_takes_a_fifth_of_its_place(server, organization, test_data, capsys):
    rows = month_of_a_water_network(test_data / "BATADAL" / "dataset03.csv.gz")
    for start in range(0, len(rows), 10_000):
        store_readings(organization=organization, readings=rows[start : start + 10_000], at=datetime.now(UTC))
    (summed,) = ask("SELECT count(*), sum(value::numeric) FROM sensors_reading")
    ask("SELECT compress_chunk(c) FROM show_chunks('sensors_reading') c")
    storage = load_storage()
    with capsys.disabled():
        print(f"\n{len(rows):,} readings of January 2014 compress {storage.compression:.1f} to 1")
    assert storage.compression > 4
    assert storage.compressed_parts == len(storage.parts)
    assert ask("SELECT count(*), sum(value::numeric) FROM sensors_reading") == [summed]
    assert Reading.objects.count() == len(rows) == 26_832


def test_readings_have_one_index_that_serves_sensor_and_time(db):
    definitions = ask("SELECT indexdef FROM pg_indexes WHERE tablename = 'sensors_reading'")
    assert [definition.split("USING")[1] for (definition,) in definitions] == [
        " btree (sensor_id, measured_at)"
    ]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_the_table_itself_takes_no_value_that_is_no_number(db, value):
    columns = "sensor_id, measured_at, value, quality"
    broken = f"INSERT INTO sensors_reading ({columns}) VALUES (1, now(), '{value}', 1)"
    with pytest.raises(IntegrityError, match="reading_value_finite"):
        ask(broken)
