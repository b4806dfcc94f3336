from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.db import connection, transaction

from sensors.incoming import IncomingReading
from sensors.models import Reading
from sensors.services import store_readings
from sensors.storage import partitions
from sensors.storage.partitions import is_partitioned, list_partitions, make_room, tend
from tests.sensors.factories import ReadingFactory, SensorFactory

AT = datetime(2031, 5, 20, 12, tzinfo=UTC)
MIGRATION = import_module("sensors.migrations.0006_storage")


@pytest.fixture(autouse=True)
def _partitioned(db, monkeypatch):
    monkeypatch.setattr(partitions, "_ready", set())
    if not is_partitioned():
        pytest.skip("TimescaleDB keeps the readings here, in chunks of its own")


def names() -> list[str]:
    return [part.name.removeprefix("sensors_reading_") for part in list_partitions()]


def place_of(reading: Reading) -> str:
    """Return the partition that the reading of this instant lies in."""
    with connection.cursor() as cursor:
        where = "FROM sensors_reading WHERE measured_at = %s"
        cursor.execute(f"SELECT tableoid::regclass {where}", [reading.measured_at])
        return cursor.fetchone()[0].removeprefix("sensors_reading_")


def test_the_running_month_and_three_more_are_made_ahead():
    assert tend(at=AT) == 4
    assert {"p203105", "p203106", "p203107", "p203108"} <= set(names())
    assert tend(at=AT) == 0


def test_history_gets_a_month_of_its_own_when_it_comes(organization):
    moment = datetime(2019, 2, 28, 23, 59, 59, 999999, tzinfo=UTC)
    rows = [IncomingReading(sensor_id="P-1", value=1, timestamp=moment)]
    store_readings(organization=organization, readings=rows, at=AT)
    assert place_of(Reading.objects.get()) == "p201902"
    assert [part.made_at for part in list_partitions() if part.since.year == 2019] == [AT]


@pytest.mark.parametrize("moment", [datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_a_wrong_clock_makes_no_month(db, moment):
    before = names()
    make_room([moment], at=AT)
    assert names() == before
    assert place_of(ReadingFactory(measured_at=moment)) == "default"
    tend(at=AT)
    assert place_of(Reading.objects.get()) == "default"


def test_two_distant_moments_make_two_months_and_none_between(db):
    before = set(names())
    make_room([datetime(2003, 4, 5, tzinfo=UTC), datetime(2011, 1, 1, tzinfo=UTC)], at=AT)
    assert set(names()) - before == {"p200304", "p201101"}


def test_what_the_default_partition_holds_is_moved_to_its_month():
    old = ReadingFactory(measured_at=datetime(2019, 7, 1, tzinfo=UTC))
    assert place_of(old) == "default"
    tend(at=AT)
    assert place_of(old) == "p201907"


def test_a_month_has_the_tables_own_constraints(db):
    tend(at=AT)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, string_agg(contype::text, '' ORDER BY contype)"
            " FROM pg_constraint WHERE contype IN ('c', 'p', 'f')"
            " AND conrelid IN ('sensors_reading'::regclass, 'sensors_reading_p203105'::regclass) GROUP BY 1"
        )
        assert dict(cursor.fetchall()) == {"sensors_reading": "ccp", "sensors_reading_p203105": "ccp"}


@pytest.mark.django_db(transaction=True)
def test_a_store_does_not_wait_for_a_month_that_cannot_be_made_now(organization):
    """Somebody writes to the default partition for long: the reading goes there too, and is moved later."""
    sensor = SensorFactory(organization=organization, code="P-1")
    rows = [IncomingReading(sensor_id="P-1", value=1, timestamp=datetime(2018, 3, 1, tzinfo=UTC))]
    done = threading.Event()

    def store() -> None:
        store_readings(organization=organization, readings=rows, at=AT)
        connection.close()
        done.set()

    with transaction.atomic():
        ReadingFactory(sensor=sensor, measured_at=datetime(1999, 1, 1, tzinfo=UTC))
        threading.Thread(target=store).start()
        assert done.wait(60)
    reading = Reading.objects.get(measured_at__year=2018)
    assert place_of(reading) == "default"
    tend(at=AT)
    assert place_of(reading) == "p201803"
    drop_partitions_of(2018, 2031)


def drop_partitions_of(*years: int) -> None:
    with connection.cursor() as cursor:
        for part in list_partitions():
            if part.since.year in years:
                cursor.execute(f"DROP TABLE {part.name}")


def plain_table(*moments: datetime) -> None:
    """Make the table what it was before it had partitions, with a reading at each of the moments."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE plain (LIKE sensors_reading INCLUDING ALL)")
        cursor.execute("DROP TABLE sensors_reading CASCADE")
        cursor.execute("ALTER TABLE plain RENAME TO sensors_reading")
    sensor = SensorFactory()
    for moment in moments:
        ReadingFactory(sensor=sensor, measured_at=moment)


def migrate() -> None:
    with connection.cursor() as cursor:
        cursor.execute(MIGRATION.PARTITIONS)


def test_the_migration_keeps_all_that_was_stored():
    strange = datetime(1969, 12, 31, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
    sound = datetime(2024, 3, 31, 23, 59, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)
    plain_table(*strange, *sound)
    migrate()
    places = {reading.measured_at: place_of(reading) for reading in Reading.objects.all()}
    assert places == dict.fromkeys(strange, "default") | dict.fromkeys(sound, "history")
    assert list_partitions()[0].since == datetime(2024, 3, 1, tzinfo=UTC)
    before = names()
    migrate()
    assert names() == before


def test_the_migration_of_a_new_installation_makes_months_only():
    plain_table()
    migrate()
    assert names()
    assert all(name.startswith("p2") for name in names())
    assert list_partitions()[-1].until - datetime.now(UTC) > timedelta(days=85)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_a_question_about_a_day_opens_one_month_even_as_a_prepared_statement(mode):
    tend(at=AT)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL plan_cache_mode = {mode}")
        cursor.execute(
            "PREPARE day (timestamptz) AS SELECT value FROM sensors_reading"
            " WHERE sensor_id = 1 AND measured_at >= $1 AND measured_at < $1 + interval '1 day'"
        )
        cursor.execute("EXPLAIN (ANALYZE, COSTS OFF) EXECUTE day ('2031-06-02T00:00Z')")
        plan = "\n".join(line for (line,) in cursor.fetchall() if "never executed" not in line)
        cursor.execute("DEALLOCATE day")
    assert set(re.findall(r"on sensors_reading_(\w+)", plan)) == {"p203106"}
    assert "Index Scan" in plan or "Bitmap" in plan
