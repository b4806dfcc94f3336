from django.db import migrations

# On a server with TimescaleDB readings become a hypertable with chunks of a day; on any other nothing happens,
# and every query gives the same result. A role that may not create the extension leaves the table plain.
HYPERTABLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
        OR current_setting('shared_preload_libraries') NOT LIKE '%timescaledb%' THEN
        RETURN;
    END IF;
    BEGIN
        CREATE EXTENSION IF NOT EXISTS timescaledb;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE 'timescaledb is available and may not be created by this role: readings stay a plain table';
        RETURN;
    END;
    PERFORM create_hypertable(
        'sensors_reading', 'measured_at',
        chunk_time_interval => INTERVAL '1 day', create_default_indexes => false,
        migrate_data => true, if_not_exists => true
    );
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("sensors", "0001_initial")]

    operations = [migrations.RunSQL(HYPERTABLE, migrations.RunSQL.noop)]
