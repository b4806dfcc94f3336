"""Corrections: another value for an instant that has one. The first stays, the other is quarantined."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from django.db import connection

from sensors.incoming import IncomingReading
from sensors.models import QuarantinedReading, Reading, SensorSummary
from sensors.services import store_readings
from tests.accounts.factories import OrganizationFactory
from tests.sensors.factories import SensorFactory

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def store(organization, *values, unit=""):
    readings = [
        IncomingReading(sensor_id="P-1.flow", value=value, timestamp=AT, unit=unit) for value in values
    ]
    return store_readings(organization=organization, readings=readings, at=AT)


def counts(result):
    return result.accepted, result.duplicate, result.rejected


def test_another_value_than_stored_is_refused_with_both_named(organization):
    store(organization, 5)
    result = store(organization, 5.5)
    (error,) = result.errors
    assert counts(result) == (0, 0, 1)
    assert (error.index, error.code) == (0, "conflict")
    assert "2026-03-02T12:00:00+00:00" in error.detail
    assert "has 5.0 already, this says 5.5" in error.detail


def test_another_value_than_earlier_in_the_same_batch_is_refused(organization):
    result = store(organization, 5, 7, 5)
    assert counts(result) == (1, 1, 1)
    assert [error.index for error in result.errors] == [1]
    assert [row.value for row in Reading.objects.all()] == [5]
    assert [row.payload["value"] for row in QuarantinedReading.objects.all()] == [7]


def test_the_same_value_in_another_unit_is_a_duplicate(organization):
    SensorFactory(organization=organization, code="P-1.flow", unit="bar")
    store(organization, 2, unit="bar")
    assert counts(store(organization, 200, unit="kPa")) == (0, 1, 0)


def test_without_repetitions_nothing_is_compared(organization, monkeypatch):
    monkeypatch.setattr("sensors.services.find_conflicts", None)
    assert store(organization, 5).accepted == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_with_other_values_one_wins_and_the_other_is_refused():
    organization, barrier, results = OrganizationFactory(), Barrier(8), []
    store(organization, 0)
    Reading.objects.all().delete()
    SensorSummary.objects.all().delete()

    def run(value: float) -> None:
        barrier.wait(60)
        results.append(store(organization, value))
        connection.close()

    threads = [Thread(target=run, args=[value]) for value in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts(result) for result in results) == [(0, 0, 1)] * 7 + [(1, 0, 0)]
    assert SensorSummary.objects.get().reading_count == Reading.objects.count() == 1
    assert QuarantinedReading.objects.filter(code="conflict").count() == 7
