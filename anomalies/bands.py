"""What is normal for a sensor, for charts and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from anomalies.sensor_states import load_kept, records
from mlops.detectors import sensor as detector
from mlops.detectors.settings import CALM
from mlops.detectors.thresholds import needed
from mlops.detectors.window import States
from sensors.models import Sensor

FIRST = int(np.min(CALM.needed))

Band = tuple[list[float], list[float]]


@dataclass(frozen=True)
class Learner:
    """A sensor that is not judged yet: how many readings it learnt from, and how many it needs."""

    sensor: Sensor
    seen: int
    needed: int


def normal_band(sensor: Sensor, times: Sequence[datetime]) -> Band | None:
    """Return the normal band (low, high) at each of `times`, in the sensor's unit; None while it is learnt.

    Location and spread of that half hour of the day, plus and minus three standard deviations.
    """
    state = _state(sensor)
    if state is None or not times or _missing(state):
        return None
    at = np.array([time.timestamp() for time in times])
    low, high = detector.band(np.repeat(state, len(at)), at)
    return low.tolist(), high.tolist()


def learning_progress(sensor: Sensor) -> tuple[int, int]:
    """Return how many readings were learnt from and how many are needed before the sensor is judged."""
    state = _state(sensor)
    if state is None:
        return 0, FIRST
    return int(state["window"]["count"][0]), _needed(state)


def learners(sensors: Sequence[Sensor]) -> list[Learner]:
    """Return those of one organization's sensors that are not judged yet."""
    if not sensors:
        return []
    kept = load_kept(sensors[0].organization_id, [sensor.pk for sensor in sensors])
    states = records([sensor.pk for sensor in sensors], kept)
    progress = [
        Learner(sensor, int(states["window"]["count"][place]), _needed(states[place : place + 1]))
        for place, sensor in enumerate(sensors)
    ]
    return [one for one in progress if one.seen < one.needed]


def _state(sensor: Sensor) -> States | None:
    kept = load_kept(sensor.organization_id, [sensor.pk])
    return records([sensor.pk], kept) if kept else None


def _needed(state: States) -> int:
    """Until steadiness is known, hope for the smaller number: it is what most sensors need."""
    young = state["window"]["count"][0] < FIRST
    return FIRST if young else int(needed(state)[0])


def _missing(state: States) -> bool:
    return int(state["window"]["count"][0]) < _needed(state)
