"""Slow drift: the residual from the profile of the day, averaged over some 300 readings.

Judged against its own record so far (1.6 times) and never below a quarter of a standard deviation, once
2000 readings and three days have shown how far this average wanders by nature.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors import seasonal
from mlops.detectors.window import BLOCK, CALIBRATED, Block, Floats, Ints, Mask, Now, States

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

STATE = np.dtype([("mean", "f4"), ("record", "f4")])


def measure(state: States, season: States, now: Now) -> Floats:
    """Return the averaged deviation over its limit; 1 and more is a drift."""
    ratio = np.abs(state["mean"]) / np.maximum(LEAST, BEYOND_RECORD * state["record"])
    steady = seasonal.steadiness(season) > STEADY
    return _settled(now.count, now.age) * (ratio * steady)[:, None]


def _settled(count: Ints, age: Floats) -> Mask:
    return (count >= READY) & (age >= READY_DAYS * DAY)


def learn(state: States, season: States, block: Block, where: Mask) -> None:
    """The first rows set the record at once; later it follows too slowly to run along with a drift."""
    _, spread = seasonal.normal(season, block.row, block.time)
    sigmas = np.clip(season["errors"][:, -BLOCK:] / (spread * seasonal.SIGMA), -4.0, 4.0)
    known = block.count[:, 0] >= CALIBRATED
    state["mean"] += known * (1 - (1 - 1 / AVERAGED) ** BLOCK) * (sigmas.mean(axis=1) - state["mean"])
    count, age = block.count[:, -1], block.age[:, -1]
    over = np.maximum(np.abs(state["mean"]) - state["record"], 0.0)
    rate = np.where(_settled(count, age), BLOCK / FOLLOW, age > DAY)
    normal = where * known * (block.normal / BLOCK)
    state["record"] += normal * (rate * over - state["record"] * (BLOCK / MEMORY))


def rebase(state: States, where: Mask) -> None:
    state["mean"] = np.where(where, 0.0, state["mean"])
