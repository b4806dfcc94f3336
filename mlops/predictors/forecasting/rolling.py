"""Forecasts of many series from one origin after the other, each by what was known at its origin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlops.predictors.forecasting import prophet
from mlops.predictors.forecasting.ahead import scaled_errors
from mlops.predictors.forecasting.choosing import MODULES, BackTest, back_test, choose, module_of
from mlops.predictors.forecasting.history import Array, History
from mlops.predictors.forecasting.intervals import Adaptive, half_widths, liveliness

MOST_ERRORS = 120  # newest origins that an interval rests on
REFIT_DAYS = 30
REFIT_ROWS = 720  # where there is no day


@dataclass(frozen=True)
class Step:
    """What is said at row `origin` of the next rows: values, low and high (horizon, series)."""

    origin: int
    values: Array
    low: Array
    high: Array


@dataclass
class Rolling:
    """Chooses a method for each series on the first `train_rows`, then forecasts from origin to origin."""

    whole: History
    train_rows: int
    names: Sequence[str] = tuple(MODULES)
    test: BackTest = field(init=False)
    methods: list[str] = field(init=False)
    _models: dict[tuple[str, int], tuple[int, Any]] = field(init=False, default_factory=dict)
    _errors: list[Array] = field(init=False)
    _levels: list[Adaptive] = field(init=False)
    _open: list[Step] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        known = self.whole.until(self.train_rows)
        self.test = back_test(known, names=self.names, most=MOST_ERRORS)
        self.methods = [choose(self.test, number) for number in range(known.series)]
        own = [scaled_errors(known, self.test, method) for method in self.methods]
        self._errors = [part[..., number] for number, part in enumerate(own)]
        self._levels = [Adaptive() for _ in self.methods]

    def steps(self, every: int) -> Iterator[Step]:
        """Yield a forecast each `every` rows, from the training part's last row to where it can be judged."""
        for origin in range(self.train_rows - 1, self.whole.rows - self.whole.horizon, every):
            self._learn(origin)
            yield self._forecast(origin)

    def _forecast(self, origin: int) -> Step:
        past = self.whole.values[: origin + 1]
        values = self._values(origin, past)
        lively = liveliness(past, self.whole.season)
        half = [
            half_widths(errors, level.miss) for errors, level in zip(self._errors, self._levels, strict=True)
        ]
        wide = np.array(half).T * lively
        step = Step(origin, values, values - wide, values + wide)
        self._open.append(step)
        return step

    def _values(self, origin: int, past: Array) -> Array:
        """Return each series' values by its method. One that fits anew is asked for its own series only."""
        values = np.empty((self.whole.horizon, self.whole.series))
        for method in dict.fromkeys(self.methods):
            own = [number for number, name in enumerate(self.methods) if name == method]
            model = self._model(method, origin)
            if method == prophet.NAME:
                values[:, own] = model.predict(past[:, own])
            else:
                values[:, own] = model.predict(past)[:, own]
        return values

    def _model(self, method: str, origin: int) -> Any:
        """Return a model that was trained at this time of day, not too long ago."""
        season = self.whole.season
        key = (method, origin % season)
        trained, model = self._models.get(key, (-1, None))
        if model is None or origin - trained >= (REFIT_DAYS * season if season > 1 else REFIT_ROWS):
            model = module_of(method).train(self.whole.until(origin + 1))
            self._models[key] = (origin, model)
        return model

    def _learn(self, origin: int) -> None:
        """Take in the forecasts whose whole horizon has come true by now."""
        while self._open and self._open[0].origin + self.whole.horizon <= origin:
            step = self._open.pop(0)
            past = self.whole.values[: step.origin + 1]
            truth = self.whole.values[step.origin + 1 : step.origin + 1 + self.whole.horizon]
            errors = np.abs(truth - step.values) / liveliness(past, self.whole.season)
            missed = ((truth < step.low) | (truth > step.high)).mean(0)
            for number, level in enumerate(self._levels):
                level.learn(float(missed[number]))
                self._errors[number] = np.vstack([self._errors[number], errors[:, number]])[-MOST_ERRORS:]
