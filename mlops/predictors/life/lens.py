"""How a fleet's lives are looked at: from readings to the signs of wear, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlops.predictors.life import paths
from mlops.predictors.life.conditions import Conditions
from mlops.predictors.life.fleets import Floats, Unit
from mlops.predictors.life.wear import Wear, find_wear

STEPS = 200  # of a usual life: rows are taken together where a life has many more


@dataclass(frozen=True)
class Lens:
    """`stride` rows make a step; the median life and what a row adds to the age are in the ages' unit."""

    conditions: Conditions
    wear: Wear
    stride: int
    usual_life: float
    row: float

    def signs(self, unit: Unit) -> tuple[Floats, Floats]:
        """Return the signs (steps, F) and the age (steps,) at the end of each step."""
        sensors, conditions = self._sensors(unit)
        values, weights, ages = self._steps(*self.wear.follow(sensors, conditions), unit.ages)
        return paths.signs(values, weights, ages, self.usual_life), ages

    def last_signs(self, unit: Unit) -> Floats:
        """Return the signs of the last step (F,), and below them those as if one sensor after the other were
        as in the unit's own beginning (1 + used sensors, F)."""
        sensors, conditions = self._sensors(unit)
        begun = sensors[: paths.BEGINNING * self.stride].mean(axis=0)
        rows = []
        for place in range(-1, sensors.shape[1]):
            changed = sensors if place < 0 else sensors.copy()
            if place >= 0:
                changed[:, place] = begun[place]
            path = self._steps(*self.wear.follow(changed, conditions), unit.ages)
            rows.append(paths.signs(*path, self.usual_life)[-1])
        return np.array(rows)

    def misfits(self, unit: Unit) -> Floats:
        """Return at each row (T, used) what no wear known explains."""
        return self.wear.misfits(*self._sensors(unit))

    def _sensors(self, unit: Unit) -> tuple[Floats, Any]:
        conditions = self.conditions.of(unit.settings)
        return self.conditions.standardised(unit.readings, conditions), conditions

    def _steps(self, values: Floats, weights: Floats, ages: Floats) -> tuple[Floats, Floats, Floats]:
        starts = np.arange(0, len(values), self.stride)
        total = np.add.reduceat(weights, starts)
        values = np.add.reduceat(weights * values, starts) / total
        ends = np.minimum(starts + self.stride, len(ages)) - 1
        return values, total / self.stride, ages[ends]


def find_lens(units: Sequence[Unit], conditions: Conditions) -> Lens:
    """Learn to look at lives that ended.

    Raises:
        NotEnoughData: there is no wear to be seen.
    """
    lives = []
    for unit in units:
        known = conditions.of(unit.settings)
        lives.append((conditions.standardised(unit.readings, known), known))
    stride = max(1, round(float(np.median([len(unit.ages) for unit in units])) / STEPS))
    usual_life = float(np.median([unit.ages[-1] - unit.ages[0] for unit in units]))
    row = float(np.median(np.concatenate([np.diff(unit.ages) for unit in units])))
    return Lens(conditions, find_wear(lives), stride, usual_life, row)


def to_parts(lens: Lens) -> dict[str, Any]:
    names = ("middle", "spread", "centres", "levels", "spreads", "used")
    parts = {f"conditions.{name}": getattr(lens.conditions, name) for name in names}
    parts |= {f"wear.{name}": value for name, value in vars(lens.wear).items()}
    return parts | {"lens": [lens.conditions.reach, lens.stride, lens.usual_life, lens.row]}


def from_parts(parts: Mapping[str, Any]) -> Lens:
    reach, *sizes = parts["lens"]
    conditions = {
        name.removeprefix("conditions."): part
        for name, part in parts.items()
        if name.startswith("conditions.")
    }
    wear = {name.removeprefix("wear."): part for name, part in parts.items() if name.startswith("wear.")}
    return Lens(Conditions(**conditions, reach=reach), Wear(**wear), *sizes)
