from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from maintenance.history import POINTS, recent_windows
from maintenance.models import Prediction
from maintenance.services.predicting import predict_failure
from sensors.models import Reading
from smartmaint.events.models import EventRecord
from tests.anomalies.factories import AlertFactory, AlertSensorFactory
from tests.maintenance.factories import NOW
from tests.sensors.factories import SensorFactory


@pytest.fixture
def alert(organization):
    return AlertFactory(asset__organization=organization, latest_at=NOW, verdict="confirmed")


def moved(alert, *, score=5.0, **values):
    values = {"organization": alert.organization, "asset": alert.asset, **values}
    return AlertSensorFactory(alert=alert, score=score, sensor=SensorFactory(**values)).sensor


def store(sensor, values, *, every=timedelta(minutes=1), quality=1.0):
    """Store the values so that the last one lies at NOW."""
    first = NOW - every * (len(values) - 1)
    Reading.objects.bulk_create(
        Reading(sensor=sensor, measured_at=first + every * place, value=value, quality=quality)
        for place, value in enumerate(values)
    )


def test_it_estimates_when_the_trend_meets_the_limit(alert):
    sensor = moved(alert, upper_limit=7.1)
    ramp = np.linspace(3.0, 5.1, 601) + np.random.default_rng(1).normal(0, 0.05, 601)
    store(sensor, ramp)
    prediction = predict_failure(alert=alert, at=NOW)
    assert prediction.outcome == Prediction.Outcome.ESTIMATE
    assert prediction.hours_low <= 2.0 / 0.21 <= prediction.hours_high
    assert (prediction.limit, prediction.correlation_id) == (7.1, alert.correlation_id)


def test_it_predicts_once_for_an_alert(alert):
    moved(alert)
    first, second = (predict_failure(alert=alert, at=NOW) for _ in range(2))
    assert first == second
    told = EventRecord.objects.filter(name="maintenance.FailurePredicted")
    assert [event.payload for event in told] == [{"prediction_id": first.pk}] * 2


def test_it_looks_at_the_worst_sensor_that_has_a_limit(alert):
    moved(alert, score=9.0)
    limited = moved(alert, score=4.0, upper_limit=7.1)
    moved(alert, score=3.0, upper_limit=7.1)
    assert predict_failure(alert=alert, at=NOW).sensor == limited


def test_it_says_that_no_limit_is_set(alert):
    sensor = moved(alert)
    store(sensor, np.linspace(3, 5, 100))
    assert predict_failure(alert=alert, at=NOW).outcome == "no_limit"


def test_a_sensor_in_trouble_is_not_believed(organization):
    sensor = SensorFactory(organization=organization, upper_limit=7.1)
    alert = AlertFactory(
        asset=sensor.asset, organization=organization, cause="sensor_stuck", subject_sensor=sensor
    )
    prediction = predict_failure(alert=alert, at=NOW)
    assert (prediction.outcome, prediction.sensor) == ("sensor_bad", sensor)
    assert "sensor stuck" in prediction.reasons[0]


def test_readings_of_low_quality_and_later_ones_are_left_out(alert):
    sensor = moved(alert, upper_limit=7.1)
    store(sensor, [3.0] * 100, quality=0.2)
    Reading.objects.create(sensor=sensor, measured_at=NOW + timedelta(hours=1), value=9.0)
    assert recent_windows(sensor, NOW) == []
    assert predict_failure(alert=alert, at=NOW).outcome == "not_enough_data"


def test_long_history_is_thinned_into_views_that_all_end_now(alert):
    sensor = moved(alert)
    store(sensor, np.arange(3000.0))
    windows = recent_windows(sensor, NOW)
    assert [len(window.hours) for window in windows] == [POINTS] * 5
    lengths = [window.length for window in windows]
    assert lengths == sorted(lengths, reverse=True)
    assert all(-0.7 < window.hours[-1] <= 0 for window in windows)
