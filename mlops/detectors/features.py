"""A few numbers for each window, every 16 rows: what the isolation forest looks at."""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import Block, Floats, Mask, States

KEPT = 128
NAMES = ("mean", "standard deviation", "lowest", "highest", "short mean", "shift")

STATE = np.dtype([("rows", "f4", (KEPT, len(NAMES))), ("count", "i8")])


def describe(recent: Floats, before: Floats) -> Floats:
    """Return the features (n, 6) of windows (n, 60) with the mean of what came before each (n,)."""
    short = recent[:, -12:].mean(axis=1)
    columns = (
        recent.mean(axis=1),
        recent.std(axis=1),
        recent.min(axis=1),
        recent.max(axis=1),
        short,
        short - before,
    )
    return np.stack(columns, axis=1).astype("f4")


def learn(state: States, block: Block, before: Floats, where: Mask) -> None:
    which = np.flatnonzero(where & block.where[:, -1])
    if len(which):
        windows = describe(block.recent[which], before[which])
        state["rows"][which, state["count"][which] % KEPT] = windows
        state["count"][which] += 1
