"""On a server with TimescaleDB: compression, and the roll-ups as continuous aggregates.

Chunks stay a day long: at a thousand readings a second a day is 86 million rows, about 8 GB with the index before
they are compressed, which is what a server of 32 GB keeps in memory. Compressed, seven days are merged into one
chunk, without which a small plant's days would be mostly overhead. Where the edition is Apache's, which has neither, the roll-ups are tables, kept as on plain PostgreSQL.
Retention is no policy here: a policy would drop chunks behind the summaries' back (sensors/storage/retention.py).
"""

from django.db import migrations

CONTINUOUS = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')
        OR current_setting('timescaledb.license', true) IS DISTINCT FROM 'timescale' THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM timescaledb_information.hypertables WHERE hypertable_name = 'sensors_reading') THEN
        RETURN;
    END IF;
    ALTER TABLE sensors_reading SET (
        timescaledb.compress, timescaledb.compress_segmentby = 'sensor_id',
        timescaledb.compress_orderby = 'measured_at', timescaledb.compress_chunk_time_interval = '7 days'
    );
    PERFORM add_compression_policy('sensors_reading', INTERVAL '7 days', if_not_exists => true);
    -- The epoch of an instant is the same in every time zone: that the functions are not immutable is no harm.
    SET LOCAL client_min_messages = error;
    CREATE MATERIALIZED VIEW IF NOT EXISTS sensors_reading_hourly
    WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
    SELECT sensor_id, time_bucket(INTERVAL '1 hour', measured_at) AS started_at,
        count(*) AS reading_count,
        sum(LEAST(GREATEST(value, -1e300), 1e300)) AS value_sum,
        min(value) AS value_min,
        max(value) AS value_max,
        to_timestamp((min(ARRAY[value, extract(epoch FROM measured_at)::float8]))[2]) AS min_at,
        to_timestamp(-(max(ARRAY[value, -extract(epoch FROM measured_at)::float8]))[2]) AS max_at
    FROM sensors_reading GROUP BY 1, 2 WITH NO DATA;
    CREATE MATERIALIZED VIEW IF NOT EXISTS sensors_reading_daily
    WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
    SELECT sensor_id, time_bucket(INTERVAL '1 day', started_at) AS started_at,
        sum(reading_count)::bigint AS reading_count,
        sum(value_sum) AS value_sum,
        min(value_min) AS value_min,
        max(value_max) AS value_max,
        to_timestamp((min(ARRAY[value_min, extract(epoch FROM min_at)::float8]))[2]) AS min_at,
        to_timestamp(-(max(ARRAY[value_max, -extract(epoch FROM max_at)::float8]))[2]) AS max_at
    FROM sensors_reading_hourly GROUP BY 1, 2 WITH NO DATA;
    PERFORM add_continuous_aggregate_policy(
        'sensors_reading_hourly', start_offset => INTERVAL '7 days', end_offset => INTERVAL '2 hours',
        schedule_interval => INTERVAL '1 hour', if_not_exists => true
    );
    PERFORM add_continuous_aggregate_policy(
        'sensors_reading_daily', start_offset => INTERVAL '8 days', end_offset => INTERVAL '1 day',
        schedule_interval => INTERVAL '6 hours', if_not_exists => true
    );
END
$$
"""

ROLL_UP = """
CREATE TABLE {name} (
    sensor_id bigint NOT NULL,
    started_at timestamptz NOT NULL,
    reading_count bigint NOT NULL,
    value_sum double precision NOT NULL,
    value_min double precision NOT NULL,
    value_max double precision NOT NULL,
    min_at timestamptz NOT NULL,
    max_at timestamptz NOT NULL,
    CONSTRAINT {name}_pkey PRIMARY KEY (sensor_id, started_at)
);
"""

TABLES = """
DO $$
BEGIN
    IF to_regclass('sensors_reading_hourly') IS NULL THEN
        {hourly}
        {daily}
    END IF;
END
$$
""".format(
    hourly=ROLL_UP.format(name="sensors_reading_hourly"), daily=ROLL_UP.format(name="sensors_reading_daily")
)


class Migration(migrations.Migration):
    dependencies = [("sensors", "0008_directory")]

    operations = [
        migrations.RunSQL(CONTINUOUS, migrations.RunSQL.noop),
        migrations.RunSQL(TABLES, migrations.RunSQL.noop),
    ]
