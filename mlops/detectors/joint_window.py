"""The last rows of an asset's sensors on one clock: their values, what relates them, and their short means.

S assets of n sensors each have 2n channels: the sensors, and what each sensor is beside the others' course
(`relations`). Rows are judged as they come and learnt in blocks of 16, as in `window`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mlops.detectors import relations
from mlops.detectors.window import BLOCK, Floats, Ints, Mask, States

AVERAGED = 20
QUICK = 10
APART = 20
FAR_APART = 60
ROWS = 3 * BLOCK
MEANS = 5 * BLOCK
LARGEST = 1e9


def layout(sensors: int) -> np.dtype[np.void]:
    """Return the state of an asset with so many sensors."""
    channels = 2 * sensors
    return np.dtype(
        [
            ("count", "i8"),
            ("newest", "f8"),
            ("learnt_until", "f8"),
            ("begun", "?", (sensors,)),
            ("origin", "f8", (sensors,)),
            ("unit", "f8", (sensors,)),
            ("rows", "f4", (ROWS, channels)),
            ("means", "f4", (MEANS, channels)),
            ("there", "?", (BLOCK, channels)),
        ]
    )


@dataclass(frozen=True)
class Now:
    """B rows of each of S assets within one block, for C channels (S, B, C).

    `there` is false where a sensor had nothing to say. `mean` is of the last 20 rows and `quick` of the last
    10; `jump` and `move` are how far the mean is from where it was 20 and 60 rows before.
    """

    count: Ints
    there: Mask
    mean: Floats
    quick: Floats
    jump: Floats
    move: Floats


@dataclass(frozen=True)
class Block:
    """The 16 rows of a complete block of each of S assets, for C channels.

    `number` (S,) counts from 0; `there` (S, C) is true where every row had a value; `elapsed` (S, 1) is in
    seconds. The others are (S, 16, C); `previous` are the rows one before.
    """

    number: Ints
    there: Mask
    z: Floats
    previous: Floats
    elapsed: Floats
    mean: Floats
    jump: Floats
    move: Floats


def advance(state: States, related: States, value: Floats, time: Floats) -> Now:
    """Take rows (S, B, n) of one block into the window; NaN where a sensor has nothing to say. `time` (S, B)
    in seconds since 1970."""
    row = np.arange(len(state))[:, None]
    rows = value.shape[1]
    count = state["count"][:, None] + np.arange(rows)
    there = np.isfinite(value)
    z, there = relations.add(related, _in_units(state, value, there), there)
    state["rows"][row, count % ROWS] = z
    state["there"][row, count % BLOCK] = there
    state["learnt_until"] = np.where(state["count"] == 0, time[:, 0], state["learnt_until"])
    state["newest"] = time[:, -1]
    state["count"] += rows
    past = _latest(state, "rows", AVERAGED - 1 + rows)
    mean = _means(past, AVERAGED)
    state["means"][row, count % MEANS] = mean
    means = _latest(state, "means", FAR_APART + rows)
    return Now(
        count,
        there,
        mean,
        _means(past[:, AVERAGED - QUICK :], QUICK),
        np.abs(mean - means[:, FAR_APART - APART : -APART]),
        np.abs(mean - means[:, :-FAR_APART]),
    )


def take_block(state: States) -> Block:
    """Return the block that each of these assets has just completed."""
    rows = _latest(state, "rows", BLOCK + 1)
    means = _latest(state, "means", FAR_APART + BLOCK)
    mean = means[:, FAR_APART:]
    elapsed = np.maximum(state["newest"] - state["learnt_until"], 0.0)
    state["learnt_until"] = state["newest"]
    return Block(
        state["count"] // BLOCK - 1,
        np.asarray(state["there"].all(axis=1)),
        rows[:, 1:],
        rows[:, :-1],
        elapsed[:, None],
        mean,
        np.abs(mean - means[:, FAR_APART - APART : -APART]),
        np.abs(mean - means[:, :-FAR_APART]),
    )


def in_sensors_units(state: States, levels: Floats) -> Floats:
    """Return levels (S, C) of the channels as the sensors' (S, n), in their own units."""
    sensors = state["origin"].shape[1]
    return np.asarray(state["origin"] + levels[:, :sensors] * state["unit"])


def _in_units(state: States, value: Floats, there: Mask) -> Floats:
    """Return the values in handy units; where there is none, the last one (0 before the first)."""
    _begin(state, value, there)
    sensors = state["origin"].shape[1]
    z = (value - state["origin"][:, None]) / state["unit"][:, None]
    known = np.concatenate([_latest(state, "rows", 1)[..., :sensors], z], axis=1)
    at = np.where(np.isfinite(known), np.arange(known.shape[1])[:, None], 0)
    filled = np.take_along_axis(known, np.maximum.accumulate(at, axis=1), axis=1)[:, 1:]
    return np.clip(filled, -LARGEST, LARGEST).astype("f4")


def _begin(state: States, value: Floats, there: Mask) -> None:
    """Measure each sensor from its first value, in parts of it."""
    new = ~state["begun"] & there.any(axis=1)
    if not new.any():
        return
    first = np.take_along_axis(value, there.argmax(axis=1)[:, None], axis=1)[:, 0]
    state["origin"] = np.where(new, first, state["origin"])
    state["unit"] = np.where(new, np.where(first == 0, 1.0, np.abs(first)), state["unit"])
    state["unit"][state["unit"] == 0] = 1.0
    state["begun"] |= new


def _latest(state: States, name: str, rows: int) -> Floats:
    kept = state[name]
    row = np.arange(len(state))[:, None]
    return kept[row, (state["count"][:, None] + np.arange(-rows, 0)) % kept.shape[1]]


def _means(rows: Floats, width: int) -> Floats:
    windows = np.ascontiguousarray(sliding_window_view(rows, width, axis=1))
    return windows.mean(axis=-1, dtype="f8").astype("f4")
