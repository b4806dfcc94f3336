"""The last readings of each sensor, in units of its own spread: what every detector looks at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]
Mask = NDArray[np.bool_]
States = NDArray[np.void]

WARM = 100
LONG = 300
RECENT = 60
CALIBRATED = WARM + RECENT
LARGEST = 1e6

STATE = np.dtype(
    [
        ("count", "i8"),
        ("began", "f8"),
        ("newest", "f8"),
        ("interval", "f8"),
        ("origin", "f8"),
        ("scale", "f8"),
        ("ring", "f4", (LONG,)),
        ("recent", "f4", (RECENT,)),
        ("sum12", "f8"),
        ("sum20", "f8"),
        ("sum_all", "f8"),
    ]
)


@dataclass(frozen=True)
class Now:
    """One row of each of S sensors, with what the window says about it; every array has shape (S,).

    `z` is the value in units of the sensor's first spread; `age` and `elapsed` are in
    seconds; `row` is S indices.
    """

    row: Ints
    count: Ints
    value: Floats
    z: Floats
    time: Floats
    age: Floats
    elapsed: Floats
    recent: Floats
    mean12: Floats
    mean20: Floats
    mean_before: Floats


def advance(state: States, value: Floats, time: Floats) -> Now:
    """Take one row of each sensor into its window. `time` is in seconds since 1970, UTC."""
    row = np.arange(len(state))
    count = state["count"].copy()
    _begin(state, value, time, count)
    elapsed = np.maximum(time - state["newest"], 0.0)
    _learn_interval(state, elapsed, count)
    z = np.clip((value - state["origin"]) / state["scale"], -LARGEST, LARGEST).astype("f4")
    _push(state, row, z, count)
    state["newest"] = time
    state["count"] += 1
    _settle_scale(state)
    z = state["ring"][row, count % LONG]
    held = np.minimum(count + 1, LONG)
    mean_before = (state["sum_all"] - state["sum12"]) / np.maximum(held - 12, 1)
    return Now(
        row,
        count,
        value,
        z,
        time,
        time - state["began"],
        elapsed,
        state["recent"],
        state["sum12"] / np.minimum(held, 12),
        state["sum20"] / np.minimum(held, 20),
        mean_before,
    )


def _begin(state: States, value: Floats, time: Floats, count: Ints) -> None:
    new = count == 0
    if new.any():
        state["origin"][new] = value[new]
        state["scale"][new] = 1.0
        state["newest"][new] = state["began"][new] = time[new]


def _learn_interval(state: States, elapsed: Floats, count: Ints) -> None:
    """Follow the median time between readings by small steps; the first rows set it roughly."""
    interval = state["interval"]
    step = np.where(count < WARM, 1.2, 1.02)
    followed = np.where(elapsed > interval, interval * step, np.maximum(interval / step, elapsed))
    state["interval"] = np.where(interval == 0, elapsed, np.where(elapsed > 0, followed, interval))


def _push(state: States, row: Ints, z: Floats, count: Ints) -> None:
    ring = state["ring"]
    state["sum12"] += z - ring[row, (count - 12) % LONG]
    state["sum20"] += z - ring[row, (count - 20) % LONG]
    state["sum_all"] += z - ring[row, count % LONG]
    ring[row, count % LONG] = z
    state["recent"][row, count % RECENT] = z


def _settle_scale(state: States) -> None:
    """After WARM rows the spread is known: express the window in it, once."""
    ready = state["count"] == WARM
    if not ready.any():
        return
    some = state[ready]
    first = some["ring"][:, :WARM].astype("f8")
    largest = np.abs(some["origin"]) + np.abs(first).max(axis=1)
    scale = first.std(axis=1) + 1e-3 * np.abs(first.mean(axis=1) + some["origin"]) + 1e-9 * largest + 1e-12
    for name in ("ring", "recent"):
        some[name] /= scale[:, None]
    for name in ("sum12", "sum20", "sum_all"):
        some[name] /= scale
    some["scale"] = scale
    state[ready] = some
