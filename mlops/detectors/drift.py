"""Slow drift: the residual from the profile of the day, averaged over some 300 readings.

Judged against its own record so far (1.6 times) and never below a quarter of a standard deviation, once
2000 readings and three days have shown how far this average wanders by nature.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors import seasonal
from mlops.detectors.window import CALIBRATED, Floats, Mask, Now, States

NAME = "drift"
READY = 2000
READY_DAYS = 3
DAY = 86400.0
AVERAGED = 300
LEAST = 0.25
BEYOND_RECORD = 1.6
MEMORY = 20_000
FOLLOW = 5000
STEADY = 0.5

STATE = np.dtype([("mean", "f4"), ("record", "f4"), ("latest", "f4")])


def measure(state: States, season: States, now: Now) -> Floats:
    """Return the averaged deviation over its limit; 1 and more is a drift."""
    mean, spread = seasonal.normal(season, now.row, now.time)
    sigmas = np.clip((now.z - mean) / (spread * seasonal.SIGMA), -4.0, 4.0)
    state["mean"] += np.where(now.count >= CALIBRATED, (sigmas - state["mean"]) / AVERAGED, 0.0)
    ratio = np.abs(state["mean"]) / np.maximum(LEAST, BEYOND_RECORD * state["record"])
    return np.where(_settled(now) & (seasonal.steadiness(season) > STEADY), ratio, 0.0)


def _settled(now: Now) -> Mask:
    return (now.count >= READY) & (now.age >= READY_DAYS * DAY)


def learn(state: States, now: Now, where: Mask) -> None:
    """The first rows set the record at once; later it follows too slowly to run along with a drift."""
    over = np.maximum(np.abs(state["mean"]) - state["record"], 0.0)
    rate = np.where(_settled(now), 1.0 / FOLLOW, now.age > DAY)
    state["record"] += where * (rate * over - state["record"] / MEMORY)


def rebase(state: States, now: Now, where: Mask) -> None:
    state["mean"] = np.where(where, 0.0, state["mean"])
