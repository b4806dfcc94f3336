"""The trace as a drawing: a row for each event and run, with its place on the common time axis."""

from __future__ import annotations

from dataclasses import dataclass

from smartmaint.events.trace import Span, TraceRun, TraceStep

NARROWEST = 0.4  # percent of the axis; anything shorter could not be seen


@dataclass(frozen=True)
class Bar:
    """A run on the axis: where waiting and running begin and how wide they are, in percent."""

    run: TraceRun
    waits_from: float
    waits_for: float
    runs_from: float
    runs_for: float


@dataclass(frozen=True)
class Row:
    step: TraceStep
    after_ms: float
    place: float
    bars: list[Bar]


def draw_timeline(steps: list[TraceStep], span: Span) -> list[Row]:
    """Place events and runs on an axis of 0 to 100 percent of the journey."""
    total = max(span.duration_ms, 1.0)

    def row(step: TraceStep) -> Row:
        after_ms = (step.at - span.started_at).total_seconds() * 1000
        place = after_ms * 100 / total
        return Row(step, after_ms, place, [_bar(run, place, total) for run in step.runs])

    return [row(step) for step in steps]


def _bar(run: TraceRun, begins: float, total: float) -> Bar:
    waits = (run.waited_ms or 0.0) * 100 / total
    runs = max((run.ran_ms or 0.0) * 100 / total, NARROWEST)
    starts = min(begins + waits, 100 - NARROWEST)
    return Bar(run, begins, waits, starts, min(runs, 100 - starts))
