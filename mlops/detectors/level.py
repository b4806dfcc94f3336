"""Mean range: a short mean of the residuals that leaves the range such means ever had while all was well.

Beyond four standard deviations a residual counts as far as the one before it: a reading far out is a spike,
no level. Only for steady sensors: von Neumann ratio var(diff)/var above 0.5 (one that wanders has no such
range). The profile of the day is taken off first. Centre = middle, unit = half of the range of 20-row means;
the centre then follows slowly.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors import seasonal
from mlops.detectors.window import BLOCK, WARM, Block, Floats, Mask, Now, States, means

NAME = "level"
READY = 400
RANGE_LEARNT = 2000
FOLLOW = 1000
WIDEN = 0.005
STEADY = 0.5
STEADINESS_MEMORY = 2000
AVERAGED = 20
FURTHEST = 4.0  # standard deviations
LIMIT = 2.2
BEYOND_RECORD = 1.25
MEMORY = 20_000

STATE = np.dtype(
    [
        ("mean", "f4"),
        ("variance", "f4"),
        ("differences", "f4"),
        ("low", "f4"),
        ("high", "f4"),
        ("centre", "f4"),
        ("steady", "?"),
        ("highest", "f4"),
        ("record", "f4"),
    ]
)


def measure(state: States, season: States, now: Now) -> Floats:
    """Return the distance from the centre over its limit; 1 and more is outside. 0 for wandering sensors."""
    half = np.maximum((state["high"] - state["low"]) / 2, 1e-3)
    away = np.abs(_means(season, now.z.shape[1]) - state["centre"][:, None])
    ratio = away * (state["steady"] / half)[:, None]
    state["highest"] = np.maximum(state["highest"], ratio.max(axis=1))
    return ratio / np.maximum(LIMIT, BEYOND_RECORD * state["record"])[:, None]


def _means(season: States, rows: int) -> Floats:
    errors = seasonal.latest(season, AVERAGED + 1, rows)
    usual = FURTHEST * seasonal.SIGMA * season["slow_spread"][:, None]
    furthest = np.maximum(usual, np.abs(errors[:, :-1]))
    return means(np.clip(errors[:, 1:], -furthest, furthest), AVERAGED)


def learn(state: States, season: States, block: Block, where: Mask) -> None:
    _judge_steadiness(state, block, where)
    count = block.count[:, 0]
    mean = _means(season, BLOCK)
    lowest = np.where(block.where, mean, np.inf).min(axis=1)
    highest = np.where(block.where, mean, -np.inf).max(axis=1)
    first = where & (count == WARM)
    low, high = state["low"], state["high"]
    under = block.mean(np.maximum(low[:, None] - mean, 0.0)) * block.normal * WIDEN
    over = block.mean(np.maximum(mean - high[:, None], 0.0)) * block.normal * WIDEN
    young, learning = where & (count < READY), where & (count < RANGE_LEARNT)
    state["low"] = np.select([first, young, learning], [lowest, np.minimum(low, lowest), low - under], low)
    state["high"] = np.select(
        [first, young, learning], [highest, np.maximum(high, highest), high + over], high
    )
    follow = np.where(where, block.normal / FOLLOW, 0.0) * (block.mean(mean) - state["centre"])
    middle = (state["low"] + state["high"]) / 2
    state["centre"] = np.where(young & (block.normal > 0), middle, state["centre"] + follow)


def get_used_to(state: States, block: Block, ended: Mask) -> None:
    """Take half of an ended excursion into the record, so that what comes back again and again is known."""
    over = np.maximum(state["highest"] - state["record"], 0.0)
    state["record"] += np.where(ended, over / 2, 0.0) - state["record"] * (BLOCK / MEMORY)
    state["highest"] = np.where(ended | (block.normal == BLOCK), 0.0, state["highest"])


def _judge_steadiness(state: States, block: Block, where: Mask) -> None:
    rate = where * block.share(np.maximum(block.count[:, 0] - WARM, 0), STEADINESS_MEMORY)
    before = block.z - state["mean"][:, None]
    state["mean"] += rate * block.mean(before)
    after = block.z - state["mean"][:, None]
    state["variance"] += rate * (block.mean(before * after) - state["variance"])
    step = (block.z - block.previous) ** 2
    state["differences"] += rate * (block.mean(step) - state["differences"])
    ready = block.count[:, -1] + 1 >= READY
    state["steady"] = ready & (state["differences"] >= STEADY * state["variance"])


def rebase(state: States, where: Mask) -> None:
    """The season has taken the new level over: no residual is left."""
    state["centre"] = np.where(where, 0.0, state["centre"])
