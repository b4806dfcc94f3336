"""A sensor whose clock jumps: it keeps sending readings that lie well before those it sent already.

One such batch may be a late delivery. Three close together are a clock that jumps; nine good ones in a row
forget one of them.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import Floats, Mask, States

LEAST_SECONDS = 60.0
INTERVALS = 10.0
JUMPS = 3.0
FORGET = 0.9
SETTLED = 1.0


def jumped_back(states: States, latest: Floats) -> Mask:
    """Tell whose latest new reading lies well before what was heard already; `latest` in seconds, UTC."""
    window = states["window"]
    margin = np.maximum(LEAST_SECONDS, INTERVALS * window["interval"])
    return (window["count"] > 0) & (latest < window["newest"] - margin)


def judge(states: States, jumped: Mask) -> tuple[Mask, Mask]:
    """Count the jumps of one batch in `states`; return whose clock began to jump, and whose is settled."""
    states["jumps"] = states["jumps"] * np.where(jumped, 1.0, FORGET) + jumped
    before = states["clock_jumps"].copy()
    states["clock_jumps"] = np.where(before, states["jumps"] > SETTLED, states["jumps"] >= JUMPS)
    return states["clock_jumps"] & ~before, before & ~states["clock_jumps"]
