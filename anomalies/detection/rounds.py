"""Readings of an asset's sensors become rows on the asset's clock.

A row takes one reading of each sensor. It closes when it has one of all, or when a sensor sends its next: the
others then keep their last value if it is at most three usual intervals old, else they have nothing to say.
So sensors may report at differing seconds, and rows depend on nothing but the readings' own times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from mlops.detectors.window import Floats, Ints, States

HELD = 3.0  # usual intervals


def layout(sensors: int) -> np.dtype[np.void]:
    """Return the clock of an asset with so many sensors: what its open row has, and each sensor's last
    reading."""
    return np.dtype(
        [
            ("interval", "f8"),
            ("taken", "?", (sensors,)),
            ("value", "f8", (sensors,)),
            ("heard", "f8", (sensors,)),
        ]
    )


def close_rows(clock: States, column: Ints, time: Floats, value: Floats) -> tuple[Floats, Floats]:
    """Take an asset's readings in time order; return the rows (T, n) that closed and their times (T,).

    `column` is each reading's sensor in the rows. `clock` (1,) is brought up to date. A value is NaN where
    the reading counts for nothing but its place.
    """
    sensors = clock["taken"].shape[1]
    if _fills_rows(clock, column):
        rows, moments = value.reshape(-1, sensors), time.reshape(-1, sensors)
        clock["value"][0], clock["heard"][0] = rows[-1], moments[-1]
        return rows, moments.max(axis=1)
    closed = list(_close_one_by_one(clock, zip(column.tolist(), time.tolist(), value.tolist(), strict=True)))
    rows = np.array([row for row, _ in closed], "f8").reshape(-1, sensors)
    return rows, np.array([at for _, at in closed], "f8")


def _close_one_by_one(
    clock: States, readings: Iterable[tuple[int, float, float]]
) -> Iterator[tuple[list[float], float]]:
    taken, value, heard = (clock[name][0].tolist() for name in ("taken", "value", "heard"))
    held = HELD * float(clock["interval"][0])
    for column, at, one in readings:
        if taken[column]:
            yield _row(taken, value, heard, held), max(heard)
            taken = [False] * len(taken)
        taken[column], value[column], heard[column] = True, one, at
        if all(taken):
            yield value.copy(), max(heard)
            taken = [False] * len(taken)
    clock["taken"][0], clock["value"][0], clock["heard"][0] = taken, value, heard


def _row(taken: list[bool], value: list[float], heard: list[float], held: float) -> list[float]:
    """Return what the row has; of the others the last value, where it is not too old."""
    at = max(heard)
    each = zip(taken, value, heard, strict=True)
    return [one if there or at - when <= held else np.nan for there, one, when in each]


def _fills_rows(clock: States, column: Ints) -> bool:
    """Tell the usual case: whole rows, with the sensors in order."""
    sensors = clock["taken"].shape[1]
    whole = len(column) > 0 and len(column) % sensors == 0 and not clock["taken"].any()
    return bool(whole and (column.reshape(-1, sensors) == np.arange(sensors)).all())
