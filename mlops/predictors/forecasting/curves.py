"""Curves: what a linear map at this time of day leaves over, by ridge regression on random features.

Random features (Rahimi and Recht 2008; one hidden layer that is not trained) of the shape of the last days,
of how far the level is from its usual one, and of what the other series did. They see what no linear map can:
that a steep day is followed otherwise than a flat one, and that a level far out comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mlops.predictors.forecasting import history as histories
from mlops.predictors.forecasting.history import Array, History, same_hour, standardise, windows
from mlops.predictors.forecasting.linear import LAG_SHARE, apply, lags_for, moments, solve

NAME, VERSION, PURPOSE = "curves", 1, histories.PURPOSE
DAYS = 4  # whose shape is looked at
LENGTH = 96  # rows whose shape is looked at where there is no day
SHAPES = 16  # principal shapes of them
UNITS = 1200  # random features
PENALTY, GATHERING = 0.15, 4.0  # of the linear map
UNIT_PENALTY = 0.3
STEEPNESS = 0.15
LEVEL_WEIGHT, OTHERS_WEIGHT, NAME_WEIGHT = 2.0, 0.5, 3.0
FARTHEST = 3.0  # spreads: a level beyond looks like one there
FEWEST_DAYS = 30


@dataclass(frozen=True)
class Curves:
    """The linear map (lags, horizon), the shapes (length, k), the random layer and its weights on top."""

    linear: Array
    shapes: Array
    inward: Array
    offset: Array
    onward: Array
    centre: Array
    scale: Array
    level: int
    season: int

    @property
    def memory(self) -> int:
        return len(self.linear)

    def predict(self, past: Array) -> Array:
        """Return the next rows (horizon, series) after the newest of `past` (rows, series)."""
        now = ((past[-self.memory :] - self.centre) / self.scale).T
        seen = features(now[None], self.shapes, self.level, self.season)[0]
        ahead = apply(self.linear, now, self.level) + np.tanh(seen @ self.inward + self.offset) @ self.onward
        return ahead.T * self.scale + self.centre


def features(known: Array, shapes: Array, level: int, season: int) -> Array:
    """Return what the random layer sees of past windows (n, series, lags): (n, series, features)."""
    count, series = known.shape[:2]
    now, week = known[..., -level:].mean(-1), known[..., -7 * season :].mean(-1)
    levels = np.stack([now, now - known.mean(-1), now - week], -1)
    day_before = known[..., -2 * level : -level].mean(-1)
    moves = np.stack([now - week, known[..., -1] - now, now - day_before], -1).reshape(count, 1, -1)
    parts = [
        (known[..., -len(shapes) :] - now[..., None]) @ shapes,
        LEVEL_WEIGHT * np.clip(levels, -FARTHEST, FARTHEST),
        OTHERS_WEIGHT * np.repeat(np.clip(moves, -FARTHEST, FARTHEST), series, 1),
        NAME_WEIGHT * np.broadcast_to(np.eye(series), (count, series, series)),
    ]
    return np.concatenate(parts, -1)


def train(dataset: History, *, seed: int = 0) -> Curves:
    """Fit the linear map, then the random layer on what it leaves over.

    Raises:
        TooShort: there is too little history.
    """
    length = DAYS * dataset.season if dataset.season > 1 else LENGTH
    dataset.require(LAG_SHARE * length + FEWEST_DAYS * dataset.season)
    lags, level = max(lags_for(dataset), length), dataset.level
    values, centre, scale = standardise(dataset.values)
    sums, weights = moments(dataset, values, lags, GATHERING)
    linear = solve(sums.sum(0), float(weights.sum()), lags, level, PENALTY, None)
    known, came = windows(values, same_hour(dataset, lags), lags, dataset.horizon)
    shapes = _principal(known[..., -length:], level)
    seen = features(known, shapes, level, dataset.season).reshape(len(known) * dataset.series, -1)
    start = known[..., -level:].mean(-1, keepdims=True)
    left = (came - start - (known - start) @ linear).reshape(-1, dataset.horizon)
    inward, offset, onward = _layer(seen, left, np.random.default_rng(seed))
    return Curves(linear, shapes, inward, offset, onward, centre, scale, level, dataset.season)


def _principal(known: Array, level: int) -> Array:
    """Return the shapes (length, k) that the windows vary most in, each scaled to spread 1."""
    around = (known - known[..., -level:].mean(-1, keepdims=True)).reshape(-1, known.shape[-1])
    spread, shapes = np.linalg.eigh(around.T @ around / len(around))
    return np.asarray(shapes[:, -SHAPES:] / np.sqrt(np.maximum(spread[-SHAPES:], 1e-6)))


def _layer(seen: Array, left: Array, random: np.random.Generator) -> tuple[Array, Array, Array]:
    inward = random.normal(size=(seen.shape[1], UNITS)) * STEEPNESS
    offset = random.uniform(-2.0, 2.0, UNITS)
    units = np.tanh(seen @ inward + offset)
    ridge = UNIT_PENALTY * len(units) * np.eye(UNITS)
    onward: Array = np.asarray(np.linalg.solve(units.T @ units + ridge, units.T @ left), dtype=np.float64)
    return inward, offset, onward


def to_parts(model: Curves) -> dict[str, Any]:
    return asdict(model)


def from_parts(parts: Mapping[str, Any]) -> Curves:
    return Curves(**parts)
