"""The 90 % interval: how wrong the model was about lives it had not learnt from, at like answers and ages.

Split conformal prediction by cross-fitting (V. Vovk 2015), local in the answer and the age. Rows of one life
hang together, so that it is lives that count: of n, one more may be beyond each quantile. Hence 4 % and 96 %
of 100 lives, and the greatest errors of 20 or fewer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlops.predictors.life.fleets import Floats

TAIL = 0.05  # on each side
NEIGHBOURS = 500
SMALLEST_SHARE = 4  # at most a quarter of the cases are near
AGE = 0.6  # a usual life counts as so many horizons
MOST_CASES = 8000
FARTHEST = 1.4  # horizons: cases with more life left say nothing about an answer within the horizon


@dataclass(frozen=True)
class Bounds:
    """Cases (N, 2) of answer and age, both scaled, with their error (N,): truth less answer, in horizons;
    `tail` is the share of the errors that lies beyond each bound."""

    cases: Floats
    errors: Floats
    tail: float

    def around(self, answers: Floats, ages: Floats) -> tuple[Floats, Floats]:
        """Return low and high (M,) for answers in horizons at ages in usual lives."""
        near = min(NEIGHBOURS, max(1, len(self.cases) // SMALLEST_SHARE))
        found = []
        for point, answer in zip(np.column_stack([answers, AGE * ages]), answers, strict=True):
            distances = np.sum((self.cases - point) ** 2, axis=1)
            nearest = np.argpartition(distances, near - 1)[:near]
            found.append(answer + np.quantile(self.errors[nearest], (self.tail, 1 - self.tail)))
        low, high = np.maximum(np.array(found), 0.0).T
        return np.minimum(low, answers), np.maximum(high, answers)


def find_bounds(answers: Floats, truths: Floats, ages: Floats, *, lives: int) -> Bounds:
    """Keep how wrong the answers about so many lives were; answers and truths in horizons, ages in usual
    lives, all (N,)."""
    kept = np.flatnonzero(truths <= FARTHEST)
    kept = kept[:: max(1, -(-len(kept) // MOST_CASES))]
    cases = np.column_stack([answers[kept], AGE * ages[kept]])
    return Bounds(cases, truths[kept] - answers[kept], max(0.0, TAIL - 1 / lives))
