"""What `maintenance` tells."""

from __future__ import annotations

from dataclasses import dataclass

from smartmaint.events.event import Event


@dataclass(frozen=True, kw_only=True)
class FailurePredicted(Event):
    """A prediction exists for the alert: a time to the limit with its interval, or an honest no estimate."""

    prediction_id: int


@dataclass(frozen=True, kw_only=True)
class ForecastRequested(Event):
    """Somebody asked what a sensor will read next, and no kept answer holds."""

    forecast_id: int


@dataclass(frozen=True, kw_only=True)
class ActionDecided(Event):
    """The policy chose act or plan, or a person approved: work must be scheduled."""

    decision_id: int


@dataclass(frozen=True, kw_only=True)
class DecisionRequested(Event):
    """A person must decide; the reason stands in the decision."""

    decision_id: int


@dataclass(frozen=True, kw_only=True)
class DecisionAnswered(Event):
    """A person approved, rejected, deferred or modified a decision."""

    decision_id: int


@dataclass(frozen=True, kw_only=True)
class TaskScheduled(Event):
    """A technician is booked for a task."""

    task_id: int


@dataclass(frozen=True, kw_only=True)
class TaskMoved(Event):
    """A person gave the task another time or another technician."""

    task_id: int


@dataclass(frozen=True, kw_only=True)
class DecisionJoined(Event):
    """A visit, or a question, that there is already for the machine sees to this one too."""

    decision_id: int


@dataclass(frozen=True, kw_only=True)
class VisitExtended(Event):
    """A booked visit sees to one more alert of the machine; `moved`: at another time, for that."""

    task_id: int
    decision_id: int
    moved: bool


@dataclass(frozen=True, kw_only=True)
class TechnicianReleased(Event):
    """Somebody else is booked for the task now."""

    task_id: int
    technician_id: int


@dataclass(frozen=True, kw_only=True)
class TaskCompleted(Event):
    """The technician closed the task with a finding."""

    task_id: int


@dataclass(frozen=True, kw_only=True)
class TaskCancelled(Event):
    """The booking no longer stands."""

    task_id: int


@dataclass(frozen=True, kw_only=True)
class NotificationQueued(Event):
    """A message to a person waits to be delivered."""

    notification_id: int
