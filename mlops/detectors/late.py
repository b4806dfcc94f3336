"""Readings behind those that a state has heard: judged on a copy by what the state knows, never learnt by it.

What a copy knows (profile of the day, calibration, records, habits) is the sensor's own; what its windows
hold is of another moment. So its first 96 rows, read from before the late ones, only fill the windows.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors import drift, episodes, level, seasonal, thresholds, window
from mlops.detectors.settings import Settings
from mlops.detectors.window import BLOCK, KEPT, Floats, Mask, States

FILL = KEPT
MUTED = Settings(steady=1e9, wandering=1e9)
OTHER_LEVEL = 1.0  # standard deviations


def copies(states: States) -> States:
    """Return copies that know the same, with no episode open and at the begin of a block."""
    some = states.copy()
    some["window"]["count"] -= some["window"]["count"] % BLOCK
    some["episodes"] = np.zeros((), episodes.STATE)
    for news in ("opened", "abnormal", "ended"):
        some["habits"][news] = 0
    some["stuck"]["value"] = np.nan
    some["stuck"]["run"], some["stuck"]["doubtful"] = 0, 0
    some["drift"]["mean"] = 0
    return some


def grown(states: States) -> Mask:
    """Tell which sensors are known well enough to be judged (S,)."""
    return states["window"]["count"] >= thresholds.needed(states)


def settle(states: States, long_ago: Mask) -> States:
    """Return the copies after their windows were filled, ready to judge and to go on learning.

    Where the rows are from `long_ago` (S,), the level of the filled window is what counts as normal: nobody
    knows how often it was changed since.
    """
    some = states.copy()
    some["window"]["times"][:, 0] = some["window"]["times"][:, -1]
    some["level"]["highest"] = 0
    if long_ago.any():
        _take_level(some, long_ago)
    return some


def _take_level(some: States, where: Mask) -> None:
    season = some["views"][seasonal.NAME]
    shift = np.median(season["errors"], axis=1)
    other = where & (np.abs(shift) > OTHER_LEVEL * seasonal.SIGMA * season["slow_spread"])
    seasonal.move(season, np.where(other, shift, 0.0))
    for rule in (level, drift):
        rule.rebase(some[rule.NAME], other)
    window.rebase(some["window"], window.block(some["window"]), where)


def holds(state: np.void, values: Floats) -> int:
    """Return how many rows the window holds where they are the last of `values`, in order; else 0."""
    held = window.held(state["window"])
    count = len(held)
    if not 0 < count <= len(values):
        return 0
    z = window.in_scale(state["window"], values[-count:])
    return count if np.allclose(held, z, rtol=1e-4, atol=1e-4) else 0
