from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from sensors.incoming import IncomingReading
from sensors.models import Reading, Sensor, StaleSpan
from sensors.services import store_readings
from sensors.storage import rollups, timescale
from sensors.storage.buckets import load_buckets
from sensors.storage.cutting import DAY, HOUR
from sensors.storage.upkeep import bring_rollups_up_to_date
from tests.sensors.factories import SensorFactory

START = datetime(2026, 3, 2, tzinfo=UTC)
COMPUTED = """
SELECT sensor_id, date_bin('{width}', measured_at, 'epoch'), count(*), sum(value), min(value), max(value),
    (array_agg(measured_at ORDER BY value, measured_at))[1],
    (array_agg(measured_at ORDER BY value DESC, measured_at))[1]
FROM sensors_reading GROUP BY 1, 2 HAVING bool_and(measured_at < '{until}') ORDER BY 1, 2
"""


def ask(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def send(organization, *hours: float, code: str = "P-1.flow", value: float = 1.0) -> None:
    """Store a reading of `value` at each of these hours after START."""
    moments = [START + timedelta(hours=hour) for hour in hours]
    rows = [IncomingReading(sensor_id=code, value=value, timestamp=moment) for moment in moments]
    store_readings(organization=organization, readings=rows, at=START + timedelta(days=40))


def kept(period: str) -> list[tuple]:
    columns = "sensor_id, started_at, reading_count, value_sum, value_min, value_max, min_at, max_at"
    own = "sensor_id IN (SELECT id FROM sensors_sensor)"
    return ask(f"SELECT {columns} FROM sensors_reading_{period} WHERE {own} ORDER BY 1, 2")


@pytest.fixture
def tables(db):
    if timescale.keeps_rollups():
        pytest.skip("TimescaleDB refreshes its roll-ups outside of transactions, and only those")


def counts(code: str, width: timedelta = HOUR) -> list[int]:
    sensor = Sensor.objects.get(code=code)
    return [bucket.count for bucket in load_buckets(sensor, START, START + timedelta(days=30), width)]


def is_clean() -> bool:
    return not StaleSpan.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_comes_in_whatever_order_the_roll_ups_are_what_a_computation_gives(organization, seed):
    luck = random.Random(seed)
    for _ in range(12):
        moments = [luck.uniform(0, 24 * luck.choice([1, 3, 30])) for _ in range(40)]
        send(organization, *moments, code=f"P-{luck.randint(1, 3)}", value=luck.randint(-8, 8) / 4)
        if luck.random() < 0.4:
            bring_rollups_up_to_date()
    send(organization, 24 * 33, code="P-1"), send(organization, 24 * 33, code="P-2")
    send(organization, 24 * 33, code="P-3")
    bring_rollups_up_to_date()
    until = START + timedelta(days=33)
    assert is_clean()
    assert kept("hourly") == ask(COMPUTED.format(width="1 hour", until=until))
    assert [row for row in kept("daily") if row[1] < until] == ask(
        COMPUTED.format(width="1 day", until=until)
    )


def test_the_hour_that_runs_is_not_rolled_up_yet_and_counts_all_the_same(organization, tables):
    send(organization, 0.1, 1.1, 1.2)
    bring_rollups_up_to_date()
    assert [row[2] for row in kept("hourly")] == [1]
    send(organization, 1.3)
    assert is_clean()
    assert counts("P-1.flow") == [1, 3]


def test_late_readings_count_at_once_and_repair_the_roll_ups(organization, tables):
    send(organization, *[hour / 2 for hour in range(200)])
    bring_rollups_up_to_date()
    send(organization, 10.1, 10.2)
    assert not is_clean()
    before = counts("P-1.flow"), counts("P-1.flow", DAY)
    bring_rollups_up_to_date()
    assert is_clean()
    assert (counts("P-1.flow"), counts("P-1.flow", DAY)) == before
    assert before[0][:12] == [2] * 10 + [4, 2]
    assert before[1][:2] == [50, 48]


def test_answers_come_from_the_roll_ups_where_these_are_whole(organization, tables):
    send(organization, *range(100))
    bring_rollups_up_to_date()
    Reading.objects.filter(measured_at__lt=START + timedelta(days=3)).delete()
    assert counts("P-1.flow") == [1] * 100
    assert counts("P-1.flow", DAY) == [24, 24, 24, 24, 4]


def test_readings_from_before_the_first_are_rolled_up_too(organization, tables):
    send(organization, 50, 52)
    bring_rollups_up_to_date()
    send(organization, 3)
    bring_rollups_up_to_date()
    assert [row[1] for row in kept("hourly")] == [START + timedelta(hours=hour) for hour in (3, 50)]


def test_a_long_history_is_rolled_up_in_portions(organization, tables, monkeypatch):
    monkeypatch.setattr(rollups, "MOST_AT_ONCE", timedelta(hours=10))
    send(organization, *range(25))
    portions = [rollups.roll_up() for _ in range(4)]
    assert portions == [1, 1, 1, 0]
    assert [row[2] for row in kept("hourly")] == [1] * 24


def test_values_too_great_for_a_sum_do_not_stop_the_roll_ups(organization, tables):
    send(organization, 0.1, 0.2, value=1.7e308)
    send(organization, 1.5)
    bring_rollups_up_to_date()
    sensor = Sensor.objects.get()
    assert load_buckets(sensor, START, START + HOUR, HOUR)[0].avg == 1.7e308


def test_a_sensor_without_a_summary_is_read_from_its_readings(organization, tables):
    sensor = SensorFactory(organization=organization, code="Q-1")
    Reading.objects.create(sensor=sensor, measured_at=START, value=3)
    bring_rollups_up_to_date()
    assert counts("Q-1") == [1]


@pytest.mark.django_db(transaction=True)
def test_stores_at_the_same_time_leave_no_drift(organization):
    send(organization, 0, 48)

    def store(seed: int) -> None:
        luck = random.Random(seed)
        for _ in range(15):
            send(organization, *(luck.uniform(0, 60) for _ in range(20)), value=luck.randint(0, 9))
        connection.close()

    threads = [threading.Thread(target=store, args=[seed]) for seed in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        bring_rollups_up_to_date()
    bring_rollups_up_to_date()
    until = Reading.objects.latest("measured_at").measured_at.replace(minute=0, second=0, microsecond=0)
    assert kept("hourly") == ask(COMPUTED.format(width="1 hour", until=until))
