"""Distance from the profile of the day: 48 half hours, each with a location and a spread of its own.

r = |mean of the last 6 residuals| / mean absolute residual of this time of day. The profile follows slow
trends (15 % a visit), so a drift stays visible while it is faster than that. A half hour that was never
visited is expected to be like the normal rows before it, and has no r.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import BLOCK, WARM, Block, Floats, Ints, Mask, Now, States, means

NAME = "season"
BINS = 48
BIN_SECONDS = 1800.0
PER_VISIT = 0.15
SLOW = 4000
FEW = 20
STEADINESS_MEMORY = 2000
SIGMA = 1.2533  # standard deviation over mean absolute deviation, of a Gaussian
AVERAGED = 6
LATEST_BLOCKS = 2  # how many blocks of normal rows the latest level remembers
PRIOR_ROWS = 8  # the weight of the latest level in a half hour that is new
FINEST = 0.005  # of the day's swing: no profile is known better, however exact its signal
KEPT = 20 + BLOCK

STATE = np.dtype(
    [
        ("mean", "f4", (BINS,)),
        ("spread", "f4", (BINS,)),
        ("visits", "f4", (BINS,)),
        ("swing", "f4"),
        ("latest", "f4"),
        ("slow_spread", "f4"),
        ("learnt", "f4"),
        ("errors", "f4", (KEPT,)),
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
    slow = state["slow_spread"][row]
    mean = np.where(visits > 0, state["mean"][row, at], state["latest"][row])
    shrunk = (visits * state["spread"][row, at] + 3 * slow) / (visits + 3)
    spread = np.where(visits < FEW, shrunk, state["spread"][row, at])
    return mean, np.maximum(np.maximum(spread, 0.2 * slow), FINEST * state["swing"][row]) + 1e-6


def measure(state: States, now: Now) -> Floats:
    mean, spread = normal(state, now.row, now.time)
    new = (now.z - mean).astype("f4")
    state["errors"] = np.concatenate([state["errors"], new], axis=1)[:, -KEPT:]
    visited = state["visits"][now.row, bin_of(now.time)] > 0
    return np.where(visited, np.abs(means(latest(state, AVERAGED, new.shape[1]), AVERAGED)) / spread, np.nan)


def latest(state: States, averaged: int, rows: int) -> Floats:
    """Return the residuals whose means over `averaged` are the latest `rows` (S, averaged - 1 + rows)."""
    return state["errors"][:, KEPT - averaged + 1 - rows :]


def prime(state: States, ring: Floats) -> None:
    """Know a first location and spread from the first rows (S, WARM)."""
    state["latest"] = ring[:, -BLOCK:].mean(axis=1)
    error = ring - ring.mean(axis=1, keepdims=True)
    state["errors"] = error[:, -KEPT:]
    state["slow_spread"] = np.abs(error).mean(axis=1)
    state["squares"] = (error**2).mean(axis=1)
    state["differences"] = (np.diff(error, axis=1) ** 2).mean(axis=1)
    state["learnt"] = WARM


def learn(state: States, block: Block, where: Mask) -> None:
    error = state["errors"][:, -BLOCK:].astype("f8")
    step = error - state["errors"][:, -BLOCK - 1 : -1]
    rate = where * block.share(state["learnt"], STEADINESS_MEMORY)
    state["squares"] += rate * (block.mean(error**2) - state["squares"])
    state["differences"] += rate * (block.mean(step**2) - state["differences"])
    size = np.minimum(np.abs(error), 4 * state["slow_spread"][:, None])
    _learn_profile(state, block, where, error, size)
    slow = where * block.share(state["learnt"], SLOW)
    state["slow_spread"] += slow * (block.mean(size) - state["slow_spread"])
    share = where * block.normal / (BLOCK * LATEST_BLOCKS)
    state["latest"] += share * (block.mean(block.z) - state["latest"])
    state["learnt"] += where * block.normal


def _learn_profile(state: States, block: Block, where: Mask, error: Floats, size: Floats) -> None:
    at = block.row * BINS + bin_of(block.time)
    used = (block.where & where[:, None]).ravel()
    cells, inverse = np.unique(at.ravel()[used], return_inverse=True)
    if not len(cells):
        return
    row, bins = cells // BINS, cells % BINS
    follow = np.log1p(-np.minimum(PER_VISIT * block.elapsed / BIN_SECONDS, PER_VISIT))
    rows, errors, sizes, follows = (
        np.bincount(inverse, one.ravel()[used]) for one in (np.ones(error.shape), error, size, follow)
    )
    visits = state["visits"][row, bins]
    first = rows / (visits + rows + PRIOR_ROWS)
    mean = np.where(visits > 0, state["mean"][row, bins], state["latest"][row])
    spread = state["spread"][row, bins]
    state["mean"][row, bins] = mean + np.maximum(1 - np.exp(follows), first) * errors / rows
    share = np.maximum(1 - np.exp(follows / 2), first)
    state["spread"][row, bins] = spread + share * (sizes / rows - spread)
    state["visits"][row, bins] = visits + rows
    known = state["visits"] > 0
    highest = np.where(known, state["mean"], -np.inf).max(axis=1)
    lowest = np.where(known, state["mean"], np.inf).min(axis=1)
    state["swing"] = np.maximum(highest - lowest, 0.0)


def steadiness(state: States) -> Floats:
    """Return the von Neumann ratio of the residuals: 2 for noise, near 0 for a wandering signal."""
    return state["differences"] / (state["squares"] + 1e-12)


def rebase(state: States, block: Block, where: Mask) -> None:
    """Take the level of the last 60 rows for the new normal, keeping the shape of the day."""
    mean, _ = normal(state, block.row, block.time[:, -1:])
    _shift(state, np.where(where, block.recent.mean(axis=1) - mean[:, 0], 0.0))


def move(state: States, shift: Floats) -> None:
    """Move the profile by `shift` (S,), and with it the residuals that are remembered."""
    _shift(state, shift)
    state["errors"] -= shift[:, None].astype("f4")


def _shift(state: States, shift: Floats) -> None:
    state["mean"] += shift[:, None]
    state["latest"] += shift
