"""A series' next rows with their 90 % interval, by the method that its back-test chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlops.predictors.forecasting import prophet
from mlops.predictors.forecasting.choosing import MODULES, BackTest, back_test, choose, module_of, reason
from mlops.predictors.forecasting.history import Array, History
from mlops.predictors.forecasting.intervals import half_widths, liveliness
from mlops.predictors.forecasting.needs import fewest_rows

NO_DAY = "No daily course was found in it."
UNUSED_DAY = "Its daily course is not used yet: there are too few days to try that on."
FEWEST_ERRORS = 12  # origins that an interval rests on, where the history has them


@dataclass(frozen=True)
class Outlook:
    """The next rows (horizon,) of one series in its own unit, with low and high; how they came about."""

    values: Array
    low: Array
    high: Array
    method: str
    test: BackTest
    reasons: tuple[str, ...]


def look_ahead(history: History, *, names: Sequence[str] = tuple(MODULES), seed: int = 0) -> Outlook:
    """Forecast the one series of the history; its day is left out where there are too few days to test on.

    Raises:
        TooShort: there is too little history.
    """
    if history.season == 1:
        return _look_ahead(history, NO_DAY, names, seed)
    if history.rows < fewest_rows(history.horizon, history.season):
        return _look_ahead(history.without_day(), UNUSED_DAY, names, seed)
    return _look_ahead(history, "", names, seed)


def _look_ahead(history: History, note: str, names: Sequence[str], seed: int) -> Outlook:
    test = _thorough(history, back_test(history, names=names, seed=seed), seed)
    method = choose(test)
    values = module_of(method).train(history, seed=seed).predict(history.values)[:, 0]
    half = half_widths(scaled_errors(history, test, method)[..., 0]) * liveliness(
        history.values, history.season
    )
    own = prophet.train(history).notes(history.rows) if method == prophet.NAME else []
    reasons = tuple(words for words in (reason(test), note, *own) if words)
    return Outlook(values, values - half, values + half, method, test, reasons)


def scaled_errors(history: History, test: BackTest, method: str) -> Array:
    """Return the absolute errors (origins, horizon, series) over how lively each series was at the time."""
    errors = test.candidates[method].errors
    asked = np.isfinite(errors).all(axis=(1, 2))
    lively = [liveliness(history.values[: row + 1], history.season) for row in test.origins[asked]]
    return np.asarray(np.abs(errors[asked]) / np.array(lively)[:, None, :])


def _thorough(history: History, test: BackTest, seed: int) -> BackTest:
    """Ask a costly method that won by few origins at more of them: an interval needs them too."""
    chosen = choose(test)
    if not np.isnan(test.candidates[chosen].errors).any():
        return test
    again = back_test(
        history, names=[chosen], most=len(test.origins), costly={chosen: FEWEST_ERRORS}, seed=seed
    )
    return BackTest(test.origins, {**test.candidates, **again.candidates})
