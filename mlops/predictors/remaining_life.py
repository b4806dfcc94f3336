"""How long a machine still lives, learnt from machines of its kind that ran to their failure.

The wear behind the sensors (`life.wear`), its path up to now (`life.paths`), support vectors and networks
from there to the life that is left, at most the horizon (`life.regression`), and a conformal 90 % interval
(`life.bounds`). Lives longer than the horizon cannot be told apart: a machine that shows no wear yet is
answered "about the horizon".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mlops.predictors import explaining
from mlops.predictors.answers import (
    NOT_ENOUGH_DATA,
    OUTSIDE_EXPERIENCE,
    SENSOR_BAD,
    Answer,
    Contribution,
    NotEnoughData,
    refuse,
)
from mlops.predictors.life import lens as lenses
from mlops.predictors.life import paths, regression, snapshot
from mlops.predictors.life.bounds import Bounds, find_bounds
from mlops.predictors.life.conditions import Conditions, find_conditions
from mlops.predictors.life.experience import Experience, find_experience
from mlops.predictors.life.fleets import Fleet, Floats, Unit
from mlops.predictors.life.lens import Lens, find_lens
from mlops.predictors.life.regression import Regression

NAME = "wear-path"
VERSION = "1"
PURPOSE = "remaining-life"

FEWEST_LIVES = 8
FEWEST_STEPS = 10  # of a machine, before anything is said of it
FOLDS = 5
MOST_ROWS = 6000  # to learn from; more are thinned out
HORIZON = 0.85  # of the life that nine in ten machines reach
RECENT = 10  # rows
OPEN = 0.9  # horizons: of lives answered so, more than half exceed the horizon
MOST_MISSING = 0.5  # of a sensor's recent rows


@dataclass(frozen=True)
class RemainingLife:
    """`horizon` is in the ages' unit, as are all answers."""

    sensors: tuple[str, ...]
    settings: tuple[str, ...]
    unit: str
    horizon: float
    lens: Lens
    regression: Regression
    bounds: Bounds
    experience: Experience

    def predict(self, units: Sequence[Unit]) -> list[Answer]:
        """Answer for each unit as it is now: the life left with its interval and the sensors that shorten or
        lengthen it, or why nothing can be said. Near the horizon there is no high bound."""
        return [self._answer(unit) for unit in units]

    def estimates(self, units: Sequence[Unit]) -> Floats:
        """Return the life left, low and high (units, 3), also of those that `predict` would refuse."""
        signs = np.array([self.lens.signs(unit)[0][-1] for unit in units])
        ages = np.array([unit.ages[-1] for unit in units])
        found = np.clip(self.regression.predict(signs), 0.0, 1.0)
        low, high = self.bounds.around(found, ages / self.lens.usual_life)
        return self.horizon * np.column_stack([found, low, high])

    def answer(self, features: Mapping[str, Any], *, explain: bool = False) -> Answer:
        """Answer for a life told by the numbers that `features_of` names."""
        row, stride = self.lens.row, self.lens.stride
        unit = snapshot.unit_of(features, self.sensors, self.settings, row=row, stride=stride)
        found = self._answer(unit)
        return found if explain else replace(found, contributions=())

    def _answer(self, unit: Unit) -> Answer:
        if refusal := self._refusal(unit):
            return refusal
        signs = self.lens.last_signs(unit)
        if objection := self.experience.objection(unit, self.lens, self._used(), signs[0]):
            return refuse(self.unit, OUTSIDE_EXPERIENCE, objection)
        left, low, high = (round(float(value), 2) for value in self.estimates([unit])[0])
        bound = high if left < OPEN * self.horizon else None
        return Answer(left, self.unit, low, bound, contributions=self._contributions(unit, signs))

    def _refusal(self, unit: Unit) -> Answer | None:
        steps = -(-len(unit.ages) // self.lens.stride)
        if steps < FEWEST_STEPS:
            missing = (FEWEST_STEPS - steps) * self.lens.stride
            return refuse(self.unit, NOT_ENOUGH_DATA, f"{missing} more rows of operation are needed.")
        silent = np.isnan(unit.readings[-RECENT * self.lens.stride :]).mean(axis=0) > MOST_MISSING
        if (silent & self.lens.conditions.used).any():
            names = ", ".join(np.array(self.sensors)[silent & self.lens.conditions.used])
            return refuse(self.unit, SENSOR_BAD, f"Most of the last readings are missing: {names}.")
        return None

    def _used(self) -> list[str]:
        return [name for name, used in zip(self.sensors, self.lens.conditions.used, strict=True) if used]

    def _contributions(self, unit: Unit, signs: Floats) -> tuple[Contribution, ...]:
        """Return what the answer owes to each sensor's move since the beginning, the most telling first."""
        left = self.horizon * np.clip(self.regression.predict(signs), 0.0, 1.0)
        recent = unit.readings[-RECENT * self.lens.stride :][:, self.lens.conditions.used]
        values = [float(f"{value:.6g}") for value in np.nanmean(recent, axis=0)]
        return explaining.ordered(self._used(), values, left[0] - left[1:])


def train(fleet: Fleet, *, seed: int = 0) -> RemainingLife:
    """Learn from units that ran to their failure.

    Raises:
        NotEnoughData: there are fewer than 8 of them, or they show no wear.
    """
    lives = [unit for unit in fleet.units if len(unit.ages) >= 2 * FEWEST_STEPS]
    if len(lives) < FEWEST_LIVES:
        raise NotEnoughData(f"There are {len(lives)} lives up to a failure; {FEWEST_LIVES} are needed.")
    conditions = find_conditions(fleet, seed=seed)
    horizon = fleet.horizon or HORIZON * float(np.quantile([_life(unit) for unit in lives], 0.1))
    bounds = _tried(lives, conditions, horizon, seed)
    lens = find_lens(lives, conditions)
    signs, left, _ = _rows(lives, lens)
    return RemainingLife(
        sensors=fleet.sensors,
        settings=fleet.settings,
        unit=fleet.unit,
        horizon=horizon,
        lens=lens,
        regression=_regression(signs, left / horizon, lens, seed),
        bounds=bounds,
        experience=find_experience(lives, lens, signs),
    )


def features_of(fleet: Fleet) -> list[dict[str, Any]]:
    """Say what `RemainingLife.answer` takes: name, kind and range of each number."""
    ages = np.concatenate([unit.ages for unit in fleet.units])
    settings = np.vstack([unit.settings for unit in fleet.units])
    readings = np.repeat(np.vstack([unit.readings for unit in fleet.units]), len(snapshot.MOMENTS), axis=1)
    names = snapshot.names_of(fleet.sensors, fleet.settings)
    columns = np.column_stack([ages, settings, readings])
    return [
        {"name": name, "kind": "number", "low": float(np.nanmin(one)), "high": float(np.nanmax(one))}
        for name, one in zip(names, columns.T, strict=True)
    ]


def _life(unit: Unit) -> float:
    return float(unit.ages[-1] - unit.ages[0])


def _rows(units: Sequence[Unit], lens: Lens) -> tuple[Floats, Floats, Floats]:
    """Return of all steps the signs (N, F), the life left (N,) and the age (N,)."""
    found = [lens.signs(unit) for unit in units]
    ages = np.concatenate([one for _, one in found])
    left = np.concatenate([unit.ages[-1] - one for unit, (_, one) in zip(units, found, strict=True)])
    return np.vstack([signs for signs, _ in found]), left, ages


def _regression(signs: Floats, left: Floats, lens: Lens, seed: int) -> Regression:
    kept = slice(None, None, max(1, -(-len(left) // MOST_ROWS)))
    importance = paths.importance(lens.wear.loads.shape[1])
    return regression.fit(signs[kept], np.minimum(left[kept], 1.0), importance, seed=seed)


def _tried(lives: Sequence[Unit], conditions: Conditions, horizon: float, seed: int) -> Bounds:
    """Answer for each life by what the others taught."""
    order = np.random.default_rng(seed).permutation(len(lives))
    tried = []
    for fold in range(FOLDS):
        held_out = set(order[fold::FOLDS])
        others = [unit for place, unit in enumerate(lives) if place not in held_out]
        lens = find_lens(others, conditions)
        signs, left, _ = _rows(others, lens)
        model = _regression(signs, left / horizon, lens, seed)
        signs, left, ages = _rows([lives[place] for place in sorted(held_out)], lens)
        answers = np.clip(model.predict(signs), 0.0, 1.0)
        tried.append((answers, left / horizon, ages / lens.usual_life))
    answers, truths, ages = (np.concatenate(part) for part in zip(*tried, strict=True))
    return find_bounds(answers, truths, ages, lives=len(lives))


def to_parts(model: RemainingLife) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "names": {"sensors": list(model.sensors), "settings": list(model.settings), "unit": model.unit},
        "horizon": model.horizon,
        "bounds.cases": model.bounds.cases,
        "bounds.errors": model.bounds.errors,
        "bounds.tail": model.bounds.tail,
        "experience.misfit": model.experience.misfit,
        "experience.wear": model.experience.wear,
        "experience.age": model.experience.age,
    }
    return parts | lenses.to_parts(model.lens) | regression.to_parts(model.regression)


def from_parts(parts: Mapping[str, Any]) -> RemainingLife:
    names = parts["names"]
    return RemainingLife(
        sensors=tuple(names["sensors"]),
        settings=tuple(names["settings"]),
        unit=names["unit"],
        horizon=parts["horizon"],
        lens=lenses.from_parts(parts),
        regression=regression.from_parts(parts),
        bounds=Bounds(parts["bounds.cases"], parts["bounds.errors"], parts["bounds.tail"]),
        experience=Experience(parts["experience.misfit"], parts["experience.wear"], parts["experience.age"]),
    )
