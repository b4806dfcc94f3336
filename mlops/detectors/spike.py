"""A single reading far out and far from the one before it: 5 standard deviations, and beyond the record.

The standard deviation is a robust one (mean absolute residuals, clipped at four); the record lets a
naturally heavy tail raise its own limit.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors import seasonal
from mlops.detectors.window import Floats, Mask, Now, States

NAME = "spike"
SIGMAS = 5.0
BEYOND_RECORD = 1.2
SUDDEN = 0.5
SPREAD_MEMORY = 1000
MEMORY = 20_000
FEW = 60

STATE = np.dtype(
    [
        ("record", "f4"),
        ("latest", "f4"),
        ("previous", "f4"),
        ("error", "f4"),
        ("spread", "f4"),
        ("learnt", "f4"),
    ]
)


def measure(state: States, season: States, now: Now) -> Floats:
    """Return the deviation over its limit; 1 and more is a spike."""
    mean, _ = seasonal.normal(season, now.row, now.time)
    state["error"] = np.abs(now.z - mean)
    sudden = np.abs(now.z - state["previous"]) > SUDDEN * state["error"]
    state["latest"] = sudden * state["error"] / (state["spread"] * seasonal.SIGMA + 1e-6)
    state["previous"] = now.z
    return state["latest"] / np.maximum(SIGMAS, BEYOND_RECORD * state["record"])


def learn(state: States, now: Now, where: Mask) -> None:
    """Normal rows set the record; of a spike it takes half, so that what keeps coming back is known."""
    decayed = state["record"] * (1.0 - 1.0 / MEMORY)
    over = np.maximum(state["latest"] - decayed, 0.0)
    state["record"] = decayed + over * np.where(where, 1.0, 0.5) * (state["learnt"] >= FEW)
    state["learnt"] += where
    rate = where / np.clip(state["learnt"], 1.0, SPREAD_MEMORY)
    size = np.where(state["learnt"] < FEW, state["error"], np.minimum(state["error"], 4 * state["spread"]))
    state["spread"] += rate * (size - state["spread"])
