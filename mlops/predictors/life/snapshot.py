"""A life told by a few numbers, for who has no history to hand over: what each sensor read in the beginning,
a while ago and now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlops.predictors.life.fleets import Floats, Unit
from mlops.predictors.life.paths import BEGINNING

AGE = "age"
MOMENTS = {"beginning": None, "60 steps ago": 60, "30 steps ago": 30, "now": 0}
FEWEST_ROWS = 2


def names_of(sensors: Sequence[str], settings: Sequence[str]) -> list[str]:
    """Return the numbers that tell a life, by name."""
    return [AGE, *settings, *(f"{sensor}: {moment}" for sensor in sensors for moment in MOMENTS)]


def unit_of(
    given: Mapping[str, Any], sensors: Sequence[str], settings: Sequence[str], *, row: float, stride: int
) -> Unit:
    """Return a life with these numbers, each sensor moving evenly from one to the next; `row` is the age that
    a row adds, `stride` rows are a step."""
    count = max(FEWEST_ROWS, round(float(given[AGE]) / row))
    rows = np.arange(1, count + 1, dtype=float)
    readings = [
        _course([float(given[f"{name}: {one}"]) for one in MOMENTS], rows, stride) for name in sensors
    ]
    set_at = np.tile([float(given[name]) for name in settings], (count, 1))
    ages = float(given[AGE]) - row * (count - rows)
    return Unit("asked", ages, np.column_stack(readings), set_at.reshape(count, len(settings)))


def _course(values: Sequence[float], rows: Floats, stride: int) -> Floats:
    """Return the line through what was read, flat in the beginning."""
    ago = [rows[-1] - past * stride for past in MOMENTS.values() if past is not None]
    known = [(0.0, values[0]), (float(min(BEGINNING * stride, ago[0])), values[0])]
    points = sorted([*known, *zip(ago, values[1:], strict=True)])
    places, heights = zip(*points, strict=True)
    return np.interp(rows, places, heights)
