"""What an answer owes to each input: by how much it falls when the input is set back to what is usual.

The mean over several usual rows (a one-at-a-time form of the sampling values of E. Strumbelj and
I. Kononenko, Knowledge and Information Systems 41, 2014). Where two inputs do harm only together, each gets
the whole: either alone would have kept the machine safe.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mlops.predictors.answers import Contribution

Floats = np.ndarray[Any, np.dtype[np.float64]]

USUAL_ROWS = 8


def usual_rows(values: Floats, labels: np.ndarray[Any, Any], seed: int) -> Floats:
    """Draw rows (8, inputs) from those without a failure."""
    healthy = np.flatnonzero(~labels.astype(bool))
    drawn = np.random.default_rng(seed).choice(healthy, min(USUAL_ROWS, len(healthy)), replace=False)
    return values[drawn]


def shares(predict: Callable[[Floats], Floats], row: Floats, usual: Floats) -> Floats:
    """Return for each input (inputs,) the fall of the prediction when it is taken from the usual rows."""
    changed = np.repeat(row[None], len(row) * len(usual), axis=0)
    for place in range(len(row)):
        changed[place * len(usual) : (place + 1) * len(usual), place] = usual[:, place]
    answers = predict(np.vstack([row[None], changed]))
    return answers[0] - answers[1:].reshape(len(row), len(usual)).mean(axis=1)


def ordered(names: Sequence[str], values: Sequence[Any], owed: Floats) -> tuple[Contribution, ...]:
    """Return the contributions, the greatest first."""
    found = [
        Contribution(name, value, round(float(one), 4))
        for name, value, one in zip(names, values, owed, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: -abs(one.contribution)))
