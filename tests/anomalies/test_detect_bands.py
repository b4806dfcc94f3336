from __future__ import annotations

import pytest

from anomalies.bands import learning_progress, normal_band
from tests.anomalies.feeding import feed, moment
from tests.mlops.signals import daily, noise
from tests.sensors.factories import SensorFactory


@pytest.fixture
def sensor(organization):
    return SensorFactory(organization=organization, asset__organization=organization)


def test_there_is_no_band_while_it_is_learnt(sensor):
    assert normal_band(sensor, [moment(0)]) is None
    assert learning_progress(sensor) == (0, 400)
    feed(sensor, noise(150))
    assert normal_band(sensor, [moment(0)]) is None
    assert learning_progress(sensor) == (150, 400)


def test_the_band_holds_the_readings_in_their_unit(sensor):
    feed(sensor, noise(600))
    low, high = normal_band(sensor, [moment(600), moment(610)])
    assert len(low) == len(high) == 2
    assert all(20 < one < 23.5 for one in low)
    assert all(26.5 < one < 30 for one in high)


def test_the_band_follows_the_day(sensor):
    feed(sensor, daily(4 * 1440, 60))
    low, high = normal_band(sensor, [moment(6 * 60), moment(18 * 60)])
    assert (low[0] + high[0]) / 2 > 55
    assert (low[1] + high[1]) / 2 < 45
