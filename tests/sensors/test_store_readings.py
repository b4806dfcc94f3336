from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.db.models import Count, Max, Min

from sensors.incoming import IncomingReading
from sensors.models import QuarantinedReading, Reading, Sensor, SensorSummary
from sensors.quality import MalformedReading, Rejection
from sensors.services import store_readings
from smartmaint.events.models import EventRecord
from tests.accounts.factories import OrganizationFactory

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def reading(code="P-1.flow", value=1.0, minutes=0.0, **values):
    return IncomingReading(sensor_id=code, value=value, timestamp=AT - timedelta(minutes=minutes), **values)


def told():
    """Return (late, number of sensors, count) of each ReadingsStored, in a fixed order."""
    payloads = EventRecord.objects.filter(name="sensors.ReadingsStored").values_list("payload", flat=True)
    return sorted((payload["late"], len(payload["spans"]), payload["count"]) for payload in payloads)


def test_it_counts_what_it_stored(organization):
    result = store_readings(
        organization=organization, readings=[reading(), reading(), reading(value=float("nan"))], at=AT
    )
    assert (result.accepted, result.duplicate, result.rejected) == (1, 1, 1)
    assert [(error.index, error.code) for error in result.errors] == [(2, "value")]


def test_the_first_of_two_for_one_instant_wins(organization):
    store_readings(organization=organization, readings=[reading(value=5), reading(value=7)], at=AT)
    store_readings(organization=organization, readings=[reading(value=9)], at=AT)
    assert [row.value for row in Reading.objects.all()] == [5]


def test_it_keeps_the_summary_exact_whatever_the_order(organization):
    for minutes in (10, 30, 20, 20):
        store_readings(organization=organization, readings=[reading(minutes=minutes, value=minutes)], at=AT)
    summary = SensorSummary.objects.get()
    assert summary.reading_count == 3
    assert summary.first_reading_at == AT - timedelta(minutes=30)
    assert (summary.last_reading_at, summary.last_value) == (AT - timedelta(minutes=10), 10)


def test_it_tells_of_the_span_of_each_sensor(organization):
    store_readings(organization=organization, readings=[reading(minutes=m) for m in (5, 1, 3)], at=AT)
    event = EventRecord.objects.get(name="sensors.ReadingsStored")
    spans = event.payload["spans"]
    assert list(spans.values()) == [["2026-03-02T11:55:00+00:00", "2026-03-02T11:59:00+00:00"]]


def test_it_tells_nothing_when_nothing_is_new(organization):
    store_readings(organization=organization, readings=[reading()], at=AT)
    result = store_readings(organization=organization, readings=[reading()], at=AT)
    assert result.event_id is None
    assert len(told()) == 1


def test_old_readings_are_late(organization):
    store_readings(organization=organization, readings=[reading(minutes=61)], at=AT)
    assert told() == [(True, 1, 1)]


def test_a_buffer_that_reaches_the_present_is_live(organization):
    store_readings(organization=organization, readings=[reading(minutes=m) for m in (600, 59)], at=AT)
    assert told() == [(False, 1, 2)]


def test_readings_behind_the_sensors_newest_are_late(organization):
    store_readings(organization=organization, readings=[reading(minutes=-4)], at=AT)
    store_readings(organization=organization, readings=[reading(minutes=58)], at=AT)
    assert told() == [(False, 1, 1), (True, 1, 1)]


def test_live_and_late_sensors_are_told_of_apart(organization):
    rows = [reading("P-1.flow"), reading("P-2.flow", minutes=90), reading("P-2.flow", minutes=91)]
    store_readings(organization=organization, readings=rows, at=AT)
    assert told() == [(False, 1, 1), (True, 1, 2)]


def test_a_replay_is_live_whatever_its_age(organization):
    store_readings(organization=organization, readings=[reading(minutes=9999)], at=AT, live=True)
    assert told() == [(False, 1, 1)]


def test_five_bad_readings_of_one_sensor_affect_no_other(organization):
    bad = [reading("P-1.flow", value=float("inf")) for _ in range(4)]
    bad.append(MalformedReading({"sensor_id": "P-1.flow"}, Rejection("value", "missing")))
    result = store_readings(organization=organization, readings=[*bad, reading("P-2.flow")], at=AT)
    assert (result.accepted, result.rejected) == (1, 5)
    assert list(Sensor.objects.values_list("code", flat=True)) == ["P-2.flow"]
    assert set(QuarantinedReading.objects.values_list("sensor_code", flat=True)) == {"P-1.flow"}
    assert told() == [(False, 1, 1)]


def test_it_remembers_where_a_refused_reading_came_from(organization):
    store_readings(organization=organization, readings=[reading(value=float("nan"))], at=AT, source="replay")
    kept = QuarantinedReading.objects.get()
    assert (kept.source, kept.received_at, kept.payload["value"]) == ("replay", AT, "nan")


def _at_once(count, act):
    """Run `act` in `count` threads that start together, and return what they returned."""
    barrier, results = Barrier(count), []

    def run() -> None:
        barrier.wait(60)
        try:
            results.append(act())
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_the_same_batch_from_many_at_once_is_stored_once():
    organization = OrganizationFactory()
    batch = [reading(f"P-{number % 20}.flow", minutes=number) for number in range(400)]
    results = _at_once(8, lambda: store_readings(organization=organization, readings=batch[::-1], at=AT))
    assert len(results) == 8
    assert sum(result.accepted for result in results) == 400
    assert all(result.accepted + result.duplicate == 400 for result in results)
    rows = Reading.objects.values("sensor_id").annotate(
        Count("value"), Min("measured_at"), Max("measured_at")
    )
    kept = SensorSummary.objects.values_list(
        "sensor_id", "reading_count", "first_reading_at", "last_reading_at"
    )
    assert {tuple(row.values()) for row in rows} == set(kept)
    assert sum(count for _, _, count in told()) == 400


@pytest.mark.django_db(transaction=True)
def test_batches_in_opposite_orders_do_not_deadlock():
    organization = OrganizationFactory()
    forward = [reading(f"P-{number}.flow", minutes=number) for number in range(60)]
    batches = iter([forward, forward[::-1]] * 4)
    results = _at_once(8, lambda: store_readings(organization=organization, readings=next(batches), at=AT))
    assert sum(result.accepted for result in results) == 60


@pytest.mark.django_db(transaction=True)
def test_a_sensor_that_many_register_at_once_is_told_of_once():
    organization = OrganizationFactory()
    batch = [reading(f"P-{number}.flow") for number in range(100)]
    _at_once(8, lambda: store_readings(organization=organization, readings=batch, at=AT))
    told_of = EventRecord.objects.filter(name="sensors.SensorRegistered")
    ids = [payload["sensor_id"] for payload in told_of.values_list("payload", flat=True)]
    assert sorted(ids) == sorted(Sensor.objects.values_list("pk", flat=True))
