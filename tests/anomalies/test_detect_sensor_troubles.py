from __future__ import annotations

from datetime import timedelta

import pytest

from anomalies.detect import detect_anomalies
from anomalies.models import Alert
from anomalies.sensor_troubles import raise_silence
from tests.anomalies.feeding import feed, moment, store, told
from tests.mlops.signals import noise
from tests.sensors.factories import SensorFactory

Cause = Alert.Cause


@pytest.fixture
def sensor(organization):
    return SensorFactory(organization=organization, asset__code="P-101", asset__organization=organization)


def test_a_stuck_sensor_is_told_apart_from_machine_trouble(sensor):
    feed(sensor, noise(600))
    feed(sensor, [24.9] * 60, start=600)
    alert = Alert.objects.get()
    assert (alert.cause, alert.subject_sensor) == (Cause.SENSOR_STUCK, sensor)
    assert "has repeated 24.9 mm/s since 10:00" in alert.summary


def test_it_ends_when_the_value_moves_again(sensor):
    feed(sensor, noise(600))
    feed(sensor, [24.9] * 60, start=600)
    feed(sensor, noise(5, 2), start=660)
    assert Alert.objects.get().ended_at is not None


def test_a_silent_sensor_raises_one_alert(sensor):
    feed(sensor, noise(200))
    for minutes in (205, 211, 215):
        raise_silence(at=moment(minutes))
    alert = Alert.objects.get()
    assert (alert.cause, alert.subject_sensor, alert.started_at) == (Cause.SENSOR_SILENT, sensor, moment(199))
    assert alert.summary == (
        "Vibration of P-101 has been silent since 01 Jan 03:19:00; one reading each 60 s is normal"
    )


def test_the_silence_ends_when_readings_return(sensor):
    feed(sensor, noise(200))
    raise_silence(at=moment(215))
    feed(sensor, noise(2, 1), start=216)
    assert Alert.objects.get().ended_at == moment(217)


def test_a_sensor_in_time_is_not_silent(sensor):
    feed(sensor, noise(200))
    raise_silence(at=moment(205))
    assert not Alert.objects.exists()


def test_the_expected_interval_may_be_set(sensor):
    sensor.expected_interval = 600
    sensor.save()
    feed(sensor, noise(3))
    raise_silence(at=moment(95))
    assert not Alert.objects.exists()
    raise_silence(at=moment(104))
    assert Alert.objects.get().cause == Cause.SENSOR_SILENT


def test_a_sensor_that_only_sent_history_is_not_awaited(sensor):
    store(sensor, noise(200))
    detect_anomalies(events=[told(sensor, 0, 199)], at=moment(200) + timedelta(days=400))
    raise_silence(at=moment(200) + timedelta(days=401))
    assert not Alert.objects.exists()


def jump_back_and_forth(sensor, times):
    for row in range(600, 600 + 10 * times, 10):
        feed(sensor, noise(1, row), start=row)
        feed(sensor, noise(1, row), start=row - 550)


def test_a_clock_that_keeps_jumping_back_is_the_sensors_trouble(sensor):
    feed(sensor, noise(40))
    feed(sensor, noise(10), start=590)
    jump_back_and_forth(sensor, 5)
    alert = Alert.objects.get()
    assert (alert.cause, alert.subject_sensor) == (Cause.SENSOR_CLOCK, sensor)


def test_one_late_delivery_is_no_jumping_clock(sensor):
    feed(sensor, noise(40))
    feed(sensor, noise(10), start=590)
    jump_back_and_forth(sensor, 1)
    assert not Alert.objects.exists()


def test_the_clock_is_settled_after_readings_in_order(sensor):
    feed(sensor, noise(40))
    feed(sensor, noise(10), start=590)
    jump_back_and_forth(sensor, 5)
    for row in range(700, 740):
        feed(sensor, noise(1, row), start=row)
    assert Alert.objects.get().ended_at is not None
