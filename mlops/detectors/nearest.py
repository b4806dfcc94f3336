"""Distance to the nearest past window: how unlike the last 60 readings are to all that is remembered.

A window is four numbers, mean, standard deviation, lowest and highest value; 64 of them are kept, one each
16 rows, but none that overlaps. The distance is Euclidean, as in discord search (Yeh et al. 2016, matrix
profile), and not z-normalised, since a level that is new is news. Abnormal windows are not remembered.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import BLOCK, RECENT, Block, Floats, Mask, Now, States

NAME = "window"
KEPT = 64
FEATURES = 4
LEAST = 4
OVERLAPPING = -(-RECENT // BLOCK)  # the last windows reach into those that are judged
SLOTS = KEPT + OVERLAPPING

STATE = np.dtype([("windows", "f4", (FEATURES, SLOTS)), ("count", "i8")])


def describe(recent: Floats) -> Floats:
    """Return mean, standard deviation, lowest and highest value of windows (..., 60) as (..., 4)."""
    described = np.empty((*recent.shape[:-1], FEATURES), "f4")
    recent.mean(axis=-1, out=described[..., 0])
    recent.std(axis=-1, out=described[..., 1])
    recent.min(axis=-1, out=described[..., 2])
    recent.max(axis=-1, out=described[..., 3])
    return described


def measure(state: States, now: Now) -> Floats:
    """Return the distances (S, B); NaN while fewer than 4 windows can be compared."""
    usable = _usable(state)
    new = describe(now.recent)
    squares = np.zeros((*new.shape[:2], SLOTS), "f4")
    for feature in range(FEATURES):
        away = new[..., feature, None] - state["windows"][:, None, feature]
        away *= away
        squares += away
    squares += np.where(usable, np.float32(0), np.float32(np.inf))[:, None]
    known = usable.sum(axis=1) >= LEAST
    return np.where(known[:, None], np.sqrt(squares.min(axis=-1)), np.nan)


def _usable(state: States) -> Mask:
    """Tell which slots (S, SLOTS) hold a window that overlaps with none that comes now."""
    age = (state["count"][:, None] - 1 - np.arange(SLOTS)) % SLOTS
    return (age >= OVERLAPPING) & (age < state["count"][:, None])


def prime(state: States, ring: Floats) -> None:
    """Remember the first window."""
    _remember(state, ring[:, -RECENT:], np.ones(len(state), bool))


def learn(state: States, block: Block, where: Mask) -> None:
    _remember(state, block.recent, where & block.where[:, -1])


def _remember(state: States, recent: Floats, where: Mask) -> None:
    which = np.flatnonzero(where)
    if len(which):
        state["windows"][which, :, state["count"][which] % SLOTS] = describe(recent[which])
        state["count"][which] += 1


def rebase(state: States, block: Block, where: Mask) -> None:
    """Nothing to change: windows of the new level are remembered from now on."""
