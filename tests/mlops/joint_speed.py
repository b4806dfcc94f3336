"""Speed and size of the joint detector: `python -m tests.mlops.joint_speed`, on one core."""

from __future__ import annotations

import time

import numpy as np

from mlops.detectors import joint
from tests.mlops.signals import times
from tests.mlops.test_detectors import cuts

LEARNT = 480


def speed(assets: int, sensors: int, rows: int, at_once: int) -> float:
    """Return readings a second for assets that are past learning, so many of their rows in one step."""
    values = np.random.default_rng(0).normal(25, 1, (assets, LEARNT + rows, sensors))
    moments = np.broadcast_to(times(LEARNT + rows), (assets, LEARNT + rows))
    states = joint.fresh(assets, sensors)

    def run(first: int, last: int, step: int) -> None:
        for cut in cuts(first, last, step):
            joint.advance(states, values[:, cut], moments[:, cut])

    run(0, LEARNT, 16)
    begin = time.process_time()
    run(LEARNT, LEARNT + rows, at_once)
    return assets * sensors * rows / (time.process_time() - begin)


if __name__ == "__main__":
    for assets, sensors, rows, at_once in (
        (1, 8, 1600, 16),
        (125, 8, 160, 16),
        (125, 8, 64, 1),
        (20, 50, 160, 16),
    ):
        figure = speed(assets, sensors, rows, at_once)
        print(f"{assets:4d} assets of {sensors:2d}, {at_once:2d} rows at once: {figure:9,.0f} readings/s")
    for sensors in (2, 8, 50):
        size = joint.layout(sensors).itemsize
        print(f"{sensors:2d} sensors: {size:,} bytes an asset, {size // sensors:,} a sensor")
