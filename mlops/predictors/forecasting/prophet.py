"""Prophet (Taylor and Letham 2018): a trend with change points and Fourier seasons, fitted to the last rows.

A fit belongs to one moment, so it is made when it is asked: a model is its settings.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mlops.predictors.forecasting import history as histories
from mlops.predictors.forecasting.history import FLAT, Array, History

NAME, VERSION, PURPOSE = "prophet", 1, histories.PURPOSE
LEAST_ROWS = 48
MOST_ROWS = 1440  # a fit takes half a second
DAY = 86_400.0
DAYS_FOR_DAILY, DAYS_FOR_WEEKLY = 2.0, 14.0
WIDEST_DAILY = DAY / 4  # seconds between rows: beyond, a day has too few to see its course


@dataclass(frozen=True)
class Prophet:
    horizon: int
    step_seconds: float
    seed: int

    @property
    def memory(self) -> int:
        return MOST_ROWS

    def predict(self, past: Array) -> Array:
        """Return the next rows (horizon, series) after the newest of `past` (rows, series): a fit each."""
        return np.column_stack([self._fit(column) for column in past[-MOST_ROWS:].T])

    def _fit(self, values: Array) -> Array:
        import pandas as pd  # heavy, and only needed here
        from prophet import Prophet as Engine

        if np.ptp(values) <= FLAT * (1 + np.abs(values).max()):
            return np.full(self.horizon, values[-1])
        _be_quiet()
        daily, weekly = self.seasons(len(values))
        engine = Engine(
            daily_seasonality=daily,
            weekly_seasonality=weekly,
            yearly_seasonality=False,
            scaling="minmax",
            uncertainty_samples=0,
        )
        moments = np.arange(len(values) + self.horizon) * self.step_seconds
        frame = pd.DataFrame({"ds": pd.to_datetime(moments, unit="s")})
        engine.fit(frame[: len(values)].assign(y=values), seed=self.seed)
        return np.asarray(engine.predict(frame[len(values) :])["yhat"], dtype=float)

    def seasons(self, rows: int) -> tuple[bool, bool]:
        """Return whether so many rows are enough for a daily and for a weekly course."""
        days = rows * self.step_seconds / DAY
        daily = days >= DAYS_FOR_DAILY and self.step_seconds <= WIDEST_DAILY
        return daily, days >= DAYS_FOR_WEEKLY

    def notes(self, rows: int) -> list[str]:
        """Say which course it had to leave out."""
        days = min(rows, MOST_ROWS) * self.step_seconds / DAY
        names = ("daily", "weekly")
        left = [name for name, on in zip(names, self.seasons(min(rows, MOST_ROWS)), strict=True) if not on]
        return [f"Prophet has no {name} course: {days:.3g} days of history are too few." for name in left]


def _be_quiet() -> None:
    for name in ("cmdstanpy", "prophet"):
        logging.getLogger(name).setLevel(logging.ERROR)


def train(dataset: History, *, seed: int = 0) -> Prophet:
    """Settle what a fit will be.

    Raises:
        TooShort: there is too little history.
    """
    dataset.require(LEAST_ROWS)
    return Prophet(dataset.horizon, dataset.step_seconds, seed)


def to_parts(model: Prophet) -> dict[str, Any]:
    return asdict(model)


def from_parts(parts: Mapping[str, Any]) -> Prophet:
    return Prophet(**parts)
