"""Analogs: what came after the times of the past that looked most like now (Lorenz 1969)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlops.predictors.forecasting import history as histories
from mlops.predictors.forecasting.history import Array, History, same_hour, standardise, windows

NAME, VERSION, PURPOSE = "analogs", 1, histories.PURPOSE
DAYS = 4  # that must look alike
LENGTH = 96  # rows that must look alike where there is no day
NEIGHBOURS = 30
FEWEST = 3 * NEIGHBOURS
SOFTENING = 0.1  # of the mean distance: no neighbour counts for all


@dataclass(frozen=True)
class Analogs:
    """Windows of all series around their level, standardised: `before` (n, length), `after` (n, horizon)."""

    before: Array
    after: Array
    centre: Array
    scale: Array
    level: int

    @property
    def memory(self) -> int:
        return int(self.before.shape[1])

    def predict(self, past: Array) -> Array:
        """Return the next rows (horizon, series) after the newest of `past` (rows, series)."""
        now = ((past[-self.memory :] - self.centre) / self.scale).T
        start = now[:, -self.level :].mean(1, keepdims=True)
        ahead = np.array([self._ahead(one) for one in now - start])
        return (start + ahead).T * self.scale + self.centre

    def _ahead(self, now: Array) -> Array:
        distance = ((self.before - now) ** 2).sum(1)
        near = np.argpartition(distance, NEIGHBOURS)[:NEIGHBOURS]
        weight = 1.0 / (distance[near] + SOFTENING * distance[near].mean() + 1e-12)
        return np.asarray(weight @ self.after[near] / weight.sum())


def train(dataset: History, *, seed: int = 0) -> Analogs:
    """Keep the past at about this time of day; there is no chance in it.

    Raises:
        TooShort: there are too few past days to choose from.
    """
    length = DAYS * dataset.season if dataset.season > 1 else LENGTH
    each = -(-FEWEST // (3 * dataset.series)) if dataset.season > 1 else FEWEST  # the hour and its neighbours
    dataset.require(length + dataset.horizon + (each + 1) * dataset.season)
    values, centre, scale = standardise(dataset.values)
    known, came = windows(values, same_hour(dataset, length), length, dataset.horizon)
    start = known[..., -dataset.level :].mean(-1, keepdims=True)
    before, after = (known - start).reshape(-1, length), (came - start).reshape(-1, dataset.horizon)
    return Analogs(before, after, centre, scale, dataset.level)


def to_parts(model: Analogs) -> dict[str, Any]:
    return dict(vars(model))


def from_parts(parts: Mapping[str, Any]) -> Analogs:
    return Analogs(**parts)
