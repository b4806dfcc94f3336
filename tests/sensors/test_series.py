from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sensors.models import Reading
from sensors.storage import series
from sensors.storage.series import load_series
from tests.sensors.factories import SensorFactory

START = datetime(2026, 3, 2, tzinfo=UTC)
END = START + timedelta(seconds=5000)


@pytest.fixture
def sensor(organization):
    """A reading a second for 5,000 s: a slow wave with a peak and a dip of one second each."""
    sensor = SensorFactory(organization=organization)
    values = {1234: 999.0, 4321: -999.0}
    Reading.objects.bulk_create(
        Reading(sensor=sensor, measured_at=START + timedelta(seconds=n), value=values.get(n, n % 100))
        for n in range(5000)
    )
    return sensor


def test_a_short_series_is_whole(sensor):
    times, values = load_series(sensor, START, START + timedelta(seconds=10))
    assert values == list(range(10))
    assert (times[0], times[-1]) == (START, START + timedelta(seconds=9))


@pytest.mark.parametrize("read_whole", [20_000, 1000])
@pytest.mark.parametrize("points", [3, 20, 500, 99_999])
def test_a_long_series_is_thinned_with_its_extremes_in_place(sensor, monkeypatch, read_whole, points):
    monkeypatch.setattr(series, "READ_WHOLE", read_whole)
    times, values = load_series(sensor, START, END, points)
    assert 2 <= len(times) == len(values) <= min(points, 2000)
    assert times == sorted(times)
    drawn = dict(zip(times, values, strict=True))
    assert drawn[START + timedelta(seconds=1234)] == 999
    assert drawn[START + timedelta(seconds=4321)] == -999


def test_a_sensor_without_readings_has_an_empty_series(organization):
    assert load_series(SensorFactory(organization=organization), START, END) == ([], [])
