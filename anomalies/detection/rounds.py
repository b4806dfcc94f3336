"""Readings of an asset's sensors become rows on the asset's clock.

A row takes one reading of each sensor. It closes when it has one of all, or when a sensor sends its next: the
others then keep their last value if it is at most three usual intervals old, else they have nothing to say.
So sensors may report at differing seconds, and rows depend on nothing but the readings' own times.
"""

from __future__ import annotations

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
    taken, last, heard = (clock[name][0].tolist() for name in ("taken", "value", "heard"))
    held = HELD * float(clock["interval"][0])
    closed: list[list[float]] = []
    times: list[float] = []

    def close() -> None:
        at = max(heard)
        row = zip(taken, last, heard, strict=True)
        closed.append([one if there or at - when <= held else np.nan for there, one, when in row])
        times.append(at)
        taken[:] = [False] * sensors

    for place, at, one in zip(column.tolist(), time.tolist(), value.tolist(), strict=True):
        if taken[place]:
            close()
        taken[place], last[place], heard[place] = True, one, at
        if all(taken):
            close()
    clock["taken"][0], clock["value"][0], clock["heard"][0] = taken, last, heard
    return np.array(closed, "f8").reshape(-1, sensors), np.array(times, "f8")


def _fills_rows(clock: States, column: Ints) -> bool:
    """Tell the usual case: whole rows, with the sensors in order."""
    sensors = clock["taken"].shape[1]
    whole = len(column) > 0 and len(column) % sensors == 0 and not clock["taken"].any()
    return bool(whole and (column.reshape(-1, sensors) == np.arange(sensors)).all())
