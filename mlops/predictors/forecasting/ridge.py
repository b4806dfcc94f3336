"""Direct ridge: one linear map from the last rows to all steps ahead, shared by the series and bent to each.

After Zeng et al. 2023 (linear maps forecast as well as transformers do) and Toner and Darlow 2024 (their
closed form): around the mean of the last day, so that a moved level moves the forecast with it. The map of a
series is drawn to the shared one (shrinkage, James and Stein 1961): sane where it knows little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlops.predictors.forecasting import history as histories
from mlops.predictors.forecasting.history import Array, History
from mlops.predictors.forecasting.linear import apply, lags_for, moments, solve

NAME, VERSION, PURPOSE = "ridge-linear", 1, histories.PURPOSE
PENALTY = 0.05
TO_SHARED = 10.0  # the penalty on what a series differs in from all


@dataclass(frozen=True)
class Ridge:
    """A map for each series (series, lags, horizon), around the mean of the last `level` rows."""

    maps: Array
    level: int

    @property
    def memory(self) -> int:
        return int(self.maps.shape[1])

    def predict(self, past: Array) -> Array:
        """Return the next rows (horizon, series) after the newest of `past` (rows, series)."""
        return apply(self.maps, past[-self.memory :].T, self.level).T


def train(dataset: History, *, seed: int = 0) -> Ridge:
    """Fit by second moments; there is no chance in it, so the seed changes nothing.

    Raises:
        TooShort: there is too little history.
    """
    lags = lags_for(dataset)
    values, _, _ = histories.standardise(dataset.values)
    sums, weights = moments(dataset, values, lags)
    level = dataset.level
    shared = solve(sums.sum(0), float(weights.sum()), lags, level, PENALTY, None)
    if dataset.series == 1:
        return Ridge(shared[None], level)
    own = [
        solve(part, float(weight), lags, level, TO_SHARED, shared)
        for part, weight in zip(sums, weights, strict=True)
    ]
    return Ridge(np.array(own), level)


def to_parts(model: Ridge) -> dict[str, Any]:
    return {"maps": model.maps, "level": model.level}


def from_parts(parts: Mapping[str, Any]) -> Ridge:
    return Ridge(parts["maps"], parts["level"])
