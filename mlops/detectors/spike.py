"""A single reading far out and far from the one before it: 5 standard deviations, and beyond the record.

The standard deviation is the robust one of the time of day; the record lets a naturally heavy tail raise
its own limit.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors import seasonal
from mlops.detectors.window import Floats, Mask, Now, States

NAME = "spike"
SIGMAS = 5.0
BEYOND_RECORD = 1.25
MEMORY = 20_000

STATE = np.dtype([("record", "f4"), ("latest", "f4"), ("previous", "f4")])


def measure(state: States, season: States, now: Now) -> Floats:
    """Return the deviation over its limit; 1 and more is a spike."""
    mean, spread = seasonal.normal(season, now.row, now.time)
    jump = np.minimum(np.abs(now.z - mean), np.abs(now.z - state["previous"]))
    state["latest"] = jump / (spread * seasonal.SIGMA)
    state["previous"] = now.z
    return state["latest"] / np.maximum(SIGMAS, BEYOND_RECORD * state["record"])


def learn(state: States, now: Now, where: Mask) -> None:
    """Normal rows set the record; of a spike it takes half, so that what keeps coming back is known."""
    decayed = state["record"] * (1.0 - 1.0 / MEMORY)
    over = np.maximum(state["latest"] - decayed, 0.0)
    state["record"] = decayed + over * np.where(where, 1.0, 0.5)
