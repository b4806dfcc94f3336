"""What a comparison means: drifted, stable, not enough data or a bad sensor, and why, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mlops.drift.comparing import Comparison, compare
from mlops.drift.distances import Floats
from mlops.drift.planning import FEWEST_BLOCKS, Plan

MODERATE, LARGE = 0.1, 0.25  # Siddiqi's thresholds, for what is beyond chance
FEWEST_IN_BLOCK = 10
THRESHOLD = 0.05
MIN_SAMPLES = 20
TOLD_SHIFT = 0.3
TOLD_SPREAD = 1.25


class Outcome(StrEnum):
    DRIFTED = "drifted"
    STABLE = "stable"
    NOT_ENOUGH_DATA = "not_enough_data"
    SENSOR_BAD = "sensor_bad"


@dataclass(frozen=True)
class Judged:
    """An outcome with its reasons, the most important first."""

    outcome: Outcome
    reasons: list[str]


@dataclass(frozen=True)
class Asked:
    """What counts: a corrected p-value below `threshold`, from `min_samples` readings in the window."""

    threshold: float = THRESHOLD
    min_samples: int = MIN_SAMPLES


def examine(
    plan: Plan, blocks: Sequence[Floats], window: Floats, count: int, asked: Asked
) -> Comparison | Judged:
    """Compare where there is something to compare, else say what is missing.

    `blocks` are the values of the plan's blocks, in their order; `count` is how many readings the window has,
    of which `window` is a sample.
    """
    usable = [block for block in blocks if len(block) >= FEWEST_IN_BLOCK]
    if refused := _refusal(plan, usable, window, count, asked):
        return refused
    return compare(usable, window)


def _refusal(plan: Plan, usable: Sequence[Floats], window: Floats, count: int, asked: Asked) -> Judged | None:
    if len(usable) < FEWEST_BLOCKS:
        return _too_little(
            f"The reference has {len(usable)} stretches of {_hours(plan)} with readings; "
            f"{FEWEST_BLOCKS} are needed at least."
        )
    if not count:
        return Judged(Outcome.SENSOR_BAD, [f"Nothing came in the last {_hours(plan)}: the sensor is silent."])
    if count < asked.min_samples:
        more = asked.min_samples - count
        return _too_little(f"The window has {count} readings; {more} more are needed.")
    if len(window) < FEWEST_IN_BLOCK:
        return _too_little(
            f"The window's {count} readings lie so close together that they say little of {_hours(plan)}."
        )
    if _stands_still(window) and not any(_stands_still(block) for block in usable):
        return Judged(
            Outcome.SENSOR_BAD,
            [f"It said {window[0]:.6g} and nothing else for {_hours(plan)}: the sensor is stuck."],
        )
    return None


def _too_little(reason: str) -> Judged:
    return Judged(Outcome.NOT_ENOUGH_DATA, [reason])


def _stands_still(values: Floats) -> bool:
    return bool(values.min() == values.max())


def _hours(plan: Plan) -> str:
    hours = plan.window.length.total_seconds() / 3600
    if hours < 2:
        return f"{hours * 60:.0f} minutes"
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"


def conclude(found: Comparison, corrected: float, tests: int, asked: Asked) -> Judged:
    """Judge a comparison by its p-value after the correction for so many tests."""
    significant, excess = corrected < asked.threshold, found.excess
    if significant and excess >= MODERATE:
        return Judged(Outcome.DRIFTED, [*_moves(found), _chance(corrected, tests), _size(excess)])
    if significant:
        return Judged(Outcome.STABLE, [_small(excess), *_moves(found), _chance(corrected, tests)])
    return Judged(Outcome.STABLE, [_usual(found, corrected, tests)])


def _moves(found: Comparison) -> list[str]:
    moves = []
    if found.shift is not None and abs(found.shift) >= TOLD_SHIFT:
        way = "up" if found.shift > 0 else "down"
        moves.append(
            f"Its median went {way} from {found.median_before:.4g} to {found.median:.4g}, "
            f"{abs(found.shift):.1f} times its usual spread."
        )
    elif found.shift is None and found.median != found.median_before:
        moves.append(f"It always said {found.median_before:.4g} and says {found.median:.4g} now.")
    if found.spread is not None and not 1 / TOLD_SPREAD < found.spread < TOLD_SPREAD:
        moves.append(f"Its spread is {found.spread:.2g} times what it was.")
    return moves or ["Its values are distributed in another way."]


def _chance(corrected: float, tests: int) -> str:
    among = f", corrected for {tests} tests" if tests > 1 else ""
    how_often = f"p = {corrected:.2g}" if corrected >= 1e-6 else "p below 0.000001"
    return f"Its own ups and downs do not explain that ({how_often}{among})."


def _size(excess: float) -> str:
    word = "large" if excess >= LARGE else "moderate"
    return f"The change is {word}: the stability index is {excess:.2f} above chance."


def _small(excess: float) -> str:
    return (
        f"A change, but too small to count: the stability index is {excess:.2f} above chance, "
        f"below {MODERATE}."
    )


def _usual(found: Comparison, corrected: float, tests: int) -> str:
    among = f" after correction for {tests} tests" if tests > 1 else ""
    return (
        f"It differs from its reference no more than it always did "
        f"(KS {found.ks:.2f}, p = {corrected:.2g}{among})."
    )
