"""From monthly partitions to a hypertable, for a server that got TimescaleDB after it was set up."""

from __future__ import annotations

from importlib import import_module

from django.db import connection, transaction

from sensors.storage.partitions import is_partitioned

AVAILABLE = """
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
    AND current_setting('shared_preload_libraries') LIKE '%timescaledb%'
"""

# Where the edition is Apache's there are no continuous aggregates, and the tables of the roll-ups stay.
MOVE = """
CREATE EXTENSION IF NOT EXISTS timescaledb;
LOCK TABLE sensors_reading IN ACCESS EXCLUSIVE MODE;
ALTER TABLE sensors_reading RENAME TO sensors_reading_before;
ALTER TABLE sensors_reading_before RENAME CONSTRAINT sensors_reading_pkey TO sensors_reading_before_pkey;
CREATE TABLE sensors_reading (
    LIKE sensors_reading_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
    CONSTRAINT sensors_reading_pkey PRIMARY KEY (sensor_id, measured_at)
);
SELECT create_hypertable(
    'sensors_reading', 'measured_at', chunk_time_interval => INTERVAL '1 day', create_default_indexes => false
);
INSERT INTO sensors_reading SELECT * FROM sensors_reading_before;
DROP TABLE sensors_reading_before;
"""

SET_ASIDE = """
ALTER TABLE sensors_reading_hourly RENAME TO sensors_hourly_before;
ALTER TABLE sensors_reading_daily RENAME TO sensors_daily_before;
"""

# What the readings no longer tell is carried over; the rest is rolled up anew.
CARRY_OVER = """
INSERT INTO {target} (sensor_id, started_at, reading_count, value_sum, value_min, value_max, min_at, max_at)
SELECT sensor_id, started_at, reading_count, value_sum, value_min, value_max, min_at, max_at
FROM sensors_{period}_before
WHERE started_at < (SELECT date_trunc('day', min(measured_at), 'UTC') FROM sensors_reading);
DROP TABLE sensors_{period}_before;
"""
TARGET = """
SELECT format('%%I.%%I', materialization_hypertable_schema, materialization_hypertable_name)
FROM timescaledb_information.continuous_aggregates WHERE view_name = %s
"""
ROLL_UP_ANEW = """
UPDATE sensors_sensorsummary SET rolled_up_until = NULL;
DELETE FROM sensors_stalespan;
"""


class NothingToConvert(RuntimeError):
    """The readings lie in a hypertable already, or the server has no TimescaleDB."""


@transaction.atomic
def convert_storage() -> int:
    """Move all readings into a hypertable, in one transaction, and return how many there are.

    Nobody else reaches the table meanwhile (about a minute for ten million readings), and the disk must hold
    it twice.

    Raises:
        NothingToConvert: there is no need or no way.
    """
    with connection.cursor() as cursor:
        cursor.execute(AVAILABLE)
        if not is_partitioned() or not cursor.fetchone()[0]:
            raise NothingToConvert(
                "The readings are in a hypertable, or the server has not loaded TimescaleDB."
            )
        cursor.execute(MOVE)
        cursor.execute("SHOW timescaledb.license")
        if cursor.fetchone()[0] == "timescale":
            cursor.execute(SET_ASIDE)
            cursor.execute(import_module("sensors.migrations.0009_readings_compressed").CONTINUOUS)
            for period in ("hourly", "daily"):
                cursor.execute(TARGET, [f"sensors_reading_{period}"])
                cursor.execute(CARRY_OVER.format(target=cursor.fetchone()[0], period=period))
            cursor.execute(ROLL_UP_ANEW)
        cursor.execute("SELECT count(*) FROM sensors_reading")
        return int(cursor.fetchone()[0])
