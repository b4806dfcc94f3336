from django.db import migrations

# Processes remember which sensors there are; the version tells them when to ask again. It comes from a sequence,
# so that a version that was rolled back never comes again with other sensors behind it. Triggers, so that
# changes by the admin, by bulk writes and by plain SQL count as well. No foreign key: what is left of a deleted
# organization is one small row.
DIRECTORY = """
CREATE TABLE IF NOT EXISTS sensors_directory (organization_id bigint PRIMARY KEY, version bigint NOT NULL);
CREATE SEQUENCE IF NOT EXISTS sensors_directory_version;

CREATE OR REPLACE FUNCTION sensors_directory_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sensors_directory (organization_id, version)
    SELECT organization_id, nextval('sensors_directory_version')
    FROM (SELECT DISTINCT organization_id FROM changed ORDER BY organization_id) AS organizations
    ON CONFLICT (organization_id) DO UPDATE SET version = EXCLUDED.version;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION sensors_directory_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sensors_directory (organization_id, version)
    SELECT organization_id, nextval('sensors_directory_version') FROM (
        SELECT DISTINCT unnest(ARRAY[was.organization_id, now_is.organization_id]) AS organization_id
        FROM was JOIN now_is USING (id)
        WHERE (was.code, was.unit, was.organization_id) <> (now_is.code, now_is.unit, now_is.organization_id)
        ORDER BY organization_id
    ) AS organizations
    ON CONFLICT (organization_id) DO UPDATE SET version = EXCLUDED.version;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER sensors_directory_inserted AFTER INSERT ON sensors_sensor
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sensors_directory_changed();
CREATE OR REPLACE TRIGGER sensors_directory_updated AFTER UPDATE ON sensors_sensor
    REFERENCING OLD TABLE AS was NEW TABLE AS now_is
    FOR EACH STATEMENT EXECUTE FUNCTION sensors_directory_updated();
CREATE OR REPLACE TRIGGER sensors_directory_deleted AFTER DELETE ON sensors_sensor
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sensors_directory_changed();
"""

# Readings have no foreign key. Whoever stores locks the sensor's summary; whoever deletes the sensor has locked
# the sensor, waits for the summary, and only then deletes the readings: those that were committed meanwhile are
# seen. A store that comes later makes a new summary, whose foreign key fails.
NO_ORPHANS = """
CREATE OR REPLACE FUNCTION sensors_readings_go_too() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM sensors_sensorsummary USING gone WHERE sensor_id = gone.id;
    DELETE FROM sensors_reading USING gone WHERE sensor_id = gone.id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER sensors_readings_go_too AFTER DELETE ON sensors_sensor
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION sensors_readings_go_too();
"""

FORGET = """
DROP TRIGGER IF EXISTS sensors_readings_go_too ON sensors_sensor;
DROP FUNCTION IF EXISTS sensors_readings_go_too();
DROP TRIGGER IF EXISTS sensors_directory_inserted ON sensors_sensor;
DROP TRIGGER IF EXISTS sensors_directory_updated ON sensors_sensor;
DROP TRIGGER IF EXISTS sensors_directory_deleted ON sensors_sensor;
DROP FUNCTION IF EXISTS sensors_directory_changed();
DROP FUNCTION IF EXISTS sensors_directory_updated();
DROP SEQUENCE IF EXISTS sensors_directory_version;
DROP TABLE IF EXISTS sensors_directory;
"""


class Migration(migrations.Migration):
    dependencies = [("sensors", "0007_waveforms")]

    operations = [
        migrations.RunSQL(DIRECTORY, migrations.RunSQL.noop),
        migrations.RunSQL(NO_ORPHANS, FORGET),
    ]
