"""What a fleet has shown so far, so that a machine that is unlike all of it is told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlops.predictors.life.fleets import Floats, Unit
from mlops.predictors.life.lens import Lens
from mlops.predictors.life.paths import LEVELS, averaged

BEYOND = 1.5  # times what was ever seen
OLDER = 1.25  # times the longest life
ROOM = 0.25  # of the range of the wear, on each side
SPAN = 10  # rows


@dataclass(frozen=True)
class Experience:
    """`misfit` (used sensors,): what no wear explained, at most; `wear` (2, D): lowest and highest; `age`."""

    misfit: Floats
    wear: Floats
    age: float

    def objection(self, unit: Unit, lens: Lens, sensors: Sequence[str], signs: Floats) -> str:
        """Say in words why the unit, with its newest signs (F,), is unlike all that was seen, or nothing."""
        if unit.ages[-1] > OLDER * self.age:
            return f"It is {unit.ages[-1]:g} old; the longest life known is {self.age:g}."
        if lens.conditions.distance(unit.settings[-1:])[0] > BEYOND * lens.conditions.reach + 1:
            return "It is run in a condition that no machine known was run in."
        times = _recent(lens.misfits(unit))[-1] / self.misfit
        if times.max() > BEYOND:
            name = sensors[int(times.argmax())]
            return f"{name} moves as in none of the lives known ({times.max():.1f} times beyond the others)."
        return self._too_far(signs)

    def _too_far(self, signs: Floats) -> str:
        low, high = self.wear
        now, room = signs[: len(low)], ROOM * (high - low)
        if ((now < low - room) | (now > high + room)).any():
            return "Its wear is far beyond that of any machine known, up to the failure."
        return ""


def find_experience(units: Sequence[Unit], lens: Lens, signs: Floats) -> Experience:
    """Sum up the lives; `signs` (N, F) are those of all their steps."""
    misfits = [np.abs(_recent(lens.misfits(unit))).max(axis=0) for unit in units]
    level = signs[:, : lens.wear.loads.shape[1]]
    return Experience(
        np.maximum(np.max(misfits, axis=0), 1e-9),
        np.array([level.min(axis=0), level.max(axis=0)]),
        float(max(unit.ages[-1] for unit in units)),
    )


def _recent(misfits: Floats) -> Floats:
    """Return the absolute mean misfit of the last rows, as it is once there are some."""
    smooth = np.abs(averaged(misfits, np.ones_like(misfits), SPAN))
    return smooth[min(SPAN, len(smooth)) - 1 :]


assert LEVELS[0] == SPAN  # noqa: S101  (the first signs are the wear over the same rows)
