"""Readings in monthly partitions, and what says which roll-ups are whole.

On plain PostgreSQL the table becomes partitioned in one short transaction, whatever its size: the rows stay
where they are, as one partition called "history" that reaches from their first month to the end of the running
one (or of their last). What takes time is reading them twice (about a second for ten million), to find the
bounds and to prove them; nobody else reaches the table meanwhile. Interrupted, nothing has happened; run again,
it does nothing. A hypertable keeps its chunks. On both the foreign key goes: the sensor's summary, which every
store locks, holds it instead.
"""

import django.db.models.deletion
from django.db import migrations, models

FORGET_FOREIGN_KEY = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT conname FROM pg_constraint
        WHERE conrelid = 'sensors_reading'::regclass AND contype = 'f'
    LOOP
        EXECUTE format('ALTER TABLE sensors_reading DROP CONSTRAINT %I', found.conname);
    END LOOP;
END
$$
"""

PARTITIONS = """
DO $$
DECLARE
    earliest CONSTANT timestamptz := '2000-01-01T00:00Z';
    month timestamptz;
    lower timestamptz;
    upper timestamptz;
    old_key name;
BEGIN
    PERFORM set_config('TimeZone', 'UTC', true);
    IF (SELECT relkind = 'p' FROM pg_class WHERE oid = 'sensors_reading'::regclass) THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        IF EXISTS (SELECT FROM timescaledb_information.hypertables WHERE hypertable_name = 'sensors_reading') THEN
            RETURN;
        END IF;
    END IF;
    LOCK TABLE sensors_reading IN ACCESS EXCLUSIVE MODE;
    ALTER TABLE sensors_reading RENAME TO sensors_reading_history;
    SELECT conname INTO STRICT old_key FROM pg_constraint
        WHERE conrelid = 'sensors_reading_history'::regclass AND contype = 'p';
    EXECUTE format(
        'ALTER TABLE sensors_reading_history RENAME CONSTRAINT %I TO sensors_reading_history_pkey', old_key
    );
    CREATE TABLE sensors_reading (
        LIKE sensors_reading_history INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
        CONSTRAINT sensors_reading_pkey PRIMARY KEY (sensor_id, measured_at)
    ) PARTITION BY RANGE (measured_at);
    CREATE TABLE sensors_reading_default PARTITION OF sensors_reading DEFAULT;
    CREATE INDEX sensors_reading_default_when ON sensors_reading_default (measured_at);
    month := date_trunc('month', now()) - interval '1 month';
    SELECT date_trunc('month', min(measured_at)),
        greatest(date_trunc('month', max(measured_at)), date_trunc('month', now())) + interval '1 month'
    INTO lower, upper FROM sensors_reading_history
    WHERE measured_at >= earliest AND measured_at < now() + interval '1 month';
    IF lower IS NULL THEN
        INSERT INTO sensors_reading_default SELECT * FROM sensors_reading_history;
        DROP TABLE sensors_reading_history;
    ELSE
        WITH odd AS (
            DELETE FROM sensors_reading_history WHERE measured_at < lower OR measured_at >= upper RETURNING *
        )
        INSERT INTO sensors_reading_default SELECT * FROM odd;
        EXECUTE format(
            'ALTER TABLE sensors_reading ATTACH PARTITION sensors_reading_history FOR VALUES FROM (%L) TO (%L)',
            lower, upper
        );
        EXECUTE format('COMMENT ON TABLE sensors_reading_history IS %L', 'made at ' || now());
        month := upper;
    END IF;
    WHILE month < now() + interval '3 months' LOOP
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF sensors_reading FOR VALUES FROM (%L) TO (%L)',
            'sensors_reading_p' || to_char(month, 'YYYYMM'), month, month + interval '1 month'
        );
        EXECUTE format(
            'COMMENT ON TABLE %I IS %L', 'sensors_reading_p' || to_char(month, 'YYYYMM'), 'made at ' || now()
        );
        month := month + interval '1 month';
    END LOOP;
END
$$
"""

# The same names and columns as the continuous aggregates of a server with TimescaleDB.
ROLL_UP = """
CREATE TABLE IF NOT EXISTS {name} (
    sensor_id bigint NOT NULL,
    started_at timestamptz NOT NULL,
    reading_count bigint NOT NULL,
    value_sum double precision NOT NULL,
    value_min double precision NOT NULL,
    value_max double precision NOT NULL,
    min_at timestamptz NOT NULL,
    max_at timestamptz NOT NULL,
    CONSTRAINT {name}_pkey PRIMARY KEY (sensor_id, started_at)
)
"""

ROLL_UPS = (
    """
DO $$
BEGIN
    IF (SELECT relkind <> 'p' FROM pg_class WHERE oid = 'sensors_reading'::regclass) THEN
        RETURN;
    END IF;
"""
    + "".join(
        ROLL_UP.format(name=f"sensors_reading_{period}").rstrip() + ";" for period in ("hourly", "daily")
    )
    + """
END
$$
"""
)


class Migration(migrations.Migration):
    dependencies = [("sensors", "0005_readings_arrived_in")]

    operations = [
        migrations.AddField(
            model_name="sensorsummary",
            name="rolled_up_until",
            field=models.DateTimeField(
                help_text="Whole hours before are in the roll-ups, but for stale spans.", null=True
            ),
        ),
        migrations.CreateModel(
            name="StaleSpan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                (
                    "sensor",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sensors.sensor",
                    ),
                ),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="reading",
                    name="sensor",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="readings",
                        to="sensors.sensor",
                    ),
                )
            ],
            database_operations=[
                migrations.RunSQL(FORGET_FOREIGN_KEY, migrations.RunSQL.noop),
                migrations.RunSQL(PARTITIONS, migrations.RunSQL.noop),
                migrations.RunSQL(ROLL_UPS, migrations.RunSQL.noop),
            ],
        ),
    ]
