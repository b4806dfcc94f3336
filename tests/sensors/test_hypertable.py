from __future__ import annotations

import pytest
from django.db import IntegrityError, connection


def ask(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


@pytest.fixture
def timescale(db):
    if not ask("SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"):
        pytest.skip("this PostgreSQL server has no TimescaleDB extension")


@pytest.mark.timescale
def test_readings_are_a_hypertable_with_chunks_of_a_day(timescale):
    rows = ask(
        "SELECT column_name, time_interval = interval '1 day' FROM timescaledb_information.dimensions"
        " WHERE hypertable_name = 'sensors_reading'"
    )
    assert rows == [("measured_at", True)]


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
