"""Which method forecasts this series best? A rolling back-test answers; it may be the naive one.

Each candidate learns from the history before the first origin only and looks ahead from origins a day apart
(or as far as the horizon, where there is no day). A candidate displaces a simpler one only if its squared
error is clearly less: by two per cent, and by more than chance gives over blocks of origins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from mlops.predictors.forecasting.history import Array, History, Ints, TooShort
from mlops.predictors.forecasting.needs import LEAST_ORIGINS, closest, fewest_rows
from mlops.predictors.forecasting.wording import WORDS

PACKAGE = "mlops.predictors.forecasting"
NAIVE = "seasonal-naive"
MODULES = {  # name -> module; the simpler first
    NAIVE: f"{PACKAGE}.seasonal_naive",
    "ridge-linear": f"{PACKAGE}.ridge",
    "prophet": f"{PACKAGE}.prophet",
    "blend": f"{PACKAGE}.blend",
}
MOST_ORIGINS = 24
COSTLY = {"prophet": 4}  # origins of a method that fits anew at each
TEST_SHARE = 0.3  # of the history
LEAST_GAIN = 0.02
BLOCKS = 8
CERTAINTY = 1.0  # standard errors


@dataclass(frozen=True)
class Candidate:
    """How a method did: errors (origins, horizon, series), NaN where it was not asked; or why not at all."""

    name: str
    errors: Array
    refusal: str = ""

    def squared(self, series: int) -> Array:
        """Return the mean squared error of each origin (origins,)."""
        return np.asarray(np.mean(self.errors[..., series] ** 2, axis=1))

    def mse(self, series: int) -> float:
        return float(np.nanmean(self.errors[..., series] ** 2))

    def mae(self, series: int) -> float:
        return float(np.nanmean(np.abs(self.errors[..., series])))


@dataclass(frozen=True)
class BackTest:
    """`origins` are rows of the history; candidates by name, the simpler first."""

    origins: Ints
    candidates: dict[str, Candidate] = field(default_factory=dict)

    def tested(self) -> list[Candidate]:
        return [one for one in self.candidates.values() if not one.refusal]

    def beside_naive(self, candidate: Candidate, series: int = 0) -> float:
        """Return its squared error over the naive forecast's, at the origins where it was asked."""
        own, naive = candidate.squared(series), self.candidates[NAIVE].squared(series)
        asked = np.isfinite(own)
        return float(own[asked].mean() / max(naive[asked].mean(), np.finfo(float).tiny))


def back_test(
    history: History,
    *,
    names: Sequence[str] = tuple(MODULES),
    most: int = MOST_ORIGINS,
    costly: Mapping[str, int] = COSTLY,
    seed: int = 0,
) -> BackTest:
    """Let each candidate forecast the newest part of the history from what came before it.

    Raises:
        TooShort: there is no room for five origins and two seasons before them.
    """
    rows = origins_of(history, most)
    known = history.until(int(rows[0]) + 1)
    tested = {name: _try(name, known, history, rows, costly.get(name), seed) for name in names}
    return BackTest(rows, tested)


def origins_of(history: History, most: int) -> Ints:
    """Return the rows to look ahead from: at the time of day at which the history ends, where that leaves
    room for five with two days before them; else closer together, at any time of day.

    Raises:
        TooShort: there is no room for five with a season before the first.
    """
    history.require(fewest_rows(history.horizon, history.season))
    if history.season > 1:
        reach = -(-history.horizon // history.season) * history.season
        rows = _spread(history.rows, reach, history.season, history.season, most)
        if rows[0] >= 2 * history.season:
            return rows
    return _spread(history.rows, history.horizon, closest(history.horizon), 1, most)


def _spread(rows: int, reach: int, least: int, unit: int, most: int) -> Ints:
    """Return origins over the newest 30 % that can be judged, at least `least` rows apart, in whole units."""
    last, room = rows - 1 - reach, max(0, int(TEST_SHARE * rows) - reach)
    step = max(least, room // most // unit * unit)
    count = min(most, max(LEAST_ORIGINS, room // step))
    return np.arange(last - (count - 1) * step, last + 1, step)


def _try(name: str, known: History, whole: History, rows: Ints, most: int | None, seed: int) -> Candidate:
    errors = np.full((len(rows), whole.horizon, whole.series), np.nan)
    try:
        model = module_of(name).train(known, seed=seed)
    except TooShort as error:
        return Candidate(name, errors, f"needs {error.need} steps before its first try, has {error.have}")
    places = np.arange(len(rows))
    if most is not None:
        places = np.unique(np.linspace(0, len(rows) - 1, most).round().astype(int))
    for place, row in zip(places, rows[places], strict=True):
        truth = whole.values[row + 1 : row + 1 + whole.horizon]
        errors[place] = truth - model.predict(whole.values[: row + 1])
    return Candidate(name, errors)


def module_of(name: str) -> Any:
    """Return the candidate's module; imported by who asks, as some are heavy."""
    return import_module(MODULES[name])


def choose(test: BackTest, series: int = 0) -> str:
    """Return the name of the method to forecast this series with."""
    best, *others = test.tested()
    for candidate in others:
        if _beats(candidate, best, series):
            best = candidate
    return best.name


def _beats(challenger: Candidate, best: Candidate, series: int) -> bool:
    old, new = best.squared(series), challenger.squared(series)
    both = np.isfinite(old) & np.isfinite(new)
    gain = (old - new)[both]
    return bool(gain.mean() > max(LEAST_GAIN * old[both].mean(), CERTAINTY * _chance(gain)))


def _chance(gain: Array) -> float:
    """Return the standard error of a mean whose neighbours resemble each other: by means of blocks."""
    blocks = [part.mean() for part in np.array_split(gain, min(BLOCKS, len(gain)))]
    return float(np.std(blocks, ddof=1) / np.sqrt(len(blocks))) if len(blocks) > 1 else 0.0


def reason(test: BackTest, series: int = 0) -> str:
    """Say in a sentence why this method was taken."""
    chosen = choose(test, series)
    if chosen == NAIVE:
        tried = "; ".join(WORDS[one.name] for one in test.tested() if one.name != NAIVE)
        return f"On its past nothing does better than {WORDS[NAIVE]}{f' (tried: {tried})' if tried else ''}."
    best = test.candidates[chosen]
    less, asked = 1.0 - test.beside_naive(best, series), int(np.isfinite(best.squared(series)).sum())
    words = WORDS[chosen][:1].upper() + WORDS[chosen][1:]
    return f"{words}: {less:.0%} less squared error than {WORDS[NAIVE]}, over {asked} tries on its past."
