"""An asset's sensors judged together, live: one alert with each one's share, as without a database."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from anomalies import ensembles
from anomalies.detect import detect_anomalies
from anomalies.detection.ensembles import unpack
from anomalies.detection.offline import Series, detect_offline
from anomalies.models import Alert
from mlops.models import ModelState
from sensors.events import ReadingsStored
from sensors.models import Reading
from tests.anomalies.feeding import BEGIN, feed, moment, store, told
from tests.anomalies.real_data import water_loop
from tests.mlops.signals import noise, times
from tests.mlops.test_joint_detector import pump
from tests.sensors.factories import AssetFactory, SensorFactory

SEED = 3  # of a load that no sensor finds odd by itself


@pytest.fixture
def asset(organization):
    return AssetFactory(organization=organization, code="P-101", criticality=2)


@pytest.fixture
def sensors(asset):
    names = ("Load", "Flow", "Current")
    return [SensorFactory(organization=asset.organization, asset=asset, name=name) for name in names]


def joint_state(asset):
    return unpack(bytes(ModelState.objects.get(scope=f"asset:{asset.pk}/joint").state))


def left_behind(rows=1300):
    """Flow leaves the course of load and current after 1,200 rows, within its own range."""
    values = pump(rows, seed=SEED)[:, :3]
    values[1200:, 1] += 4
    return values


def feed_together(sensors, values, start=0):
    events = []
    for one, column in zip(sensors, values.T, strict=False):
        store(one, column, start)
        events.append(told(one, start, start + len(values) - 1))
    detect_anomalies(events=events, at=moment(start + len(values)))


def feed_in_turn(sensors, values, start=0):
    for one, column in zip(sensors, values.T, strict=False):
        feed(one, column, start)


def test_what_no_sensor_shows_by_itself_is_an_alert_that_names_it(sensors):
    values = left_behind()
    for start in range(0, len(values), 650):
        feed_in_turn(sensors, values[start : start + 650], start)
    alert = Alert.objects.get()
    assert moment(1200) <= alert.started_at < moment(1230)
    strongest = alert.alert_sensors.order_by("-share").first()
    assert strongest.sensor == sensors[1]
    assert strongest.share > 0.5
    assert strongest.reason.startswith("Flow of P-101 has left the course of its asset's other sensors")
    assert any(reason.startswith("Its sensors do not fit each other; of that ") for reason in alert.reasons)


def test_it_is_the_same_live_as_without_a_database(sensors):
    values = left_behind()
    for start in range(0, len(values), 400):
        feed_together(sensors, values[start : start + 400], start)
    series = [
        Series(one.name, times(len(values)), column) for one, column in zip(sensors, values.T, strict=False)
    ]
    (episode,) = detect_offline(series)
    alert = Alert.objects.get()
    assert alert.started_at.timestamp() == episode.started
    assert alert.score == pytest.approx(episode.score)
    assert {row.sensor.name for row in alert.alert_sensors.all()} == set(episode.sensors)


def feed_loop(sensors, series, begin, end):
    """Store rows begin..end of a loop's series, one a second, and let detection hear of them."""
    at = [BEGIN + timedelta(seconds=one - series[0].time[0]) for one in series[0].time[begin:end]]
    Reading.objects.bulk_create(
        Reading(sensor=sensor, measured_at=when, value=value)
        for sensor, one in zip(sensors, series, strict=True)
        for when, value in zip(at, one.value[begin:end].tolist(), strict=True)
    )
    spans = {sensor.pk: (at[0].isoformat(), at[-1].isoformat()) for sensor in sensors}
    event = ReadingsStored(organization_id=sensors[0].organization_id, spans=spans, count=1)
    detect_anomalies(events=[event], at=at[-1])


def test_a_real_water_loop_is_the_same_live_as_without_a_database(asset, test_data):
    whole, _ = water_loop(test_data / "SKAB/data/valve1/0.csv")
    series = [Series(one.name, one.time[:750], one.value[:750]) for one in whole]
    sensors = [SensorFactory(organization=asset.organization, asset=asset, name=one.name) for one in series]
    feed_loop(sensors, series, 0, 600)
    feed_loop(sensors, series, 600, 750)
    shift = BEGIN.timestamp() - series[0].time[0]
    alerts = [(one.started_at.timestamp(), one.ended_at) for one in Alert.objects.order_by("started_at")]
    expected = [(one.started + shift, one.ended) for one in detect_offline(series)]
    assert [start for start, _ in alerts] == pytest.approx([start for start, _ in expected])
    assert [end is None for _, end in alerts] == [end is None for _, end in expected]


def test_an_asset_of_one_sensor_has_no_joint_state(asset):
    only = SensorFactory(organization=asset.organization, asset=asset)
    feed(only, noise(300))
    assert not ModelState.objects.filter(scope__endswith="/joint").exists()


def test_sensors_on_another_clock_are_left_to_themselves(asset, sensors):
    slow = SensorFactory(organization=asset.organization, asset=asset)
    Reading.objects.bulk_create(
        Reading(sensor=slow, measured_at=moment(10 * row), value=20 + row % 7) for row in range(100)
    )
    spans = {slow.pk: (moment(0).isoformat(), moment(990).isoformat())}
    event = ReadingsStored(organization_id=asset.organization_id, spans=spans, count=100)
    detect_anomalies(events=[event], at=moment(990))
    feed_together(sensors, pump(300))
    assert joint_state(asset).ids == [one.pk for one in sensors]


def test_a_sensor_that_joins_makes_them_learn_together_anew(asset, sensors):
    feed_together(sensors[:2], pump(600)[:, :2])
    assert joint_state(asset).state["window"]["count"][0] == 600
    feed_together(sensors, pump(800)[600:], 600)
    assert joint_state(asset).ids == [one.pk for one in sensors]
    assert joint_state(asset).state["window"]["count"][0] == 200


def test_a_stuck_sensor_says_nothing_of_its_machine(sensors):
    values = pump(900)
    values[600:, 2] = 90.0
    feed_together(sensors, values)
    causes = set(Alert.objects.filter(started_at__gt=moment(620)).values_list("cause", flat=True))
    assert "abnormal_behaviour" not in causes


def test_hearing_an_event_twice_changes_nothing(asset, sensors):
    feed_together(sensors, pump(300))
    before = bytes(ModelState.objects.get(scope=f"asset:{asset.pk}/joint").state)
    detect_anomalies(events=[told(one, 0, 299) for one in sensors], at=moment(600))
    assert bytes(ModelState.objects.get(scope=f"asset:{asset.pk}/joint").state) == before


def test_readings_of_low_quality_take_no_part(asset, sensors):
    feed_together(sensors, pump(500))
    store(sensors[0], np.full(5, 900.0), 500, quality=0.2)
    detect_anomalies(events=[told(sensors[0], 500, 504)], at=moment(505))
    assert joint_state(asset).state["window"]["count"][0] == 500


@pytest.mark.parametrize(("left", "cap"), [(1, 50), (2, 50), (2, 0)])
def test_what_they_showed_together_ends_when_a_sensor_is_judged_no_more(
    asset, sensors, left, cap, monkeypatch
):
    values = left_behind(1320)
    feed_together(sensors, values[:650])
    feed_together(sensors, values[650:1300], 650)
    assert Alert.objects.get().ended_at is None
    monkeypatch.setattr(ensembles, "ANEW_AT_ONCE", cap)
    for gone in sensors[left:]:
        gone.enabled = False
        gone.save()
    feed_together(sensors[:1], values[1300:], 1300)
    assert Alert.objects.get().ended_at
    together = ModelState.objects.filter(scope=f"asset:{asset.pk}/joint")
    assert [unpack(bytes(one.state)).ids for one in together] == [[one.pk for one in sensors[:2]]] * (
        left == 2 and cap > 0
    )
