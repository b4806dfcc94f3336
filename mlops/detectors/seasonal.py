"""Distance from the profile of the day: 48 half hours, each with a location and a spread of its own.

r = |mean of the last 6 residuals| / mean absolute residual of this time of day. The profile follows slow
trends (15 % a visit), so a drift stays visible while it is faster than that.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import Floats, Ints, Mask, Now, States

NAME = "season"
BINS = 48
BIN_SECONDS = 1800.0
PER_VISIT = 0.15
SLOW = 4000
FEW = 20
STEADINESS_MEMORY = 2000
SIGMA = 1.2533  # standard deviation over mean absolute deviation, of a Gaussian

STATE = np.dtype(
    [
        ("mean", "f4", (BINS,)),
        ("spread", "f4", (BINS,)),
        ("visits", "f4", (BINS,)),
        ("slow_mean", "f4"),
        ("slow_spread", "f4"),
        ("learnt", "f4"),
        ("errors", "f4", (6,)),
        ("previous", "f4"),
        ("squares", "f4"),
        ("differences", "f4"),
    ]
)


def bin_of(time: Floats) -> Ints:
    return ((time % 86400.0) // BIN_SECONDS).astype("i8")


def normal(state: States, row: Ints, time: Floats) -> tuple[Floats, Floats]:
    """Return location and spread (mean absolute residual) at these moments, in the window's units."""
    at = bin_of(time)
    visits = state["visits"][row, at]
    slow_mean, slow = state["slow_mean"][row], state["slow_spread"][row]
    mean = np.where(visits > 0, state["mean"][row, at], slow_mean)
    shrunk = (visits * state["spread"][row, at] + 3 * slow) / (visits + 3)
    spread = np.where(visits < FEW, shrunk, state["spread"][row, at])
    return mean, np.maximum(spread, 0.2 * slow) + 1e-6


def measure(state: States, now: Now) -> Floats:
    mean, spread = normal(state, now.row, now.time)
    state["errors"][now.row, now.count % 6] = now.z - mean
    return np.abs(state["errors"].mean(axis=1)) / spread


def learn(state: States, now: Now, where: Mask) -> None:
    at = bin_of(now.time)
    mean, _ = normal(state, now.row, now.time)
    error = now.z - mean
    _follow_steadiness(state, error, where)
    visits = state["visits"][now.row, at]
    share = np.minimum(PER_VISIT * now.elapsed / BIN_SECONDS, PER_VISIT)
    first = 1.0 / (visits + 1.0)
    slow = np.maximum(1.0 / (state["learnt"] + 1.0), 1.0 / SLOW)
    size = np.where(state["learnt"] < FEW, np.abs(error), np.minimum(np.abs(error), 4 * state["slow_spread"]))
    old = state["spread"][now.row, at]
    state["mean"][now.row, at] = np.where(
        where, mean + np.maximum(share, first) * error, state["mean"][now.row, at]
    )
    state["spread"][now.row, at] = np.where(where, old + np.maximum(share / 2, first) * (size - old), old)
    state["visits"][now.row, at] = visits + where
    state["slow_mean"] += where * slow * (now.z - state["slow_mean"])
    state["slow_spread"] += where * slow * (size - state["slow_spread"])
    state["learnt"] += where


def _follow_steadiness(state: States, error: Floats, where: Mask) -> None:
    rate = where * np.maximum(1.0 / (state["learnt"] + 1.0), 1.0 / STEADINESS_MEMORY)
    state["squares"] += rate * (error**2 - state["squares"])
    state["differences"] += rate * ((error - state["previous"]) ** 2 - state["differences"])
    state["previous"] = error


def steadiness(state: States) -> Floats:
    """Return the von Neumann ratio of the residuals: 2 for noise, near 0 for a wandering signal."""
    return state["differences"] / (state["squares"] + 1e-12)


def rebase(state: States, now: Now, where: Mask) -> None:
    """Take the level of the last 60 rows for the new normal, keeping the shape of the day."""
    mean, _ = normal(state, now.row, now.time)
    shift = np.where(where, now.recent.mean(axis=1) - mean, 0.0)
    state["mean"] += shift[:, None]
    state["slow_mean"] += shift
