"""How far two samples lie apart: Kolmogorov and Smirnov's statistic, and the population stability index."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from operator import mul

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 10


def ks(one: Floats, other: Floats) -> float:
    """Return the greatest difference between the two samples' distribution functions, 0 to 1."""
    points = np.concatenate([one, other])
    below_one = np.searchsorted(np.sort(one), points, side="right") / len(one)
    below_other = np.searchsorted(np.sort(other), points, side="right") / len(other)
    return float(np.abs(below_one - below_other).max())


def ks_of_blocks(blocks: Sequence[Floats]) -> Floats:
    """Return the statistic of each of M >= 2 blocks against all the others together (M,)."""
    values = np.concatenate(blocks)
    order = np.argsort(values, kind="stable")
    owner = np.repeat(np.arange(len(blocks)), [len(block) for block in blocks])[order]
    last = np.append(np.diff(values[order]) > 0, True)  # of equal values the last one counts them all
    total = np.arange(1, len(values) + 1)
    distances = []
    for index, block in enumerate(blocks):
        inside = np.cumsum(owner == index)
        apart = inside / len(block) - (total - inside) / (len(values) - len(block))
        distances.append(np.abs(apart[last]).max())
    return np.array(distances)


def student(t: float, freedom: int) -> float:
    """Return how often Student's t is that far from 0 or farther, either side (Abramowitz, Stegun 26.7.3)."""
    angle = math.atan2(t, math.sqrt(freedom))
    odd, square = freedom % 2, math.cos(angle) ** 2
    factors = [(k - 1) / k * square for k in range(2 + odd, freedom - 1, 2)]
    series = math.fsum(accumulate(factors, mul, initial=1.0)) * math.sin(angle)
    if not odd:
        return max(0.0, 1.0 - series)
    rest = series * math.cos(angle) if freedom > 1 else 0.0
    return max(0.0, 1.0 - 2 / math.pi * (angle + rest))


def edges(reference: Floats) -> Floats:
    """Return the inner edges of at most BINS bins that hold about as many reference values each (E,)."""
    return np.unique(np.quantile(reference, np.linspace(0, 1, BINS + 1)[1:-1]))


def counts(values: Floats, inner: Floats) -> Floats:
    """Return how many values lie in each bin (E + 1,); a value on an edge belongs to the bin above it."""
    return np.bincount(np.searchsorted(inner, values, side="right"), minlength=len(inner) + 1).astype(float)


def psi(reference: Floats, now: Floats) -> float:
    """Return the population stability index of two histograms, with Laplace's smoothing.

    Siddiqi (2006) calls below .1 stable and above .25 shifted. Without any drift it is distributed about as
    (1 / n + 1 / m) chi-square of bins - 1 (Yurdakul, Naranjo 2020).
    """
    expected = (reference + 1) / (reference.sum() + len(reference))
    actual = (now + 1) / (now.sum() + len(now))
    return float(((actual - expected) * np.log(actual / expected)).sum())
