"""A linear map from the last rows to the next ones, by ridge regression with a graded penalty."""

from __future__ import annotations

import numpy as np

from mlops.predictors.forecasting.history import Array, History, origins, windows

MOST_LAGS = 504
LAG_SHARE = 4  # no more lags than a quarter of the history
FEWEST_WINDOWS = 24
NEAR, FAR = 0.5, 30.0  # of the penalty, at lag 0 and in addition at the longest lag


def lags_for(history: History) -> int:
    """Return how far back to look: whole days where there are days, at most 504 rows.

    Raises:
        TooShort: the history cannot hold two levels of lags, the horizon and some windows.
    """
    least = 2 * history.level
    history.require(max(LAG_SHARE * least, least + history.horizon + FEWEST_WINDOWS))
    room = min(history.rows // LAG_SHARE, history.rows - history.horizon - FEWEST_WINDOWS)
    lags = max(least, min(MOST_LAGS, room))
    return lags - lags % history.season if lags > history.season else lags


def moments(history: History, values: Array, lags: int, gathering: float = 0.0) -> tuple[Array, Array]:
    """Return the second moments of windows (series, lags + horizon, same) and their weight (series,).

    `gathering` draws the weight to windows at the time of day at which the history ends (a von Mises
    kernel's concentration; 0: all count alike).
    """
    rows, width = origins(history, lags), lags + history.horizon
    turn = 2 * np.pi * (rows - (history.rows - 1)) / history.season
    weight = np.exp(gathering * (np.cos(turn) - 1.0)) if history.season > 1 else np.ones(len(rows))
    sums = np.empty((history.series, width, width))
    for number in range(history.series):
        known, came = windows(values[:, [number]], rows, lags, history.horizon)
        block = np.concatenate([known, came], axis=-1)[:, 0] * np.sqrt(weight)[:, None]
        sums[number] = block.T @ block
    return sums, np.full(history.series, weight.sum())


def solve(sums: Array, weight: float, lags: int, level: int, penalty: float, prior: Array | None) -> Array:
    """Return the map (lags, horizon) of what lies around the level: forecast = level + (past - level) @ map.

    The penalty grows with the square of the lag: what is long ago may say less. With `prior` the map is
    drawn to that one instead of to 0.
    """
    mean = np.zeros(len(sums))
    mean[lags - level : lags] = 1.0 / level
    along = sums @ mean
    around = sums - along[:, None] - along[None, :] + mean @ along
    lag = np.arange(lags, 0, -1) / lags
    grades = weight * penalty * (NEAR + FAR * lag**2) + 1e-9 * (1.0 + weight)
    right = around[:lags, lags:]
    if prior is not None:
        right = right + grades[:, None] * prior
    return np.asarray(np.linalg.solve(around[:lags, :lags] + np.diag(grades), right), dtype=np.float64)


def apply(maps: Array, past: Array, level: int) -> Array:
    """Return the forecasts (series, horizon) of past rows (series, lags), by a map each or one for all."""
    start = past[:, -level:].mean(1, keepdims=True)
    around = past - start
    ahead = around @ maps if maps.ndim == 2 else np.einsum("sl,slh->sh", around, maps)
    return np.asarray(start + ahead)
