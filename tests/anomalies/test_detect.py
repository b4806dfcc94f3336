from __future__ import annotations

import numpy as np
import pytest
from django.db import transaction

from anomalies import detect
from anomalies.bands import learning_progress
from anomalies.detect import detect_anomalies
from anomalies.models import Alert
from mlops.models import ModelState
from smartmaint.events.agents import AGENTS
from smartmaint.events.models import EventRecord
from smartmaint.events.outbox import publish
from smartmaint.events.testing import drain
from tests.anomalies.feeding import feed, moment, store, told
from tests.mlops.signals import noise
from tests.sensors.factories import AssetFactory, SensorFactory

Cause = Alert.Cause


@pytest.fixture
def asset(organization):
    return AssetFactory(organization=organization, code="P-101", criticality=2)


@pytest.fixture
def sensor(asset):
    return SensorFactory(organization=asset.organization, asset=asset)


def spiky(at, rows):
    values = noise(rows)
    values[at] = 25 + 8
    return values


def test_it_hears_readings_in_batches():
    assert AGENTS["anomalies.detect_anomalies"].batch


def test_a_spike_raises_one_alert_in_plain_words(sensor):
    feed(sensor, spiky(600, 610))
    alert = Alert.objects.get()
    assert alert.cause == Cause.ABNORMAL_BEHAVIOUR
    assert alert.started_at == moment(600)
    assert alert.summary.startswith("Vibration of P-101 has been 33.0 mm/s since 10:00; ")
    assert alert.summary.endswith(" mm/s is normal")


def test_it_names_the_normal_band_in_units(sensor):
    feed(sensor, spiky(600, 610))
    row = Alert.objects.get().alert_sensors.get()
    assert (row.sensor, row.value, row.share) == (sensor, 33.0, 1.0)
    assert 20 < row.normal_low < 24 < 26 < row.normal_high < 30


def test_the_alert_belongs_to_the_journey_of_its_reading(sensor):
    feed(sensor, noise(600))
    event = feed(sensor, [33.0], start=600)
    alert = Alert.objects.get()
    assert alert.correlation_id == event.correlation_id
    raised = EventRecord.objects.get(name="anomalies.AlertRaised")
    assert raised.caused_by == event.event_id


def test_it_ends_the_alert_when_the_readings_are_normal_again(sensor):
    feed(sensor, spiky(600, 610))
    feed(sensor, noise(150, seed=3), start=610)
    assert Alert.objects.get().ended_at is not None


def test_it_goes_on_where_it_was(sensor):
    values = spiky(600, 700)
    for start in range(0, 700, 100):
        feed(sensor, values[start : start + 100], start)
    assert Alert.objects.get().started_at == moment(600)


def test_hearing_an_event_twice_changes_nothing(sensor):
    event = feed(sensor, spiky(600, 610))
    before = bytes(ModelState.objects.get(scope=f"sensor:{sensor.pk}").state)
    detect_anomalies(events=[event], at=moment(700))
    assert bytes(ModelState.objects.get(scope=f"sensor:{sensor.pk}").state) == before
    assert Alert.objects.count() == 1


def test_sensors_of_one_asset_that_move_together_are_one_alert(asset):
    pair = [SensorFactory(organization=asset.organization, asset=asset) for _ in range(2)]
    events = []
    for one, seed in zip(pair, (0, 1), strict=True):
        values = noise(620, seed)
        values[600:] += 8
        store(one, values)
        events.append(told(one, 0, 619))
    detect_anomalies(events=events, at=moment(620))
    alert = Alert.objects.get()
    assert {row.sensor for row in alert.alert_sensors.all()} == set(pair)
    assert alert.summary.startswith("2 sensors of P-101 moved. ")


def test_five_bad_readings_of_one_sensor_affect_no_other(asset):
    bad, good = (SensorFactory(organization=asset.organization, asset=asset) for _ in range(2))
    for one, seed in ((bad, 0), (good, 1)):
        feed(one, noise(600, seed))
    feed(bad, [90.0] * 5, start=600)
    feed(good, noise(5, 2), start=600)
    assert [row.sensor for row in Alert.objects.get().alert_sensors.all()] == [bad]


def test_readings_of_low_quality_are_not_judged(sensor):
    feed(sensor, noise(600))
    store(sensor, [90.0] * 5, start=600, quality=0.3)
    detect_anomalies(events=[told(sensor, 600, 604)], at=moment(605))
    assert not Alert.objects.exists()


def test_a_switched_off_sensor_is_not_judged(sensor):
    sensor.enabled = False
    sensor.save()
    feed(sensor, spiky(600, 610))
    assert not ModelState.objects.exists()
    assert not Alert.objects.exists()


def test_a_limit_is_judged_from_the_first_reading(sensor):
    sensor.upper_limit = 7.1
    sensor.save()
    feed(sensor, [2.0, 2.1, 9.0])
    alert = Alert.objects.get()
    assert (alert.cause, alert.priority) == (Cause.LIMIT_EXCEEDED, 1)
    assert "has been 9.00 mm/s since" in alert.summary
    assert alert.summary.endswith("above its limit of 7.1 mm/s")


def test_history_teaches_and_pages_nobody(sensor):
    feed(sensor, spiky(600, 1000), late=True)
    assert Alert.objects.get().historical
    feed(sensor, [40.0], start=1000)
    assert Alert.objects.filter(historical=False).count() == 1


def test_history_filled_in_behind_a_young_sensor_teaches_it(sensor):
    feed(sensor, noise(20), start=1000)
    store(sensor, noise(1000, 1))
    detect_anomalies(events=[told(sensor, 0, 999, late=True)], at=moment(1020))
    feed(sensor, [33.0], start=1020)
    assert Alert.objects.get().started_at == moment(1020)


def test_late_readings_leave_what_is_learnt_alone(sensor):
    feed(sensor, noise(500), start=100)
    before = ModelState.objects.get()
    feed(sensor, [90.0] * 50, start=0, late=True)
    after = ModelState.objects.get()
    assert after.seen_until == before.seen_until
    assert not Alert.objects.filter(historical=False).exists()
    assert np.array_equal(bytes(after.state), bytes(before.state))


def test_a_very_long_batch_is_heard_in_parts_and_nothing_is_lost(sensor, monkeypatch):
    monkeypatch.setattr(detect, "AT_ONCE", 100)
    store(sensor, spiky(600, 1000))
    with transaction.atomic():
        publish(told(sensor, 0, 999))
    drain()
    alert, state = Alert.objects.get(), ModelState.objects.get(scope=f"sensor:{sensor.pk}")
    assert (alert.started_at, state.seen_until) == (moment(600), moment(999))
    assert EventRecord.objects.filter(name="sensors.ReadingsStored").count() == 10


def test_parts_teach_what_the_whole_teaches(sensor, asset, monkeypatch):
    other = SensorFactory(organization=asset.organization, asset=asset)
    feed(other, noise(1000))
    monkeypatch.setattr(detect, "AT_ONCE", 100)
    store(sensor, noise(1000))
    with transaction.atomic():
        publish(told(sensor, 0, 999, late=True))
    drain()
    states = ModelState.objects.filter(scope__in=[f"sensor:{one.pk}" for one in (sensor, other)])
    assert len({bytes(state.state) for state in states}) == 1


def test_a_long_history_of_one_sensor_leaves_another_where_it_was(sensor, asset, monkeypatch):
    other = SensorFactory(organization=asset.organization, asset=asset)
    feed(other, noise(200), start=900)
    monkeypatch.setattr(detect, "AT_ONCE", 100)
    store(sensor, noise(500))
    store(other, noise(10, 1), start=1100)
    with transaction.atomic():
        publish(told(sensor, 0, 499, late=True), told(other, 1100, 1109))
    drain()
    assert (learning_progress(sensor)[0], learning_progress(other)[0]) == (500, 210)


def test_it_reads_and_writes_as_often_for_many_sensors_as_for_one(asset, django_assert_num_queries):
    sensors = [SensorFactory(organization=asset.organization, asset=asset) for _ in range(20)]
    for one in sensors:
        store(one, noise(10))
    with django_assert_num_queries(13):
        detect_anomalies(events=[told(one, 0, 9) for one in sensors], at=moment(10))
