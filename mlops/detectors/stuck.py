"""A sensor that repeats itself: a run of equal values longer than chance and its own past explain.

Doubt lasts until the repeated values have left the window, so that they pass for no machine trouble. A
sensor that repeats nine readings of ten by nature (constant, or coarsely quantised) is not judged.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import RECENT, Floats, Mask, Now, States

NAME = "stuck"
SHORTEST = 20
CHANCE = 1e-12
SUSPECT_CHANCE = 1e-5
NATURAL = 0.9

STATE = np.dtype(
    [
        ("value", "f8"),
        ("since", "f8"),
        ("run", "f4"),
        ("longest", "f4"),
        ("repeats", "f4"),
        ("rows", "f4"),
        ("doubtful", "i4"),
    ]
)


def measure(state: States, now: Now) -> tuple[Floats, Mask]:
    """Return the run's length over its limit (from 1 on it is stuck), and whether to doubt the sensor."""
    same = (now.value == state["value"]) & (now.count > 0)
    ended = np.where(same, 0.0, state["run"])
    chance = (state["repeats"] + 1.0) / (state["rows"] + 20.0)
    limit = np.maximum(np.maximum(SHORTEST, 3 * state["longest"]), np.log(CHANCE) / np.log(chance))
    judged = chance < NATURAL
    plausible = ended < limit
    state["longest"] = np.where(plausible, np.maximum(state["longest"], ended), state["longest"])
    state["run"] = np.where(same, state["run"] + 1, 1.0)
    state["value"] = now.value
    doubt = np.maximum(1.5 * state["longest"] + 2, np.log(SUSPECT_CHANCE) / np.log(chance))
    state["since"] = np.where(same, state["since"], now.time)
    state["doubtful"] = np.where(
        judged & (state["run"] > doubt), RECENT, np.maximum(state["doubtful"] - 1, 0)
    )
    return judged * state["run"] / limit, state["doubtful"] > 0


def learn(state: States, now: Now, where: Mask) -> None:
    state["repeats"] += where & (state["run"] > 1)
    state["rows"] += where
