"""What people are told: subject, body and link of each kind of message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from anomalies.models import Alert
from maintenance.models import Decision, MaintenanceTask
from maintenance.worktime import city
from mlops.models import ModelTransition, ModelVersion, TrainingJob


@dataclass(frozen=True)
class Message:
    subject: str
    body: str


def of_alert(alert: Alert) -> Message:
    return Message(
        f"[{alert.get_priority_display()}] {alert.asset}: {alert.summary}"[:300],
        _lines(
            alert.summary,
            "",
            "Why:",
            *_bullets(alert.reasons),
            *_bullets(alert.verdict_reasons),
            "",
            _link("alert-detail", alert.pk),
        ),
    )


def of_ended_alert(alert: Alert, tasks: Iterable[MaintenanceTask]) -> Message:
    """The alert is over and visits are still booked: somebody may want to cancel them."""
    visits = [
        f"{task.title}: {task.technician}, {_when(task)}\n  {_link('task-detail', task.uid)}"
        for task in tasks
    ]
    over = "was dismissed" if alert.verdict == Alert.Verdict.DISMISSED else "is over"
    return Message(
        f"{alert.asset}: the alert {over}, a visit is still booked"[:300],
        _lines(
            f"The alert “{alert.summary}” {over}.",
            "These visits stand, because what went away by itself may come back. Cancel them if they are"
            " not needed:",
            *_bullets(visits),
            "",
            _link("alert-detail", alert.pk),
        ),
    )


def of_decision(decision: Decision) -> Message:
    zone = decision.asset.site.zone
    return Message(
        f"Please decide by {_said(decision.due_at, zone)}: {decision.title}"[:300],
        _lines(
            decision.question,
            "",
            "Why:",
            *_bullets(decision.reasons),
            *_parts(decision),
            *_offer(decision),
            "",
            f"{_link('decision-list')}#decision-{decision.request_id}",
        ),
    )


def _offer(decision: Decision) -> list[str]:
    if not decision.proposal:
        return []
    zone = decision.asset.site.zone
    start = f"{_said(datetime.fromisoformat(decision.proposal['start']), zone)} ({city(zone)})"
    return ["", f"Approving would book {decision.proposal['technician']}, {start}."]


def _parts(decision: Decision) -> list[str]:
    """Say what else the visit, or the answer, sees to; nothing where it is about one thing."""
    return [
        line
        for part in decision.parts[1:]
        for line in ("", f"Also: {part.title}", *_bullets(part.alert.reasons if part.alert else []))
    ]


def of_task(task: MaintenanceTask) -> Message:
    return Message(
        f"{_when(task)}: {task.title}"[:300],
        _lines(
            f"{task.title}, {_when(task)}.",
            *(_parts(task.decision) if task.decision else ()),
            "",
            "Why you, why then:",
            *_bullets(task.reasons),
            "",
            _link("task-detail", task.uid),
        ),
    )


def of_moved_task(task: MaintenanceTask) -> Message:
    return Message(
        f"Moved to {_when(task)}: {task.title}"[:300],
        _lines(f"{task.title} is now {_when(task)}.", "", _link("task-detail", task.uid)),
    )


def of_extended_visit(task: MaintenanceTask, joined: Decision, moved: bool) -> Message:
    """One more alert of the machine is seen to by a visit that was booked already, now perhaps earlier."""
    when = f"It is now {_when(task)}." if moved else f"The time stays: {_when(task)}."
    subject = f"Moved to {_when(task)}: {task.title}" if moved else f"{_when(task)}: {task.title}"
    return Message(
        f"{subject}, and also: {joined.title}"[:300],
        _lines(
            f"{task.title}: please look at this too: {joined.title}. {when}",
            "",
            "Why:",
            *_bullets(joined.alert.reasons if joined.alert else []),
            *_bullets(joined.reasons),
            "",
            _link("task-detail", task.uid),
        ),
    )


def of_released_technician(task: MaintenanceTask) -> Message:
    return Message(
        f"Your time is free again: {task.title}"[:300],
        _lines(
            f"{task.technician} is booked for “{task.title}” now, {_when(task)}. Your time is free again.",
            "",
            _link("task-detail", task.uid),
        ),
    )


def of_cancelled_task(task: MaintenanceTask) -> Message:
    return Message(
        f"Cancelled: {task.title}"[:300],
        _lines(
            f"{task.title}, {_when(task)}, is cancelled. Your time is free again.",
            "",
            _link("task-detail", task.uid),
        ),
    )


def of_refused_model(version: ModelVersion, serving: ModelVersion | None, reason: str) -> Message:
    """A model's file is not what was registered: somebody changed it, or the disk did."""
    model = version.model
    now = f"Version {serving.number} serves in its place." if serving else "No version of it serves now."
    return Message(
        f"Model {model}: version {version.number} is refused, its file is not what was registered"[:300],
        _lines(
            f"Version {version.number} of {model} is out of use. {now}",
            "",
            "Why:",
            *_bullets([reason]),
            "",
            "Find out who can write to the folder of models; restore the file from a backup or train anew.",
            "",
            _link("model-detail", model.pk),
        ),
    )


def of_rolled_back_model(transition: ModelTransition, serving: ModelVersion) -> Message:
    """A champion was taken out of service; by what people found, or by a person."""
    model, version = serving.model, transition.version
    return Message(
        f"Model {model}: version {version.number} is out of service, version {serving.number} serves again"[
            :300
        ],
        _lines(
            f"{transition.actor} took version {version.number} of {model} out of service.",
            "",
            "Why:",
            *_bullets([transition.reason or "no reason was given"]),
            "",
            _link("model-detail", model.pk),
        ),
    )


def of_failed_training(job: TrainingJob) -> Message:
    about = job.model or f"{job.get_purpose_display()} of {job.scope}"
    link = [_link("model-detail", job.model_id) if job.model_id else _link("model-list")]
    return Message(
        f"Training failed: {about}"[:300],
        _lines(f"The training of {about} failed. What served still serves.", "", job.outcome, "", *link),
    )


def _when(task: MaintenanceTask) -> str:
    zone = task.technician.site.zone
    return f"{_said(task.period.lower, zone)} to {task.period.upper.astimezone(zone):%H:%M} ({city(zone)})"


def _said(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %d %b %H:%M}"


def _link(view: str, *ids: object) -> str:
    return f"{settings.BASE_URL}{reverse(view, args=ids)}"


def _bullets(texts: Iterable[str]) -> list[str]:
    return [f"- {text}" for text in texts]


def _lines(*lines: str) -> str:
    return "\n".join(lines)
