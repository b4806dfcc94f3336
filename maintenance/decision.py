"""What should be done about an alert? The first line of the policy that fits decides, and says why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

ACT, PLAN, WATCH, ASK = "act", "plan", "watch", "ask"
ON_THE_WAY = 1.0  # hours that pass before anybody can begin
CRITICALITIES = {1: "A", 2: "B", 3: "C"}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of an alert, its asset and its prediction. `hours` is when the limit may come first."""

    asset_class: str
    criticality: int
    cause: str
    priority: int
    confidence: float
    outcome: str
    hours: float | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the policy: an empty condition always fits. Priority and criticality: 1 is worst."""

    name: str
    action: str
    within_hours: float
    work_hours: float
    skill: str = ""
    asset_class: str = ""
    causes: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    worst_priority: int | None = None
    most_critical: int | None = None
    least_confidence: float | None = None
    most_hours: float | None = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """`within_hours`: the work or the answer is due within this time."""

    action: str
    line: str
    within_hours: float
    work_hours: float
    skill: str
    reasons: tuple[str, ...]


NO_LINE = Line(name="no line fits", action=ASK, within_hours=24, work_hours=2)


def choose_action(facts: Facts, lines: Sequence[Line]) -> Choice:
    """Choose by the first line whose every condition holds; a person is asked where none does."""
    passed: list[str] = []
    for line in lines:
        misfit = next(_misfits(line, facts), None)
        if misfit is None:
            return _choice(line, facts, (f"Policy line “{line.name}” fits.", *passed))
        passed.append(f"Not “{line.name}”: {misfit}.")
    return _choice(NO_LINE, facts, ("No line of the policy fits, so a person decides.", *passed))


def _choice(line: Line, facts: Facts, reasons: tuple[str, ...]) -> Choice:
    within = _due_within(line, facts)
    if within < line.within_hours:
        reasons = (*reasons, f"Due within {within:.3g} h already, because the limit may be met then.")
    return Choice(
        action=line.action,
        line=line.name,
        within_hours=within,
        work_hours=line.work_hours,
        skill=line.skill,
        reasons=reasons,
    )


def _due_within(line: Line, facts: Facts) -> float:
    """Bring the due time forward to when the limit may come, but not below what a visit takes."""
    if facts.outcome != "estimate" or facts.hours is None:
        return line.within_hours
    return min(line.within_hours, max(facts.hours, line.work_hours + ON_THE_WAY))


def _misfits(line: Line, facts: Facts) -> Iterator[str]:
    """Yield why the line does not fit."""
    yield from _kind_misfits(line, facts)
    yield from _degree_misfits(line, facts)


def _kind_misfits(line: Line, facts: Facts) -> Iterator[str]:
    if line.asset_class and facts.asset_class != line.asset_class:
        yield f"the asset is no {line.asset_class}"
    if line.causes and facts.cause not in line.causes:
        yield f"the cause is {_words(facts.cause)}"
    if line.outcomes and facts.outcome not in line.outcomes:
        yield f"the prediction is “{_words(facts.outcome)}”"


def _degree_misfits(line: Line, facts: Facts) -> Iterator[str]:
    if line.worst_priority is not None and facts.priority > line.worst_priority:
        yield f"the priority is {facts.priority}, less urgent than {line.worst_priority}"
    if line.most_critical is not None and facts.criticality > line.most_critical:
        yield f"the asset is of criticality {CRITICALITIES.get(facts.criticality, facts.criticality)}"
    if line.least_confidence is not None and facts.confidence < line.least_confidence:
        yield f"the confidence is {facts.confidence:.0%}, below {line.least_confidence:.0%}"
    if line.most_hours is not None and (facts.hours is None or facts.hours > line.most_hours):
        yield f"no limit is known to come within {line.most_hours:g} h"


def _words(code: str) -> str:
    return code.replace("_", " ")


DEFAULT_POLICY = (
    Line(
        name="Sensor trouble: have the instrument checked",
        causes=("sensor_stuck", "sensor_silent", "sensor_clock"),
        action=PLAN,
        within_hours=7 * 24,
        work_hours=1,
        skill="instrumentation",
    ),
    Line(name="Limit reached", outcomes=("limit_reached",), action=ACT, within_hours=24, work_hours=2),
    Line(name="Limit exceeded", causes=("limit_exceeded",), action=ACT, within_hours=24, work_hours=2),
    Line(
        name="Limit near",
        outcomes=("estimate",),
        most_hours=72,
        least_confidence=0.6,
        action=ACT,
        within_hours=72,
        work_hours=2,
    ),
    Line(
        name="Limit ahead",
        outcomes=("estimate",),
        least_confidence=0.6,
        action=PLAN,
        within_hours=14 * 24,
        work_hours=2,
    ),
    Line(
        name="Urgent and well supported",
        worst_priority=1,
        least_confidence=0.8,
        action=ACT,
        within_hours=24,
        work_hours=2,
    ),
    Line(
        name="Well supported",
        worst_priority=3,
        least_confidence=0.8,
        action=PLAN,
        within_hours=7 * 24,
        work_hours=2,
    ),
    Line(name="Matters, but is not sure", most_critical=2, action=ASK, within_hours=24, work_hours=2),
    Line(name="The rest can be watched", action=WATCH, within_hours=7 * 24, work_hours=2),
)
"""What an organization starts with: it books what is well supported and asks about what is not."""
