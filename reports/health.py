"""How healthy a machine is: 100 less what its open alerts cost. Plain rules, no Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FULL = 100
COST = {1: 60, 2: 35, 3: 15, 4: 5}  # points by priority
UNJUDGED = 0.5  # an alert that is still being validated counts half
SENSOR_COST = 5  # trouble of a sensor says little about the machine
REASON_WORDS = 6
FORMULA = (
    "100, less 60 for each open alert of priority 1, 35 for priority 2, 15 for priority 3 and 5 for a note; "
    "half of it while the alert is being validated; 5 where only a sensor is in trouble."
)


@dataclass(frozen=True)
class Trouble:
    """An open alert, as far as health asks."""

    priority: int
    confirmed: bool
    of_sensor: bool
    reason: str


@dataclass(frozen=True)
class Health:
    """`score` is 0 to 100, or None where nothing was ever measured."""

    score: int | None
    reason: str
    worst: Trouble | None = None

    @property
    def is_good(self) -> bool:
        return self.worst is None


def cost_of(trouble: Trouble) -> float:
    points = SENSOR_COST if trouble.of_sensor else COST[trouble.priority]
    return points if trouble.confirmed else points * UNJUDGED


def health_of(troubles: Sequence[Trouble], *, measured: bool) -> Health:
    """Judge a machine by its open alerts; `measured` tells whether it ever sent a reading."""
    if troubles:
        worst = max(troubles, key=lambda trouble: (cost_of(trouble), -trouble.priority))
        score = max(0, round(FULL - sum(map(cost_of, troubles))))
        return Health(score, _short(worst.reason), worst)
    if not measured:
        return Health(None, "no readings yet")
    return Health(FULL, "no open alarm")


def inherit(parts: Sequence[tuple[str, Health]]) -> Health:
    """Judge what measures nothing itself, such as an area, by the worst of its named parts."""
    known = [(name, health) for name, health in parts if health.score is not None]
    if not known:
        return Health(None, "no readings yet")
    name, worst = min(known, key=lambda part: part[1].score or 0)
    if worst.is_good:
        return Health(worst.score, "no open alarm in its parts")
    return Health(worst.score, f"{name}: {worst.reason}", worst.worst)


def _short(reason: str) -> str:
    return " ".join(reason.split()[:REASON_WORDS])
