"""The product's own detection on the demo plant: faults are found, healthy machines are left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from anomalies.detection.scan import Moment, Rows, scan
from mlops.detectors import sensor
from mlops.detectors.episodes import Change
from mlops.detectors.sensor import Limits
from smartmaint.embedded.plant.faults import Fault, FaultPeriod
from smartmaint.embedded.plant.simulator import Plant

ORIGIN = datetime(2026, 11, 20, 5, 0, 7, tzinfo=UTC)
HISTORY, LIVE = timedelta(hours=26), timedelta(minutes=160)
AFTERMATH = timedelta(minutes=2)
PLANT = Plant(seed=1, origin=ORIGIN)
PERIODS = PLANT.truth(ORIGIN, ORIGIN + LIVE)
CODES = [sensor.code for sensor in PLANT.sensors]
DELAYS = {Fault.CAVITATION: 60, Fault.BEARING_WEAR: 300, Fault.STUCK_SENSOR: 300, Fault.FOULING: 300}


def limits() -> Limits:
    lower = [-np.inf if one.lower_limit is None else one.lower_limit for one in PLANT.sensors]
    upper = [np.inf if one.upper_limit is None else one.upper_limit for one in PLANT.sensors]
    return Limits(np.array(lower), np.array(upper))


@pytest.fixture(scope="module")
def openings() -> list[Moment]:
    """What the detectors announce from the origin on, after a day of history."""
    first, last = PLANT.tick_at(ORIGIN - HISTORY), PLANT.tick_at(ORIGIN + LIVE)
    values = PLANT.values(first, last)
    times = np.repeat(np.arange(first, last + 1) * PLANT.interval, len(CODES))
    columns = np.tile(np.arange(len(CODES)), len(values))
    rows = Rows(columns, times, values.ravel(), np.ones(values.size))
    moments = scan(sensor.fresh(len(CODES)), rows, limits())
    return [m for m in moments if m.change == Change.OPENED and m.time > ORIGIN.timestamp()]


def belongs(moment: Moment, period: FaultPeriod) -> bool:
    end = (period.end + AFTERMATH).timestamp()
    same_machine = CODES[moment.sensor].startswith(period.machine)
    return same_machine and period.start.timestamp() <= moment.time < end


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.fault.name)
def test_each_fault_is_found_in_time(openings, period):
    found = [m.time for m in openings if belongs(m, period) and CODES[m.sensor] in period.sensors]
    assert found
    assert min(found) - period.start.timestamp() <= DELAYS[period.fault]


def test_healthy_machines_are_left_alone(openings):
    others = [m for m in openings if not any(belongs(m, period) for period in PERIODS)]
    assert len(others) <= 2, [(CODES[m.sensor], m.because, m.time) for m in others]
