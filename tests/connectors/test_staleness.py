from __future__ import annotations

import pytest

from anomalies.models import Alert
from anomalies.sensor_troubles import expect_silence, raise_silence
from sensors.connectors.staleness import mark_fresh, mark_stale
from sensors.incoming import IncomingReading
from sensors.models import Sensor, StaleSensor
from sensors.services import store_readings
from smartmaint.events.models import Delivery, EventRecord
from smartmaint.events.testing import drain
from tests.anomalies.feeding import feed, moment
from tests.mlops.signals import noise
from tests.sensors.factories import SensorFactory


@pytest.fixture
def sensor(organization) -> Sensor:
    return SensorFactory(organization=organization, code="press.Force", asset__organization=organization)


def cut_off(organization, since) -> None:
    mark_stale(organization=organization, codes=["press.Force", "unknown"], since=since)


def test_a_sensor_that_is_cut_off_is_silent_at_once(sensor, organization):
    feed(sensor, noise(200))
    raise_silence(at=moment(201))
    assert not Alert.objects.exists()
    expect_silence(organization_id=organization.pk, sensor_ids=[sensor.pk], at=moment(201))
    raise_silence(at=moment(201))
    assert Alert.objects.get().cause == Alert.Cause.SENSOR_SILENT


def test_the_watch_hears_of_it(sensor, organization):
    cut_off(organization, moment(1))
    drain()
    assert Delivery.objects.get(agent="anomalies.expect_silence").state == Delivery.State.DONE


def test_what_is_stale_already_is_told_once(sensor, organization):
    cut_off(organization, moment(1))
    cut_off(organization, moment(2))
    assert EventRecord.objects.filter(name="sensors.SensorsWentStale").count() == 1
    assert StaleSensor.objects.get().since == moment(1)


def test_a_birth_takes_it_back(sensor, organization):
    cut_off(organization, moment(1))
    mark_fresh(organization=organization, codes=["press.Force"])
    assert not StaleSensor.objects.exists()


def test_another_organization_s_sensor_of_that_code_is_left_alone(sensor, organization, other_organization):
    cut_off(other_organization, moment(1))
    assert not StaleSensor.objects.exists()
    cut_off(organization, moment(1))
    mark_fresh(organization=other_organization, codes=["press.Force"])
    assert StaleSensor.objects.exists()


def test_the_sensor_s_page_says_that_it_is_cut_off(sensor, organization, viewer):
    readings = [IncomingReading(sensor_id="press.Force", value=1.0, timestamp=moment(0))]
    store_readings(organization=organization, readings=readings, at=moment(0))
    cut_off(organization, moment(1))
    assert "cut off" in viewer.get(f"/sensors/{sensor.pk}/").content.decode()
    mark_fresh(organization=organization, codes=["press.Force"])
    assert "cut off" not in viewer.get(f"/sensors/{sensor.pk}/").content.decode()
