"""A setting means as many alerts an hour however fast a sensor is read, and whatever its noise is like."""

from __future__ import annotations

import numpy as np

from mlops.detectors import sensor, thresholds
from mlops.detectors.settings import CALM, SENSITIVE
from tests.mlops.budgets import alerts
from tests.mlops.signals import noise

SENSORS = 8


def test_more_is_asked_of_a_sensor_that_is_read_more_often_than_each_five_minutes():
    state = sensor.fresh(4)
    state["window"]["interval"] = [3600, 300, 30, 3]
    for settings in (CALM, SENSITIVE):
        asked = thresholds.threshold(state, settings)
        np.testing.assert_allclose(asked - asked[0], [0, 0, 0.75, 1.5])


def test_the_sensitive_setting_bears_sensors_that_are_read_each_ten_seconds():
    values = np.stack([noise(3000, seed) for seed in range(SENSORS)])
    assert alerts(values, [SENSITIVE] * SENSORS, interval=10.0).sum() <= 1
    assert alerts(values, [SENSITIVE] * SENSORS, interval=300.0).sum() > SENSORS


def test_heavy_tails_are_known():
    draws = [np.random.default_rng(seed) for seed in range(SENSORS)]
    skewed = np.stack([draw.lognormal(size=5000) for draw in draws])
    assert alerts(skewed, [CALM] * SENSORS, interval=60.0).mean() <= 0.5
