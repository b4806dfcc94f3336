"""A sensor that repeats itself: a run of equal values longer than chance and its own past explain.

Doubt lasts until the repeated values have left the window, so that they pass for no machine trouble. A
sensor that repeats nine readings of ten by nature (constant, or coarsely quantised) is not judged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlops.detectors.window import BLOCK, RECENT, Block, Floats, Ints, Mask, Now, States

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
        ("next_longest", "f4"),
        ("repeats", "f4"),
        ("rows", "f4"),
        ("doubtful", "i4"),
        ("same", "?", (BLOCK,)),
    ]
)


@dataclass(frozen=True)
class Repeats:
    """A run's length over its limit (from 1 on it is stuck), its begin, whether to doubt it (S, B)."""

    score: Floats
    since: Floats
    doubt: Mask


def measure(state: States, now: Now) -> Repeats:
    chance = (state["repeats"] + 1.0) / (state["rows"] + 20.0)
    longest = state["longest"]
    limit = np.maximum(np.maximum(SHORTEST, 3 * longest), np.log(CHANCE) / np.log(chance))
    suspect = np.maximum(1.5 * longest + 2, np.log(SUSPECT_CHANCE) / np.log(chance))
    judged = (chance < NATURAL)[:, None]
    run, since = _runs(state, now, limit)
    doubtful = _doubt(state, judged & (run > suspect[:, None]))
    return Repeats(judged * run / limit[:, None], since, doubtful > 0)


def _runs(state: States, now: Now, limit: Floats) -> tuple[Floats, Floats]:
    """Return each row's run so far and when it began; remember the longest that ended plausibly."""
    before = np.concatenate([state["value"][:, None], now.value[:, :-1]], axis=1)
    same = (now.value == before) & (now.count > 0)
    began, place = _last(~same), np.arange(same.shape[1])
    run = np.where(began < 0, state["run"][:, None] + place + 1, place - began + 1)
    ended = np.where(same, 0.0, np.concatenate([state["run"][:, None], run[:, :-1]], axis=1))
    plausible = np.where(ended < limit[:, None], ended, 0.0).max(axis=1)
    state["next_longest"] = np.maximum(state["next_longest"], plausible)
    since = np.where(
        began < 0, state["since"][:, None], np.take_along_axis(now.time, np.maximum(began, 0), 1)
    )
    state["value"], state["run"], state["since"] = now.value[:, -1], run[:, -1], since[:, -1]
    state["same"][now.row, now.place] = same
    return run, since


def _last(true: Mask) -> Ints:
    """Return at each row where it was last true (S, B), -1 where not yet."""
    return np.maximum.accumulate(np.where(true, np.arange(true.shape[1]), -1), axis=1)


def _doubt(state: States, suspect: Mask) -> Ints:
    """Return for how many rows the sensor is still doubted (S, B)."""
    last, place = _last(suspect), np.arange(suspect.shape[1])
    left = np.where(last < 0, state["doubtful"][:, None] - place - 1, RECENT - place + last)
    doubtful = np.maximum(left, 0)
    state["doubtful"] = doubtful[:, -1]
    return doubtful


def learn(state: States, block: Block) -> None:
    state["longest"] = state["next_longest"]
    state["repeats"] += (block.where & state["same"]).sum(axis=1)
    state["rows"] += block.normal
