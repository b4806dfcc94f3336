"""What comes is what was at this time of the last day; without a day, the last value.

The measure of all others: what does not beat it is not worth its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops.predictors.forecasting import history as histories
from mlops.predictors.forecasting.history import Array, History

NAME, VERSION, PURPOSE = "seasonal-naive", 1, histories.PURPOSE


@dataclass(frozen=True)
class SeasonalNaive:
    """Repeats the last `season` rows over `horizon`."""

    season: int
    horizon: int

    @property
    def memory(self) -> int:
        return self.season

    def predict(self, past: Array) -> Array:
        """Return the next rows (horizon, series) after the newest of `past` (rows, series)."""
        last = past[-self.season :]
        return last[[step % self.season for step in range(self.horizon)]]


def train(dataset: History, *, seed: int = 0) -> SeasonalNaive:
    """Learn nothing.

    Raises:
        TooShort: there is not one season.
    """
    dataset.require(dataset.season)
    return SeasonalNaive(dataset.season, dataset.horizon)


def to_parts(model: SeasonalNaive) -> dict[str, Any]:
    return {"season": model.season, "horizon": model.horizon}


def from_parts(parts: Mapping[str, Any]) -> SeasonalNaive:
    return SeasonalNaive(parts["season"], parts["horizon"])
