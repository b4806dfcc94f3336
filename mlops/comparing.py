"""Is the candidate better than the champion? Losses of both on the same held-out cases in, verdict out.

Source of the interval: paired bootstrap, B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap
(1993), chapter 13 (percentile interval). Cases of one group (a machine, a day) hang together and are drawn
together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

MARGIN = 0.01  # of the champion's loss: less is not worth a change
FEWEST_GROUPS = 8  # fewer say nothing about how certain a difference is
DRAWS = 2000
CERTAINTY = 0.95

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]


class Incomparable(ValueError):
    """The two were not judged on the same cases, or a loss is no number."""


@dataclass(frozen=True)
class Comparison:
    """Mean losses of both, and the candidate's gain as a share of the champion's loss with its interval."""

    candidate: float
    champion: float
    gain: float
    low: float
    high: float
    cases: int
    groups: int
    better: bool
    sentence: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def compare(
    candidate: Floats, champion: Floats, *, groups: Sequence[Any] | None = None, rival: str = "the champion"
) -> Comparison:
    """Compare two models' losses on the same cases; less is better. Same input, same answer.

    `better` only where the gain is at least MARGIN and its 95 % interval lies above zero.

    Raises:
        Incomparable: the cases differ, there are none, or a loss is not finite.
    """
    new, old = np.asarray(candidate, float).ravel(), np.asarray(champion, float).ravel()
    names = np.arange(len(new)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    if not len(new) or not len(new) == len(old) == len(names):
        raise Incomparable(f"There are {len(new)} losses, {len(old)} and {len(names)} cases to compare.")
    if not (np.isfinite(new).all() and np.isfinite(old).all()):
        raise Incomparable("A loss is not finite.")
    sums: Floats = np.stack([np.bincount(names, loss) for loss in (new, old)]).astype(float)
    gain, low, high = _gain(sums)
    enough = sums.shape[1] >= FEWEST_GROUPS
    better = enough and gain >= MARGIN and low > 0
    means = float(new.mean()), float(old.mean())
    sentence = _said(means, (gain, low, high), sums.shape[1], better, rival)
    return Comparison(*means, gain, low, high, len(new), sums.shape[1], better, sentence)


def _gain(sums: Floats) -> tuple[float, float, float]:
    """Return the gain and its interval; (2, G) are the summed losses of the G groups."""
    groups = sums.shape[1]
    drawn = np.random.default_rng(0).multinomial(groups, np.full(groups, 1 / groups), DRAWS)
    shares = _share(*(sums @ drawn.T))
    tails = (1 - CERTAINTY) / 2
    low, high = np.quantile(shares, [tails, 1 - tails])
    return float(_share(*sums.sum(axis=1))), float(low), float(high)


def _share(new: Any, old: Any) -> Any:
    """Return the gain as a share of the old loss; where the old one is nothing, nothing can be gained."""
    return np.where(old > 0, (old - new) / np.where(old > 0, old, 1), np.where(new > 0, -1.0, 0.0))


def _said(
    means: tuple[float, float], gain: tuple[float, float, float], groups: int, better: bool, rival: str
) -> str:
    share, low, high = (f"{100 * value:.1f} %" for value in gain)
    figures = f"loss {means[0]:.4g} against {means[1]:.4g} of {rival}, a gain of {share} ({low} to {high})"
    if better:
        return f"Better: {figures}."
    if groups < FEWEST_GROUPS:
        return f"Not enough to tell: {groups} of {FEWEST_GROUPS} groups of held-out cases; {figures}."
    return f"Not better beyond doubt: {figures}."
