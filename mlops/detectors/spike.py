"""A single reading far out and far from the one before it: further than 5 standard deviations, the record,
and what the tail of the sensor's own deviations reaches once in 100,000 rows.

The standard deviation is a robust one (mean absolute residuals, clipped at four). The tail beyond 2.5 of them
is a generalised Pareto by its first two moments, as streams are judged in Siffer et al. 2017, with a prior of
some Gaussian deviations. Where readings come faster than each 5 minutes, once in the same time counts.
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
TAIL = 2.5
RARE = 1e-5
PRIOR = (40.0, 12.8, 7.6)  # counts, their excess and its squares: Gaussian, of as many rows as follow
PRIOR_ROWS = 3200.0
HEAVIEST = 0.45  # of a generalised Pareto's shapes; from 0.5 on there is no second moment

STATE = np.dtype(
    [
        ("record", "f4"),
        ("spread", "f4"),
        ("learnt", "f4"),
        ("rows", "f4"),
        ("tail", "f4", (len(PRIOR),)),
        ("limit", "f4"),
    ]
)


def measure(state: States, season: States, now: Now) -> Floats:
    """Return the deviation over its limit; 1 and more is a spike."""
    error = np.abs(season["errors"][:, -now.z.shape[1] :])
    limit = np.maximum(np.maximum(SIGMAS, BEYOND_RECORD * state["record"]), state["limit"])
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
    _learn_tail(state, sigmas, block, where)
    size = np.minimum(error, 4 * state["spread"][:, None])
    rate = where * block.share(state["learnt"], SPREAD_MEMORY)
    state["spread"] += rate * (block.mean(size) - state["spread"])
    state["learnt"] += where * block.normal


def _learn_tail(state: States, sigmas: Floats, block: Block, where: Mask) -> None:
    """Follow how many rows deviate how far; no single one counts for more than what is told."""
    furthest = np.maximum(state["limit"], SIGMAS)
    excess = np.clip(sigmas, 0.0, furthest[:, None]) - TAIL
    beyond = excess > 0
    new = np.stack([beyond, beyond * excess, beyond * excess**2], axis=-1).sum(axis=1)
    fade = 1.0 - where * BLOCK / MEMORY
    state["tail"] = state["tail"] * fade[:, None] + where[:, None] * new
    state["rows"] = state["rows"] * fade + where * BLOCK
    state["limit"] = np.where(where, _quantile(state, RARE / block.often), state["limit"])


def _quantile(state: States, chance: Floats) -> Floats:
    """Return what deviations exceed with this chance (S,), by their tail and the prior."""
    first, second = ((state["tail"][:, n] + PRIOR[n]) / (state["tail"][:, 0] + PRIOR[0]) for n in (1, 2))
    squared = first**2 / np.maximum(second - first**2, 1e-6)
    shape = np.clip((1 - squared) / 2, -HEAVIEST, HEAVIEST)
    shape = np.where(np.abs(shape) < 1e-3, 1e-3, shape)
    share = (state["tail"][:, 0] + PRIOR[0]) / (state["rows"] + PRIOR_ROWS)
    return TAIL + first * (1 - shape) / shape * ((share / chance) ** shape - 1)
