from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sensors.incoming import IncomingReading
from sensors.models import Reading, Sensor, SensorSummary
from sensors.services import store_readings
from sensors.storage import timescale
from sensors.storage.buckets import load_buckets
from sensors.storage.checks import check_retention
from sensors.storage.cutting import DAY, HOUR
from sensors.storage.retention import drop_old_readings

MARCH = datetime(2013, 3, 10, tzinfo=UTC)
MAY = datetime(2013, 5, 10, tzinfo=UTC)
KEEP = timedelta(days=180)
LATER = datetime(2013, 10, 1, tzinfo=UTC)  # March is over age, May is not


def send(organization, *moments: datetime, at: datetime | None = None, code: str = "P-1") -> None:
    rows = [IncomingReading(sensor_id=code, value=2.5, timestamp=moment) for moment in moments]
    store_readings(organization=organization, readings=rows, at=at or max(moments))


@pytest.fixture(autouse=True)
def _tables(db):
    if timescale.keeps_rollups():
        pytest.skip(
            "TimescaleDB refreshes its roll-ups outside of transactions: test_same_answers.py drops there"
        )


@pytest.fixture
def stored(organization):
    """Thirty hours in March and one reading in May of P-1; one in March of P-2."""
    send(organization, *(MARCH + n * HOUR for n in range(30)))
    send(organization, MARCH, code="P-2")
    send(organization, MAY)


def drop(at: datetime = LATER, keep: timedelta = KEEP) -> int:
    return drop_old_readings(at=at, keep=keep)


def test_months_over_age_go_and_the_others_stay(stored):
    assert drop() == 1
    assert [reading.measured_at for reading in Reading.objects.all()] == [MAY]
    assert drop() == 0


def test_a_day_before_its_time_nothing_goes(stored):
    assert drop(at=datetime(2013, 4, 1, tzinfo=UTC) + KEEP) == 0


def test_summaries_say_what_is_left(stored):
    drop()
    busy, silent = SensorSummary.objects.order_by("sensor__code")
    assert (busy.reading_count, busy.first_reading_at, busy.last_reading_at) == (1, MAY, MAY)
    assert (silent.reading_count, silent.first_reading_at, silent.last_reading_at) == (0, None, MARCH)


def test_the_roll_ups_stay_even_of_the_last_hour_of_a_silent_sensor(stored):
    drop()
    busy, silent = Sensor.objects.order_by("code")
    days = [(day.timestamp.day, day.count, day.avg) for day in load_buckets(busy, MARCH, LATER, DAY)]
    assert days == [(10, 24, 2.5), (11, 6, 2.5), (10, 1, 2.5)]
    assert [hour.count for hour in load_buckets(silent, MARCH, LATER, HOUR)] == [1]


def test_history_stays_as_long_after_it_came_in_as_what_was_measured(organization):
    send(organization, MARCH, at=LATER)
    assert drop() == 0
    assert drop(at=LATER + KEEP + DAY) == 1


def test_zero_keeps_everything(stored):
    assert drop(keep=timedelta(0)) == 0
    assert Reading.objects.count() == 32


def test_a_sensor_that_speaks_again_counts_from_anew(stored, organization):
    drop()
    send(organization, LATER, code="P-2")
    silent = SensorSummary.objects.get(sensor__code="P-2")
    assert (silent.reading_count, silent.first_reading_at) == (1, LATER)


def test_readings_are_kept_half_a_year_unless_the_deployment_says_otherwise(settings):
    assert settings.READINGS_RETENTION == KEEP


@pytest.mark.parametrize(("days", "errors"), [(0, 0), (14, 0), (13, 1), (-1, 1)])
def test_a_retention_that_would_take_roll_ups_along_is_refused(settings, days, errors):
    settings.READINGS_RETENTION = timedelta(days=days)
    assert len(check_retention()) == errors
