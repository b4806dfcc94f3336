"""How fast the default detectors score and learn, beside scikit-learn's isolation forest on the same windows.

On one core, in batches of many sensors; it needs no running product.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from anomalies.detection.scan import Rows, scan
from mlops.detectors import sensor
from mlops.detectors.sensor import Limits
from mlops.detectors.window import RECENT, Floats, States

SENSORS = 1000
LEARNT, SCORED = 608, 128  # readings of each sensor
HELD = 20_000
WINDOWS = 20_000
INTERVAL = 60.0
START = 1_767_225_600.0  # 2026-01-01 00:00 UTC


@dataclass(frozen=True)
class Scoring:
    """Readings a second on one core, the reference's windows a second, and what the states take."""

    sensors: int
    readings_per_second: float
    forest_windows_per_second: float
    bytes_per_sensor: int
    held_sensors: int
    held_megabytes: float

    @property
    def ratio(self) -> float:
        return self.readings_per_second / self.forest_windows_per_second

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio}

    def told(self) -> str:
        forest = "scikit-learn's IsolationForest.score_samples"
        return (
            f"scoring: {self.readings_per_second:,.0f} readings/s on one core, judged and learnt, "
            f"{self.sensors} sensors in a batch; {forest} {self.forest_windows_per_second:,.0f} of the same "
            f"windows/s: ratio {self.ratio:.1f}. {self.bytes_per_sensor:,} bytes a sensor: "
            f"{self.held_sensors:,} sensors are {self.held_megabytes:.0f} MB."
        )


def measure(sensors: int = SENSORS) -> Scoring:
    values = np.random.default_rng(0).normal(25, 1, (sensors, LEARNT + SCORED))
    states = sensor.fresh(sensors)
    _hear(states, values, slice(0, LEARNT))
    seconds = _cpu(lambda: _hear(states, values, slice(LEARNT, LEARNT + SCORED)))
    held = sensor.fresh(HELD)
    return Scoring(
        sensors=sensors,
        readings_per_second=sensors * SCORED / seconds,
        forest_windows_per_second=_forest(values),
        bytes_per_sensor=sensor.STATE.itemsize,
        held_sensors=HELD,
        held_megabytes=held.nbytes / 1e6,
    )


def _hear(states: States, values: Floats, part: slice) -> None:
    here, sensors = values[:, part], len(values)
    moments = START + INTERVAL * np.arange(part.start, part.stop)
    none = np.full(sensors, np.inf)
    rows = Rows(
        np.repeat(np.arange(sensors), here.shape[1]),
        np.tile(moments, sensors),
        here.ravel(),
        np.ones(here.size),
    )
    scan(states, rows, Limits(-none, none))


def _forest(values: Floats) -> float:
    """Return the windows a second that a forest of the usual size scores on one core."""
    from sklearn.ensemble import IsolationForest

    windows = sliding_window_view(values, RECENT, axis=1)
    learnt = windows[:, : LEARNT - RECENT : RECENT].reshape(-1, RECENT)
    scored = windows[:, LEARNT - RECENT + 1 :].reshape(-1, RECENT)[:WINDOWS]
    forest = IsolationForest(random_state=0, n_jobs=1).fit(learnt)
    return len(scored) / _cpu(lambda: forest.score_samples(scored))


def _cpu(work: Callable[[], Any]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin
