"""Is the alert worth somebody's time? A pure rule that weighs the evidence and says why.

Each piece of evidence adds to the log-odds that the trouble is real; confidence is their logistic function.
The weights are chosen so that one abnormal reading of a healthy sensor is still believed, with little
confidence, and any one good reason against it turns the verdict.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MOST_SURE = 0.99  # evidence is never proof
SURE = 0.8
LOWEST_PRIORITY = 3
NOTE = 4

Weighed = tuple[float, str]


@dataclass(frozen=True, kw_only=True)
class Mover:
    """A sensor that shows the trouble. `quality` is the mean of its abnormal readings, 0 to 1.

    `abnormal` counts the readings of the episode that lie outside the normal band, or all of them where the
    band says nothing. `trouble` names what is known to be wrong with the sensor itself.
    """

    name: str
    abnormal: int
    quality: float = 1.0
    trouble: str = ""
    beyond_limit: bool = False


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known about an alert when it is judged.

    `followers` are further sensors of the asset that moved at the same time, `quiet` counts those that did
    not, `dissenters` are redundant ones (same kind, same level before) that saw nothing. `past` and
    `past_false` count earlier alerts of the same asset and cause; own dismissals count half as false.
    """

    sensor_trouble: bool
    score: float
    priority: int
    movers: tuple[Mover, ...]
    followers: tuple[str, ...] = ()
    quiet: int = 0
    dissenters: tuple[str, ...] = ()
    past: int = 0
    past_false: float = 0.0
    historical: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`confidence` is in the verdict as it stands, 0.5 to 1; `reasons` are sentences, weightiest first."""

    confirmed: bool
    confidence: float
    priority: int
    reasons: tuple[str, ...]


def verdict(evidence: Evidence) -> Verdict:
    """Confirm or dismiss an alert by its evidence."""
    weighed = _weigh(evidence)
    real = 1 / (1 + math.exp(-sum(weight for weight, _ in weighed)))
    confirmed = real >= 0.5
    reasons = [reason for _, reason in sorted(weighed, key=lambda item: -abs(item[0]))]
    if evidence.historical:
        reasons.append("Found in history that was filled in later, so it pages nobody.")
    return Verdict(
        confirmed=confirmed,
        confidence=round(min(real if confirmed else 1 - real, MOST_SURE), 3),
        priority=_priority(evidence.priority, real),
        reasons=tuple(reasons),
    )


def _priority(detected: int, real: float) -> int:
    """Lower the detector's priority by one where the evidence is thin, never below the lowest alarm."""
    return min(detected + 1, LOWEST_PRIORITY) if real < SURE and detected < NOTE else detected


def _weigh(evidence: Evidence) -> list[Weighed]:
    if evidence.sensor_trouble:
        return [(2.5, "The sensor's own readings, or their absence, show it directly."), *_history(evidence)]
    sound = [mover for mover in evidence.movers if not mover.trouble]
    if evidence.movers and not sound:
        return [_surprise(evidence), *_broken_sensors(evidence)]
    return [
        _surprise(evidence),
        *_persistence(sound),
        *_quality(sound),
        *_limits(sound),
        *_neighbours(evidence, sound),
        *_broken_sensors(evidence),
        *_history(evidence),
    ]


def _surprise(evidence: Evidence) -> Weighed:
    """The detector's surprise s is -log10 of a frequency; 3 (once in 1,000) is where alarms begin."""
    weight = min(max(1 + 0.4 * (evidence.score - 3), 0.6), 3.0)
    return weight, f"Normal behaviour looks this odd once in {_once_in(evidence.score)} cases."


def _once_in(score: float) -> str:
    return f"{10 ** max(score, 0):,.0f}" if score < 7 else "more than ten million"


def _persistence(movers: list[Mover]) -> list[Weighed]:
    count = max((mover.abnormal for mover in movers), default=0)
    if count <= 1:
        return [(-0.5, "A single reading shows it so far.")]
    if count < 5:
        return [(0.3, f"{count} readings in this episode show it.")]
    return [(1.0 if count < 20 else 1.5, f"It lasts: {count} readings show it.")]


def _quality(movers: list[Mover]) -> list[Weighed]:
    best = max((mover.quality for mover in movers), default=1.0)
    if best >= 0.9:
        return []
    weight = -3.0 if best < 0.5 else -1.0
    return [(weight, f"The abnormal readings are of low quality ({best:.0%} at best).")]


def _limits(movers: list[Mover]) -> list[Weighed]:
    beyond = [mover.name for mover in movers if mover.beyond_limit]
    return [(2.0, f"{_list(beyond)} went beyond the limit set for it.")] if beyond else []


def _neighbours(evidence: Evidence, movers: list[Mover]) -> list[Weighed]:
    together = [*(mover.name for mover in movers), *evidence.followers]
    weighed: list[Weighed] = []
    if len(together) > 1:
        weighed.append((min(len(together) - 1, 2) * 0.9, f"{_list(together)} moved at the same time."))
    elif evidence.quiet:
        weighed.append((-0.05, f"The asset's other {_count(evidence.quiet, 'sensor')} did not move."))
    if evidence.dissenters:
        weighed.append((-0.8, f"{_list(evidence.dissenters)} measures the same and saw nothing."))
    return weighed


def _broken_sensors(evidence: Evidence) -> list[Weighed]:
    broken = [mover for mover in evidence.movers if mover.trouble]
    weight = -4.5 if len(broken) == len(evidence.movers) else -0.3
    return [(weight, f"{mover.name} itself is in trouble: {mover.trouble}.") for mover in broken]


def _history(evidence: Evidence) -> list[Weighed]:
    if evidence.past < 2 or not evidence.past_false:
        return []
    share = evidence.past_false / evidence.past
    certainty = min(evidence.past / 4, 1.0)
    return [
        (
            -2.0 * share * certainty,
            f"Of {evidence.past} earlier alerts like this, about {share:.0%} turned out false.",
        )
    ]


def _list(names: tuple[str, ...] | list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
