"""How alike two alerts are, and why: a pure rule.

It weighs the sensors that moved, the kind of trouble, the machine, and the strongest sensor's course.

>>> a = Features("abnormal_behaviour", 1, "pump", {"vibration": 1.0}, (0.0, 0.0, 1.0, 3.0))
>>> likeness(a, a)
Likeness(score=1.0, reasons=('the same machine', 'vibration moved', 'the course before it was alike'))
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

POINTS = 32
KINDS, CAUSE, MACHINE, SHAPE = 0.35, 0.15, 0.2, 0.3
SAME_CLASS = 0.7
ALIKE = 0.7  # correlation of two courses
LEAST = 0.5


@dataclass(frozen=True)
class Features:
    """`kinds`: the share of each kind of sensor, together 1. `shape`: the strongest sensor's course up to the
    alert in half widths of its normal band, oldest first; empty where it is not known."""

    cause: str
    asset_id: int
    asset_class: str
    kinds: Mapping[str, float]
    shape: tuple[float, ...] = ()


@dataclass(frozen=True)
class Likeness:
    """`score` is 0 to 1; `reasons` say what is alike."""

    score: float
    reasons: tuple[str, ...]


def likeness(one: Features, other: Features) -> Likeness:
    """Compare two alerts; where a course is not known, the rest decides."""
    shared = {kind: min(share, other.kinds.get(kind, 0.0)) for kind, share in one.kinds.items()}
    parts = [
        (KINDS, sum(shared.values())),
        (CAUSE, float(one.cause == other.cause)),
        (MACHINE, _machine(one, other)),
    ]
    alike = correlation(one.shape, other.shape)
    if alike is not None:
        parts.append((SHAPE, max(alike, 0.0)))
    score = sum(weight * part for weight, part in parts) / sum(weight for weight, _ in parts)
    return Likeness(round(min(score, 1.0), 3), tuple(_reasons(one, other, shared, alike)))


def _machine(one: Features, other: Features) -> float:
    if one.asset_id == other.asset_id:
        return 1.0
    return SAME_CLASS if one.asset_class and one.asset_class == other.asset_class else 0.0


def _reasons(one: Features, other: Features, shared: Mapping[str, float], alike: float | None) -> list[str]:
    reasons = []
    if one.asset_id == other.asset_id:
        reasons.append("the same machine")
    elif _machine(one, other):
        reasons.append(f"also a {one.asset_class}")
    moved = [kind for kind, share in shared.items() if share >= 0.1 and kind]
    if moved:
        reasons.append(f"{' and '.join(sorted(moved))} moved".replace("_", " "))
    if alike is not None and alike >= ALIKE:
        reasons.append("the course before it was alike")
    return reasons


def correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return how alike two courses of one length are, -1 to 1; None where one is not known or flat."""
    if not one or len(one) != len(other):
        return None
    ours, theirs = _centred(one), _centred(other)
    size = math.sqrt(sum(x * x for x in ours) * sum(y * y for y in theirs))
    return sum(x * y for x, y in zip(ours, theirs, strict=True)) / size if size > 1e-9 else None


def _centred(values: Sequence[float]) -> list[float]:
    mean = sum(values) / len(values)
    return [value - mean for value in values]


def filled(buckets: Mapping[int, float], low: float | None, high: float | None) -> tuple[float, ...]:
    """Return a course of POINTS from the means of its buckets (1 to POINTS), gaps filled by what was before.

    Values are in half widths of the normal band, or in the course's own spread where there is no band. Empty
    where fewer than four buckets have a value.
    """
    if len(buckets) < 4:
        return ()
    middle, half = _scale(list(buckets.values()), low, high)
    course, latest = [], buckets[min(buckets)]
    for place in range(1, POINTS + 1):
        latest = buckets.get(place, latest)
        course.append(round((latest - middle) / half, 3))
    return tuple(course)


def _scale(values: Sequence[float], low: float | None, high: float | None) -> tuple[float, float]:
    if low is not None and high is not None and high > low:
        return (low + high) / 2, (high - low) / 2
    middle = sorted(values)[len(values) // 2]
    return middle, max(max(values) - min(values), 1e-9) / 2
