"""Mean range: a short mean that leaves the range such means ever had while all was well.

Only for steady sensors: von Neumann ratio var(diff)/var above 0.5 (one that wanders has no such range).
Centre = middle, unit = half of the range of 20-reading means; the centre then follows slowly.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import WARM, Floats, Mask, Now, States

NAME = "level"
READY = 400
RANGE_LEARNT = 2000
FOLLOW = 1000
WIDEN = 0.005
STEADY = 0.5
STEADINESS_MEMORY = 2000
LIMIT = 2.2
BEYOND_RECORD = 1.25
MEMORY = 20_000

STATE = np.dtype(
    [
        ("previous", "f4"),
        ("mean", "f4"),
        ("variance", "f4"),
        ("differences", "f4"),
        ("low", "f4"),
        ("high", "f4"),
        ("centre", "f4"),
        ("steady", "?"),
        ("ratio", "f4"),
        ("highest", "f4"),
        ("record", "f4"),
    ]
)


def measure(state: States, now: Now) -> Floats:
    """Return the distance from the centre over its limit; 1 and more is outside. 0 for wandering sensors."""
    half = np.maximum((state["high"] - state["low"]) / 2, 1e-3)
    state["ratio"] = state["steady"] * np.abs(now.mean20 - state["centre"]) / half
    state["highest"] = np.maximum(state["highest"], state["ratio"])
    return state["ratio"] / np.maximum(LIMIT, BEYOND_RECORD * state["record"])


def learn(state: States, now: Now, where: Mask) -> None:
    _judge_steadiness(state, now, where)
    young = where & (now.count < READY)
    mean, low, high = now.mean20, state["low"], state["high"]
    first = now.count == WARM
    rate = np.where(now.count < READY, 1.0, np.where(now.count < RANGE_LEARNT, WIDEN, 0.0)) * where
    state["low"] = np.where(first, mean, low - rate * np.maximum(low - mean, 0.0))
    state["high"] = np.where(first, mean, high + rate * np.maximum(mean - high, 0.0))
    middle = (state["low"] + state["high"]) / 2
    state["highest"] = np.where(where, 0.0, state["highest"])
    state["centre"] = np.where(
        young, middle, state["centre"] + (where & ~young) * (mean - state["centre"]) / FOLLOW
    )


def get_used_to(state: States, ended: Mask) -> None:
    """Take half of an ended excursion into the record, so that what comes back again and again is known."""
    over = np.maximum(state["highest"] - state["record"], 0.0)
    state["record"] += np.where(ended, over / 2, 0.0) - state["record"] / MEMORY
    state["highest"] = np.where(ended, 0.0, state["highest"])


def _judge_steadiness(state: States, now: Now, where: Mask) -> None:
    rate = where * np.maximum(1.0 / (np.maximum(now.count - WARM, 0) + 1.0), 1.0 / STEADINESS_MEMORY)
    error = now.z - state["mean"]
    step = np.where(now.count > WARM, now.z - state["previous"], 0.0)
    state["mean"] += rate * error
    state["variance"] += rate * (error * (now.z - state["mean"]) - state["variance"])
    state["differences"] += rate * (step**2 - state["differences"])
    state["previous"] = now.z
    state["steady"] = (now.count >= READY) & (state["differences"] >= STEADY * state["variance"])


def rebase(state: States, now: Now, where: Mask) -> None:
    state["centre"] = np.where(where, now.recent.mean(axis=1), state["centre"])
