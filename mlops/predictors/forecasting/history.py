"""What a forecast learns from: regular rows of one or more series, and windows cut out of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

PURPOSE = "forecast"
MOST_WINDOWS = 30_000  # of all series together; neighbours tell nearly the same
FLAT = 1e-9


class TooShort(ValueError):
    """There is too little history: `have` rows of the `need` that this method takes."""

    def __init__(self, have: int, need: int) -> None:
        super().__init__(f"not enough data: {have} rows of {need}")
        self.have, self.need = have, need


@dataclass(frozen=True)
class History:
    """`values` (rows, series), finite and without gaps, the newest last; `horizon` in rows.

    `season` is the number of rows in a day, 1 where no day can be seen; `step_seconds` between two rows.
    """

    values: Array
    horizon: int
    season: int = 1
    step_seconds: float = 3600.0

    @property
    def rows(self) -> int:
        return len(self.values)

    @property
    def series(self) -> int:
        return int(self.values.shape[1])

    @property
    def level(self) -> int:
        """How many newest rows make the level that forecasts start from: a day where there is one."""
        return self.season if self.season > 1 else min(24, max(1, self.rows // 50))

    def until(self, rows: int) -> History:
        return replace(self, values=self.values[:rows])

    def of(self, series: int) -> History:
        """Return one series alone."""
        return replace(self, values=self.values[:, [series]])

    def without_day(self) -> History:
        return replace(self, season=1)

    def require(self, rows: int) -> None:
        """Raise TooShort where there are fewer rows."""
        if self.rows < rows:
            raise TooShort(self.rows, rows)


def standardise(values: Array) -> tuple[Array, Array, Array]:
    """Return the values around 0 with spread 1, a column each, with centre and scale (series,)."""
    centre, scale = values.mean(0), values.std(0)
    scale = np.where(scale > FLAT * (1 + np.abs(centre)), scale, 1.0)
    return (values - centre) / scale, centre, scale


def origins(history: History, memory: int) -> Ints:
    """Return the rows to look ahead from: `memory` rows are known up to each, and the horizon after it.

    Where there are too many, every k-th is taken, k having no common part with the day.
    """
    count = history.rows - history.horizon - memory + 1
    stride = max(1, -(-count * history.series // MOST_WINDOWS))
    while gcd(stride, history.season) > 1:
        stride += 1
    return np.arange(history.rows - history.horizon - 1, memory - 2, -stride)[::-1]


def same_hour(history: History, memory: int, tolerance: float = 1 / 24) -> Ints:
    """Return the rows to look ahead from at about the time of day at which the history ends."""
    if history.season == 1:
        return origins(history, memory)
    rows = np.arange(memory - 1, history.rows - history.horizon)
    apart = (rows - (history.rows - 1)) % history.season
    near = max(1, round(tolerance * history.season))
    return rows[(apart <= near) | (apart >= history.season - near)]


def windows(values: Array, rows: Ints, memory: int, horizon: int) -> tuple[Array, Array]:
    """Return what was known at each row (n, series, memory), and what came (n, series, horizon)."""
    every = sliding_window_view(values, memory + horizon, axis=0)[rows - memory + 1]
    return every[..., :memory], every[..., memory:]
