"""What a process remembers of the sensors, while other processes change them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from django.db import connection, transaction

from sensors.directory import look_up
from sensors.incoming import IncomingReading
from sensors.models import Reading, Sensor, SensorSummary
from sensors.services import store_readings
from tests.accounts.factories import OrganizationFactory
from tests.sensors.factories import SensorFactory
from tests.stack import wait_until

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sensor():
    return SensorFactory(organization=OrganizationFactory(), code="P-1.flow", unit="bar")


def store(sensor, code="P-1.flow", minutes=0, **values):
    reading = IncomingReading(
        sensor_id=code, value=values.pop("value", 1.0), timestamp=AT + timedelta(minutes=minutes), **values
    )
    at = AT + timedelta(hours=1)
    return store_readings(organization=sensor.organization, readings=[reading], at=at)


def elsewhere(statement, *parameters):
    """Run it on a connection of its own, as another process does."""
    errors = []

    def run() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()
    assert not errors


def test_what_is_known_is_not_asked_for_again(sensor, django_assert_num_queries):
    store(sensor)
    with django_assert_num_queries(0):
        assert look_up(sensor.organization_id, ["P-1.flow"]).sensors["P-1.flow"].sensor_id == sensor.pk


def test_a_unit_that_another_process_changed_holds_for_the_next_request(sensor):
    store(sensor, unit="bar")
    elsewhere("UPDATE sensors_sensor SET unit = 'kPa' WHERE id = %s", sensor.pk)
    store(sensor, minutes=1, unit="bar", value=2.0)
    assert Reading.objects.get(measured_at=AT + timedelta(minutes=1)).value == pytest.approx(200)


def test_a_sensor_that_another_process_renamed_is_known_by_its_new_name_only(sensor):
    store(sensor)
    elsewhere("UPDATE sensors_sensor SET code = 'P-9.flow' WHERE id = %s", sensor.pk)
    store(sensor, code="P-9.flow", minutes=1)
    store(sensor, code="P-1.flow", minutes=2)
    assert Reading.objects.filter(sensor=sensor).count() == 2
    assert Sensor.objects.get(code="P-1.flow").pk != sensor.pk


def test_a_change_by_bulk_update_counts_too(sensor):
    store(sensor, unit="bar")
    Sensor.objects.filter(pk=sensor.pk).update(unit="mbar")
    store(sensor, minutes=1, unit="bar")
    assert Reading.objects.order_by("measured_at").last().value == pytest.approx(1000)


def test_a_deleted_sensor_takes_its_readings_along_and_is_registered_anew(sensor):
    store(sensor)
    elsewhere("DELETE FROM sensors_sensor WHERE id = %s", sensor.pk)
    assert not Reading.objects.exists()
    assert store(sensor).accepted == 1
    assert Reading.objects.get().sensor_id == Sensor.objects.get(code="P-1.flow").pk != sensor.pk


def test_what_a_broken_off_transaction_registered_is_not_remembered(sensor):
    with transaction.atomic():
        store(sensor, code="P-2.flow")
        transaction.set_rollback(True)
    Sensor.objects.filter(pk=sensor.pk).update(name="any change")
    assert store(sensor, code="P-2.flow").accepted == 1
    assert Reading.objects.get().sensor.code == "P-2.flow"


@pytest.mark.parametrize("known", [True, False], ids=["with a summary", "without"])
def test_a_store_that_waits_for_a_deletion_leaves_no_orphan(sensor, known):
    if known:
        store(sensor)
    results, deleted = [], sensor.pk

    def late() -> None:
        results.append(store(sensor, minutes=5).accepted)
        connection.close()

    thread = Thread(target=late)
    with transaction.atomic():
        Sensor.objects.get(pk=deleted).delete()
        thread.start()
        wait_until(somebody_waits, 60)
    thread.join()
    assert results == [1]
    assert [row.sensor_id for row in Reading.objects.all()] == [SensorSummary.objects.get().sensor_id]
    assert Sensor.objects.get().pk != deleted


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


def test_a_deletion_that_waits_for_a_store_leaves_no_orphan(sensor):
    store(sensor)

    def delete() -> None:
        Sensor.objects.filter(pk=sensor.pk).delete()
        connection.close()

    thread = Thread(target=delete)
    with transaction.atomic():
        store(sensor, minutes=5)
        thread.start()
        wait_until(somebody_waits, 60)
    thread.join()
    assert not Sensor.objects.exists()
    assert not Reading.objects.exists()
    assert not SensorSummary.objects.exists()
