"""Speed and size of the detectors: `python -m tests.mlops.speed`, on one core."""

from __future__ import annotations

import time

import numpy as np

from anomalies.detection.scan import Rows, scan
from mlops.detectors import sensor
from mlops.detectors.sensor import Limits
from tests.mlops.signals import times

LEARNT = 600


def speed(sensors: int, rows: int) -> float:
    """Return readings a second for sensors that are past learning, `rows` of each in one batch."""
    values = np.random.default_rng(0).normal(25, 1, (LEARNT + rows, sensors))
    moments = np.repeat(times(LEARNT + rows), sensors).reshape(values.shape)
    number = np.broadcast_to(np.arange(sensors), values.shape)
    states = sensor.fresh(sensors)
    limits = Limits(np.full(sensors, -np.inf), np.full(sensors, np.inf))

    def run(part: slice) -> None:
        columns = (number[part].ravel(), moments[part].ravel(), values[part].ravel())
        scan(states, Rows(*columns, np.ones(columns[0].shape)), limits)

    run(slice(0, LEARNT))
    begin = time.process_time()
    run(slice(LEARNT, None))
    return sensors * rows / (time.process_time() - begin)


if __name__ == "__main__":
    for sensors, rows in ((1, 3000), (8, 2000), (100, 300), (1000, 60)):
        print(f"{sensors:5d} sensors: {speed(sensors, rows):9,.0f} readings/s")
    print(f"{sensor.STATE.itemsize} bytes a sensor")
