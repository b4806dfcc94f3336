"""The last readings of each sensor, in units of its own spread: what every detector looks at.

Rows are judged as they come and learnt in blocks of 16: what is known stays as it is within a block. A
block's rows can thus be judged together, and the result does not depend on how readings are cut into batches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]
Mask = NDArray[np.bool_]
States = NDArray[np.void]

BLOCK = 16
WARM = 6 * BLOCK
KEPT = WARM
RECENT = 60
CALIBRATED = 10 * BLOCK
REFERENCE = 18
LARGEST = 1e6
FASTEST = 1.4
USUAL_INTERVAL = 300.0  # s

STATE = np.dtype(
    [
        ("count", "i8"),
        ("began", "f8"),
        ("newest", "f8"),
        ("interval", "f8"),
        ("origin", "f8"),
        ("scale", "f8"),
        ("ring", "f4", (KEPT,)),
        ("times", "f8", (BLOCK + 1,)),
        ("normal", "?", (BLOCK,)),
        ("reference", "f4", (REFERENCE,)),
        ("references", "i4"),
    ]
)


@dataclass(frozen=True)
class Now:
    """B rows of each of S sensors within one block, with what the window says about them.

    Arrays are (S, B), but `row` (S, 1), `recent` (S, B, 60) and `before` (S, 1). `z` is the value in units of
    the sensor's first spread; `age` is in seconds; `before` is the mean of the last 18 blocks' normal rows.
    """

    row: Ints
    count: Ints
    value: Floats
    z: Floats
    time: Floats
    age: Floats
    previous: Floats
    recent: Floats
    mean12: Floats
    before: Floats

    @property
    def place(self) -> Ints:
        """Where the rows lie in their block (S, B)."""
        return self.count % BLOCK


@dataclass(frozen=True)
class Block:
    """The 16 rows of a complete block of each of S sensors, (S, 16): what is learnt from.

    `where` marks the normal rows, `normal` (S,) counts them; `previous` is z of the row before; `elapsed` is
    in seconds; `recent` (S, 60) are the last rows.
    """

    row: Ints
    count: Ints
    z: Floats
    previous: Floats
    time: Floats
    age: Floats
    elapsed: Floats
    where: Mask
    normal: Ints
    recent: Floats
    often: Floats

    def mean(self, of: Floats) -> Floats:
        """Return the mean over the normal rows (S,); 0 where there is none."""
        return np.where(self.where, of, 0.0).sum(axis=1) / np.maximum(self.normal, 1)

    def share(self, learnt: Floats, memory: float) -> Floats:
        """Return the weight of this block (S,) beside `learnt` rows, never below normal rows / memory."""
        return np.maximum(self.normal / np.maximum(learnt + self.normal, 1), self.normal / memory)


def means(rows: Floats, width: int) -> Floats:
    """Return the means of the last `width` at each row: (S, width - 1 + B) gives (S, B)."""
    return np.ascontiguousarray(sliding_window_view(rows, width, axis=1)).mean(axis=-1, dtype="f8")


def advance(state: States, value: Floats, time: Floats) -> Now:
    """Take rows (S, B) of one block into the window. `time` is in seconds since 1970, UTC."""
    row = np.arange(len(state))[:, None]
    count = state["count"][:, None] + np.arange(value.shape[1])
    _begin(state, value, time)
    z = in_scale(state, value)
    state["ring"][row, count % KEPT] = z
    state["times"][row, count % BLOCK + 1] = time
    state["newest"] = time[:, -1]
    state["count"] += value.shape[1]
    past = _latest(state, row, RECENT - 1 + value.shape[1])
    return Now(
        row,
        count,
        value,
        z,
        time,
        time - state["began"][:, None],
        past[:, -value.shape[1] - 1 : -1],
        np.ascontiguousarray(sliding_window_view(past, RECENT, axis=1)),
        means(past[:, RECENT - 12 :], 12),
        reference(state)[:, None],
    )


def in_scale(state: States, value: Floats) -> Floats:
    """Return values (S, B) in units of their sensors' first spreads, as the window keeps them."""
    z = (value - state["origin"][..., None]) / state["scale"][..., None]
    return np.clip(z, -LARGEST, LARGEST).astype("f4")


def held(state: np.void) -> Floats:
    """Return the rows that one sensor's window holds, in order, at most 96."""
    count = int(state["count"])
    return state["ring"][np.arange(max(count - KEPT, 0), count) % KEPT]


def _begin(state: States, value: Floats, time: Floats) -> None:
    new = state["count"] == 0
    if new.any():
        state["origin"][new] = value[new, 0]
        state["scale"][new] = 1.0
        state["began"][new] = state["times"][new, 0] = time[new, 0]


def _latest(state: States, row: Ints, rows: int) -> Floats:
    return state["ring"][row, (state["count"][:, None] + np.arange(-rows, 0)) % KEPT]


def reference(state: States) -> Floats:
    """Return the mean of the last 18 blocks' normal rows (S,)."""
    held = np.clip(state["references"], 1, REFERENCE)
    return state["reference"].sum(axis=1, dtype="f8") / held


def block(state: States) -> Block:
    """Return the block that each of these sensors has just completed."""
    row = np.arange(len(state))[:, None]
    past = _latest(state, row, RECENT)
    time, where = state["times"][:, 1:], state["normal"].copy()
    return Block(
        row,
        state["count"][:, None] + np.arange(-BLOCK, 0),
        past[:, -BLOCK:],
        past[:, -BLOCK - 1 : -1],
        time.copy(),
        time - state["began"][:, None],
        np.maximum(np.diff(state["times"], axis=1), 0.0),
        where,
        where.sum(axis=1),
        past,
        often(state),
    )


def often(state: States) -> Floats:
    """Return how many rows come in the time that one takes at 5 minutes' sampling (S,): 1 where slower."""
    interval = state["interval"]
    return USUAL_INTERVAL / np.where(interval > 0, np.minimum(interval, USUAL_INTERVAL), USUAL_INTERVAL)


def learn(state: States, block: Block, where: Mask) -> None:
    """Follow the interval, and keep the mean of a mostly normal block; the last part for those in `where`."""
    _learn_interval(state, block)
    state["times"][:, 0] = state["times"][:, -1]
    calm = where & (block.normal > BLOCK / 2)
    at = state["references"] % REFERENCE
    row = block.row[:, 0]
    state["reference"][row, at] = np.where(calm, block.mean(block.z), state["reference"][row, at])
    state["references"] += calm


def _learn_interval(state: States, block: Block) -> None:
    usual = np.median(block.elapsed, axis=1)
    low, high = state["interval"] / FASTEST, state["interval"] * FASTEST
    followed = np.where(state["interval"] > 0, np.clip(usual, low, high), usual)
    settled = (state["count"] > WARM) & (usual > 0)
    state["interval"] = np.where(settled, followed, np.where(usual > 0, usual, state["interval"]))


def settle_scale(state: States) -> None:
    """After WARM rows the spread is known: express the window in it, once."""
    first = state["ring"].astype("f8")
    origin = state["origin"]
    largest = np.abs(origin) + np.abs(first).max(axis=1)
    scale = first.std(axis=1) + 1e-3 * np.abs(first.mean(axis=1) + origin) + 1e-9 * largest + 1e-12
    state["ring"] = first / scale[:, None]
    state["scale"] = scale


def rebase(state: States, block: Block, where: Mask) -> None:
    level = block.recent.mean(axis=1)[:, None]
    state["reference"] = np.where(where[:, None], level, state["reference"])
    state["references"] = np.where(where, REFERENCE, state["references"])
