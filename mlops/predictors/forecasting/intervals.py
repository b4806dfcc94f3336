"""90 % intervals by conformal prediction: as wide as past forecasts were wrong, step by step.

Split conformal quantiles (Vovk et al. 2005) of the errors at earlier origins, pooled with those of
neighbouring steps. Errors are divided by the root of how lively the series has been of late, so that a lively
week has a wider interval (weighted conformal; Papadopoulos 2011). Where forecasts go on, the level is adapted
by what was missed (adaptive conformal inference, Gibbs and Candès 2021): the long-run coverage then holds
whatever the series does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mlops.predictors.forecasting.history import FLAT, Array

MISS = 0.1  # of the truth may lie outside
NEIGHBOURS = 6  # steps to both sides whose errors count as well
MANY = 12  # origins: from there on each step has a quantile of its own
LEAST_COURSE = 0.1  # of the widest step
PARTLY = 0.5  # of the correction for few errors: those of neighbouring steps count too
DAYS = 7  # that say how lively a series is
WITHOUT_DAYS = 100  # rows that say so where there is no day
RESTLESSNESS = 0.5  # power of the liveliness
LEARNING = 0.05  # step of the adapted level
LEAST_LEVEL, MOST_LEVEL = 0.005, 0.5


def liveliness(past: Array, season: int) -> Array:
    """Return how much each series changes from day to day of late, to the power that widens intervals.

    `past` (rows, series); without a day, from row to row.
    """
    length = DAYS * season if season > 1 else WITHOUT_DAYS
    change = np.diff(past[-length - season :], axis=0) if season == 1 else _by_day(past, season, length)
    spread = np.sqrt((change**2).mean(0)) if len(change) else np.ones(past.shape[1])
    floor = np.maximum(FLAT, 0.05 * past.std(0))
    return np.asarray(np.maximum(spread, floor) ** RESTLESSNESS)


def _by_day(past: Array, season: int, length: int) -> Array:
    recent = past[-length - season :]
    return recent[season:] - recent[:-season]


def half_widths(errors: Array, miss: float = MISS) -> Array:
    """Return the half width for each step (horizon,) from absolute errors at earlier origins (n, horizon).

    Of few origins the errors tell the course over the steps by their medians only, and the width by all of
    them together: else one odd moment of the past would be a step of the interval.
    """
    partly = PARTLY if len(errors) >= MANY else PARTLY / 2
    share = min(1.0, (1.0 - miss) * (1.0 + partly / len(errors)))
    if len(errors) >= MANY:
        return np.asarray(np.quantile(_near(errors), share, axis=1))
    course = np.maximum.accumulate(np.median(_near(errors), axis=1))
    if course[-1] <= 0:
        return np.full(errors.shape[1], float(np.quantile(errors, share)))
    course = np.maximum(course, LEAST_COURSE * course[-1])
    return np.asarray(course * np.quantile(errors / course, share))


def _near(errors: Array) -> Array:
    """Return for each step its errors and those of its neighbours (horizon, errors)."""
    padded = np.pad(errors, ((0, 0), (NEIGHBOURS, NEIGHBOURS)), mode="edge")
    near = sliding_window_view(padded, 2 * NEIGHBOURS + 1, axis=1)
    return np.asarray(near.transpose(1, 0, 2).reshape(errors.shape[1], -1))


@dataclass
class Adaptive:
    """The share that an interval may miss, corrected by the share that the last ones did miss."""

    miss: float = MISS

    def learn(self, missed: float) -> None:
        """Take in what share of the steps of a forecast that has come true lay outside."""
        self.miss = float(np.clip(self.miss + LEARNING * (MISS - missed), LEAST_LEVEL, MOST_LEVEL))
