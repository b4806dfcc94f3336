"""What is to be seen in the path of the wear up to each row. Causal: later rows change nothing before them.

Everywhere `values` and `weights` are (T, D): a row's wear and how much it tells.
"""

from __future__ import annotations

import numpy as np

from mlops.predictors.life.fleets import Floats
from mlops.predictors.recursion import decayed

LEVELS = (10, 30)  # rows
SLOPES = (30, 60, 100)
MOVED = (10, 20)
BEGINNING = 30  # rows in which a machine shows how it is when new
FEWEST = 5  # rows for a slope
HALF = 12  # rows: the standard deviation of the smoothing
YOUNG = 0.15  # of a usual life


def signs(values: Floats, weights: Floats, ages: Floats, usual_life: float) -> Floats:
    """Return for each row (T, 8 D + 2): level, slope, and how far it moved since its beginning; the age."""
    own = own_beginning(values, weights)
    level = {span: averaged(values, weights, span) for span in {*LEVELS, *MOVED}}
    moved = {span: level[span] - own for span in MOVED}
    age = ages[:, None] / usual_life
    return np.hstack(
        [
            *(level[span] for span in LEVELS),
            *(slope(values, weights, span) for span in SLOPES),
            *(np.arcsinh(moved[span]) for span in MOVED),
            moved[MOVED[0]],
            age,
            np.log(np.maximum(age, 0.0) + YOUNG),
        ]
    )


def importance(directions: int) -> Floats:
    """Return how much each sign counts (8 D + 2,): what has moved, and the age, tell most."""
    each = np.array([0.4, 0.4, 0.4, 0.3, 0.3, 0.7, 0.5, 0.6])
    return np.concatenate([np.repeat(each, directions), [0.7, 0.7]])


def averaged(values: Floats, weights: Floats, span: int) -> Floats:
    """Return the exponentially weighted mean, as if it had always been going on."""
    keep = 1 - 2 / (span + 1)
    return decayed(weights * values, keep) / decayed(weights, keep)


def own_beginning(values: Floats, weights: Floats) -> Floats:
    """Return at each row the mean of the first 30 rows, or of those there were by then."""
    rows = np.minimum(np.arange(len(values)), BEGINNING - 1)
    return np.asarray((np.cumsum(weights * values, axis=0) / np.cumsum(weights, axis=0))[rows])


def slope(values: Floats, weights: Floats, span: int) -> Floats:
    """Return by how much the least-squares line of the last rows rises over them."""
    rows = np.arange(len(values))
    low = np.maximum(rows - span + 1, 0)
    time = rows[:, None] / span

    def windowed(numbers: Floats) -> Floats:
        sums = np.vstack([np.zeros((1, numbers.shape[1])), np.cumsum(numbers, axis=0)])
        return np.asarray(sums[rows + 1] - sums[low])

    total, first, second = windowed(weights), windowed(weights * time), windowed(weights * time**2)
    middle = first / total
    spread = second - middle * first
    rise = (windowed(weights * values * time) - middle * windowed(weights * values)) / np.maximum(
        spread, 1e-9
    )
    return np.where((rows - low + 1 >= FEWEST)[:, None], rise, 0.0)


def smoothed(values: Floats, weights: Floats) -> Floats:
    """Return the local line through rows before and after (for learning only)."""
    steps = np.arange(-3 * HALF, 3 * HALF + 1) / HALF
    kernel = np.exp(-0.5 * steps**2)

    def around(numbers: Floats, with_steps: Floats) -> Floats:
        columns = [np.convolve(column, with_steps[::-1], "full") for column in numbers.T]
        return np.stack([column[3 * HALF : 3 * HALF + len(numbers)] for column in columns], axis=1)

    total, first, second = (around(weights, kernel * steps**power) for power in range(3))
    level, rise = around(weights * values, kernel), around(weights * values, kernel * steps)
    return (second * level - first * rise) / np.maximum(total * second - first**2, 1e-12)
