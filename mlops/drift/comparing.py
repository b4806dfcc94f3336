"""A window against a reference that was cut into blocks like the window.

How far apart two stretches of one series lie by chance depends on how its rows hang together: within
minutes, over the day, from day to day. So nothing is assumed about that. The blocks are as long as the
window and, where there are such, lie at the same times of the day; how far each of them lies from all the
others says how far a stretch lies off without any drift.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlops.drift.distances import Floats, counts, edges, ks, ks_of_blocks, psi, student

QUARTILES = 1.349  # distance of a normal distribution's quartiles, in standard deviations
MEAN_SQUARE = math.pi**2 / 12  # of Kolmogorov's distribution
BARS = 16  # of the drawn histogram


@dataclass(frozen=True)
class Histogram:
    """Shares of the reference and of the window in BARS bins of one width from `low` to `high`; what lies
    farther out counts in the outer ones."""

    low: float
    high: float
    reference: list[float]
    now: list[float]


@dataclass(frozen=True)
class Comparison:
    """KS 0 to 1, `p` before any correction for other tests; PSI as it is, and as it is by chance.

    `worth`: how many independent rows the window is worth. `shift`: of the medians, in the reference's
    spread; `spread`: the window's spread by the reference's. Both None where the reference has no spread.
    """

    ks: float
    p: float
    psi: float
    psi_by_chance: float
    worth: float
    median: float
    median_before: float
    shift: float | None
    spread: float | None
    histogram: Histogram

    @property
    def excess(self) -> float:
        """The stability index beyond what chance gives: what the stated thresholds are meant for."""
        return max(0.0, self.psi - self.psi_by_chance)


def compare(blocks: Sequence[Floats], window: Floats) -> Comparison:
    """Compare a window with M >= 2 blocks of the reference, each with at least one value."""
    reference = np.concatenate(blocks)
    middle = float(np.median(reference))
    level, by_chance = _test(blocks, window)
    spread, _ = _test([np.abs(block - middle) for block in blocks], np.abs(window - middle))
    inner = edges(reference)
    before, now = counts(reference, inner), counts(window, inner)
    return Comparison(
        ks=ks(reference, window),
        p=min(1.0, 2.0 * min(level, spread)),
        psi=psi(before, now),
        psi_by_chance=_psi_by_chance(blocks, window, before, inner),
        worth=MEAN_SQUARE / by_chance**2,
        median=float(np.median(window)),
        median_before=middle,
        shift=_shift(reference, window),
        spread=_spread(window) / _spread(reference) if _spread(reference) else None,
        histogram=histogram(reference, window),
    )


def _test(blocks: Sequence[Floats], window: Floats) -> tuple[float, float]:
    """Return how often chance alone is that far off, and how far it is off in root mean square.

    While some block lies as far off as the window, its rank decides: 1 in M + 1 for the farthest. Beyond all
    blocks the tail of Student's t with M - 1 degrees of freedom: that of a level which changes from block to
    block. It is the heaviest; for rows that are independent it asks for a little more than it would have to.
    """
    others = ks_of_blocks(blocks)
    statistic = ks(window, np.concatenate(blocks))
    total = sum(len(block) for block in blocks)
    at_best = MEAN_SQUARE * (1 / len(window) + 1 / total)
    by_chance = math.sqrt(max(at_best, float(np.mean(others**2))))
    as_far = int((others >= statistic).sum())
    rank = (1 + as_far) / (len(blocks) + 1) if as_far else 0.0
    return max(rank, student(statistic / by_chance, len(blocks) - 1)), by_chance


def _psi_by_chance(blocks: Sequence[Floats], window: Floats, before: Floats, inner: Floats) -> float:
    """Return the mean index without drift: that of the blocks, at least that of independent rows."""
    each = [counts(block, inner) for block in blocks]
    measured = float(np.mean([psi(before - own, own) for own in each]))
    return max(measured, len(inner) * (1 / before.sum() + 1 / len(window)))


def _shift(reference: Floats, window: Floats) -> float | None:
    unit = _spread(reference)
    return (float(np.median(window)) - float(np.median(reference))) / unit if unit else None


def _spread(values: Floats) -> float:
    low, high = np.quantile(values, [0.25, 0.75])
    return float(high - low) / QUARTILES or float(values.std())


def histogram(reference: Floats, window: Floats) -> Histogram:
    """Draw both between the outermost of their 1 % and 99 % quantiles."""
    both = [np.quantile(values, [0.01, 0.99]) for values in (reference, window)]
    low, high = float(min(pair[0] for pair in both)), float(max(pair[1] for pair in both))
    high = high if high > low else low + (abs(low) or 1.0)
    limits = np.linspace(low, high, BARS + 1)[1:-1]
    return Histogram(low, high, _shares(reference, limits), _shares(window, limits))


def _shares(values: Floats, limits: Floats) -> list[float]:
    return [round(float(share), 4) for share in counts(values, limits) / len(values)]
