"""Exponential smoothing (Holt 1957, Winters 1960) in closed form: the level now, and the day's usual course.

The course is what the last days were around their own means, a twentieth less with each day into the past;
few days give a faint one. The level is what the last hours were beyond that course, a fifth less with each
hour (without a day: with each row).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mlops.predictors.forecasting import history as histories
from mlops.predictors.forecasting.history import Array, History

NAME, VERSION, PURPOSE = "smoothing", 1, histories.PURPOSE
LEVEL_GAIN, COURSE_GAIN = 0.2, 0.05
MOST_DAYS, MOST_ROWS = 21, 24  # looked at; rows where there is no day


@dataclass(frozen=True)
class Smoothing:
    """Looks at so many days of `season` rows."""

    days: int
    season: int
    horizon: int

    @property
    def memory(self) -> int:
        return self.days * self.season

    def predict(self, past: Array) -> Array:
        """Return the next rows (horizon, series) after the newest of `past` (rows, series)."""
        whole = past[-self.memory :].reshape(self.days, self.season, -1)
        weight = COURSE_GAIN * (1.0 - COURSE_GAIN) ** np.arange(self.days)[::-1]
        course = np.tensordot(weight, whole - whole.mean(1, keepdims=True), 1)
        hours = np.arange(self.memory)[::-1] * (24 / self.season if self.season > 1 else 1)
        recent = (1.0 - LEVEL_GAIN) ** hours
        level = recent @ (whole - course).reshape(self.memory, -1) / recent.sum()
        return np.asarray(level + course[np.arange(self.horizon) % self.season])


def train(dataset: History, *, seed: int = 0) -> Smoothing:
    """Learn nothing.

    Raises:
        TooShort: there are not two days.
    """
    dataset.require(2 * dataset.season)
    most = MOST_DAYS if dataset.season > 1 else MOST_ROWS
    return Smoothing(min(most, dataset.rows // dataset.season), dataset.season, dataset.horizon)


def as_map(lags: int, horizon: int, season: int) -> Array:
    """Return it as the linear map that it is, from the last rows to the next ones (lags, horizon)."""
    return Smoothing(lags // season, season, horizon).predict(np.eye(lags)).T


def to_parts(model: Smoothing) -> dict[str, Any]:
    return asdict(model)


def from_parts(parts: Mapping[str, Any]) -> Smoothing:
    return Smoothing(**parts)
