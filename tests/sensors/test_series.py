from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sensors.incoming import IncomingReading
from sensors.models import Reading, Sensor
from sensors.services import store_readings
from sensors.storage import series, timescale
from sensors.storage.series import load_series
from sensors.storage.upkeep import bring_rollups_up_to_date
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


@pytest.mark.parametrize(("points", "most"), [(40, 40), (400, 400), (2000, 960)])
def test_a_long_series_comes_from_the_roll_ups_with_real_readings(organization, monkeypatch, points, most):
    """Twenty days at six readings an hour; the days' roll-up for few points, the hours' for many."""
    if timescale.keeps_rollups():
        pytest.skip("TimescaleDB refreshes its roll-ups outside of transactions")
    monkeypatch.setattr(series, "READ_WHOLE", 100)
    values = {START + timedelta(minutes=10 * n): n % 97 * 1.0 for n in range(2880)}
    values |= {
        START + timedelta(hours=77, minutes=7): 999.0,
        START + timedelta(hours=310, minutes=59): -999.0,
    }
    rows = [IncomingReading(sensor_id="P-1", value=value, timestamp=at) for at, value in values.items()]
    store_readings(organization=organization, readings=rows, at=START + timedelta(days=20))
    bring_rollups_up_to_date()
    sensor = Sensor.objects.get(code="P-1")
    times, found = load_series(sensor, START, START + timedelta(days=20), points)
    drawn = dict(zip(times, found, strict=True))
    assert most / 2 <= len(times) <= most + 2
    assert drawn.items() <= values.items()
    assert {-999, 999} <= set(found)
