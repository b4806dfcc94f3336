"""A few numbers for each window, every 16 rows: what the isolation forest looks at."""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import Floats, Mask, Now, States

KEPT = 128
EVERY = 16
NAMES = ("mean", "standard deviation", "lowest", "highest", "short mean", "shift")

STATE = np.dtype([("rows", "f4", (KEPT, len(NAMES))), ("count", "i8")])


def describe(now: Now, which: Mask) -> Floats:
    """Return the features (n, 6) of the sensors in `which`."""
    recent = now.recent[which]
    short = now.mean12[which]
    columns = (
        recent.mean(axis=1),
        recent.std(axis=1),
        recent.min(axis=1),
        recent.max(axis=1),
        short,
        short - now.mean_before[which],
    )
    return np.stack(columns, axis=1).astype("f4")


def learn(state: States, now: Now, where: Mask) -> None:
    due = where & (now.count % EVERY == 0)
    if due.any():
        which = np.flatnonzero(due)
        state["rows"][which, state["count"][which] % KEPT] = describe(now, due)
        state["count"][which] += 1
