"""How coarsely sensors' values are written, and how far that alone may move what is made of them.

A value written in steps of q is off by up to q / 2. Where a sensor is written more coarsely than ever while
its range was learnt (another export, another firmware, a compressing historian), the difference says nothing
of the machine, so the range is wider by it. Steps are powers of ten, 1 at most. Only values that differ from
the one before tell of them, and a zero never does.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import Floats, Mask, States

EXACT = 6  # decimals: what has more is not rounded
POWERS = 10.0 ** np.arange(EXACT)
STEPS = np.append(1 / POWERS, 0.0)
NEARLY = 1e-9
TELLING = 2  # values of a block
LEARNT = 25  # blocks: 400 rows


def layout(sensors: int) -> np.dtype[np.void]:
    return np.dtype(
        [
            ("last", "f8", (sensors,)),
            ("decimals", "i1", (sensors,)),
            ("told", "i1", (sensors,)),
            ("step", "f4", (sensors,)),
            ("coarsest", "f4", (sensors,)),
            ("blocks", "i4"),
        ]
    )


def note(state: States, value: Floats) -> None:
    """Note how rows (S, B, n) of one block are written; NaN says nothing."""
    before = np.concatenate([state["last"][:, None], value[:, :-1]], axis=1)
    tells = np.isfinite(value) & (value != before) & (value != 0)
    scaled = np.abs(np.where(tells, value, 0.0))[..., None] * POWERS
    decimals = (np.abs(scaled - np.rint(scaled)) > NEARLY * scaled).sum(axis=-1)
    state["decimals"] = np.maximum(state["decimals"], decimals.max(axis=1))
    state["told"] += tells.sum(axis=1, dtype="i1")
    state["last"] = value[:, -1]


def learn(state: States) -> None:
    """Learn from a complete block how the values are written now."""
    told = state["told"] >= TELLING
    state["step"] = np.where(told, STEPS[state["decimals"]], state["step"])
    _allow(state, told & (state["blocks"] < LEARNT)[:, None])
    state["decimals"], state["told"] = 0, 0
    state["blocks"] += 1


def get_used_to(state: States, where: Mask) -> None:
    """Take the step for the usual one where the present was taken for normal (S,)."""
    _allow(state, where[:, None])


def slack(state: States, unit: Floats, weights: Floats) -> Floats:
    """Return by how much the channels' (S, 2n) means may differ for that, in their units.

    `unit` (S, n) are the sensors' and `weights` (S, n, n) what each is taken with in each one's residual.
    """
    each = np.maximum(state["step"] - state["coarsest"], 0.0) / 2 / np.abs(unit)
    if not each.any():
        return np.zeros((len(each), 2 * each.shape[1]))
    beside = np.einsum("si,sij->sj", each, np.abs(weights))
    return np.concatenate([each, beside], axis=-1)


def _allow(state: States, where: Mask) -> None:
    coarsest = np.maximum(state["coarsest"], state["step"])
    state["coarsest"] = np.where(where, coarsest, state["coarsest"])
