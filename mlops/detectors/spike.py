"""A single reading far out and far from the one before it: 5 standard deviations, and beyond the record.

The standard deviation is a robust one (mean absolute residuals, clipped at four); the record lets a
naturally heavy tail raise its own limit.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors import seasonal
from mlops.detectors.window import BLOCK, Block, Floats, Mask, Now, States

NAME = "spike"
SIGMAS = 5.0
BEYOND_RECORD = 1.2
SUDDEN = 0.5
SPREAD_MEMORY = 1000
MEMORY = 20_000

STATE = np.dtype([("record", "f4"), ("spread", "f4"), ("learnt", "f4")])


def measure(state: States, season: States, now: Now) -> Floats:
    """Return the deviation over its limit; 1 and more is a spike."""
    error = np.abs(season["errors"][:, -now.z.shape[1] :])
    limit = np.maximum(SIGMAS, BEYOND_RECORD * state["record"])
    return _sigmas(state, error, now.z - now.previous) / limit[:, None]


def _sigmas(state: States, error: Floats, step: Floats) -> Floats:
    """Return the sudden deviations in standard deviations (S, B), 0 for what came slowly."""
    return (np.abs(step) > SUDDEN * error) * error / (state["spread"] * seasonal.SIGMA + 1e-6)[:, None]


def prime(state: States, season: States) -> None:
    state["spread"] = season["slow_spread"]
    state["learnt"] = season["learnt"]


def learn(state: States, season: States, block: Block, where: Mask) -> None:
    """Normal rows set the record; of a spike it takes half, so that what keeps coming back is known."""
    error = np.abs(season["errors"][:, -BLOCK:])
    sigmas = _sigmas(state, error, block.z - block.previous)
    decayed = state["record"] * (1.0 - BLOCK / MEMORY)
    over = np.maximum(sigmas - decayed[:, None], 0.0) * np.where(block.where, 1.0, 0.5)
    state["record"] = decayed + where * over.max(axis=1)
    size = np.minimum(error, 4 * state["spread"][:, None])
    rate = where * block.share(state["learnt"], SPREAD_MEMORY)
    state["spread"] += rate * (block.mean(size) - state["spread"])
    state["learnt"] += where * block.normal
