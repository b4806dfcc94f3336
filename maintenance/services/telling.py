"""Who is told of what: a row for each person and fact, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from anomalies.events import AlertConfirmed, AlertDismissed, AlertEnded
from anomalies.models import Alert
from maintenance import messages
from maintenance.events import (
    DecisionRequested,
    NotificationQueued,
    TaskCancelled,
    TaskMoved,
    TaskScheduled,
    TechnicianReleased,
    VisitExtended,
)
from maintenance.messages import Message
from maintenance.models import Decision, MaintenanceTask, Notification, Technician
from mlops.events import ModelRefused, ModelRolledBack, TrainingFailed
from mlops.models import ModelTransition, ModelVersion, TrainingJob
from smartmaint.accounts.models import Membership
from smartmaint.events.event import Event
from smartmaint.events.outbox import publish

Role = Membership.Role
Channel = Notification.Channel
Recipient = tuple[str, str]  # channel, address or name
NOBODY: Recipient = (Channel.CONSOLE, "nobody has an address")

DECIDERS = (Role.PLANNER, Role.OPERATOR)


@transaction.atomic
def announce(*, event: Event, at: datetime) -> list[Notification]:
    """Queue a message of the event to each person whom it concerns. Hearing of it twice adds none."""
    told = TELLERS[type(event)](event)
    return _queue(event, *told, at) if told else []


def _of_alert(event: AlertConfirmed) -> tuple[Message, list[Recipient]] | None:
    """Operators hear of confirmed alerts; a note, or what was found in history, pages nobody."""
    alert = Alert.objects.select_related("asset").get(organization=event.organization_id, pk=event.alert_id)
    if alert.historical or alert.priority >= Alert.Priority.NOTE:
        return None
    return messages.of_alert(alert), _members(event.organization_id, (Role.OPERATOR,))


def _of_ended_alert(event: AlertEnded | AlertDismissed) -> tuple[Message, list[Recipient]] | None:
    """Planners hear when visits are booked for an alert that is over, and for none that goes on."""
    alert = Alert.objects.select_related("asset").get(organization=event.organization_id, pk=event.alert_id)
    rows = MaintenanceTask.objects.for_alert(alert).filter(status=MaintenanceTask.Status.SCHEDULED)
    tasks = [task for task in rows.with_context() if task.trouble_is_over]
    if not tasks:
        return None
    return messages.of_ended_alert(alert, tasks), _members(event.organization_id, (Role.PLANNER,))


def _of_decision(event: DecisionRequested) -> tuple[Message, list[Recipient]] | None:
    """Deciders hear of what waits for them; of what a visit sees to by now, nobody has to."""
    rows = Decision.objects.filter(organization=event.organization_id).with_context()
    decision = rows.get(pk=event.decision_id)
    if decision.status == Decision.Status.JOINED:
        return None
    return messages.of_decision(decision), _members(event.organization_id, DECIDERS)


def _of_task(word: Callable[[MaintenanceTask], Message]) -> Callable[[Any], tuple[Message, list[Recipient]]]:
    def told(event: TaskScheduled | TaskMoved | TaskCancelled) -> tuple[Message, list[Recipient]]:
        task = _visit(event)
        return word(task), [_address(task.technician)]

    return told


def _of_extended_visit(event: VisitExtended) -> tuple[Message, list[Recipient]]:
    task = _visit(event)
    joined = Decision.objects.get(organization=event.organization_id, pk=event.decision_id)
    return messages.of_extended_visit(task, joined, event.moved), [_address(task.technician)]


def _of_released_technician(event: TechnicianReleased) -> tuple[Message, list[Recipient]]:
    crew = Technician.objects.filter(organization=event.organization_id).select_related("user")
    return messages.of_released_technician(_visit(event)), [_address(crew.get(pk=event.technician_id))]


def _visit(
    event: TaskScheduled | TaskMoved | TaskCancelled | VisitExtended | TechnicianReleased,
) -> MaintenanceTask:
    rows = MaintenanceTask.objects.filter(organization=event.organization_id).with_context()
    return rows.select_related("technician__user").get(pk=event.task_id)


def _of_refused_model(event: ModelRefused) -> tuple[Message, list[Recipient]]:
    versions = ModelVersion.objects.filter(model__organization=event.organization_id).select_related("model")
    serving = versions.filter(pk=event.serving_id).first() if event.serving_id else None
    told = messages.of_refused_model(versions.get(pk=event.version_id), serving, event.reason)
    return told, _members(event.organization_id, (Role.ADMIN,))


def _of_rolled_back_model(event: ModelRolledBack) -> tuple[Message, list[Recipient]] | None:
    """Tell of a champion that was taken out of service; of one whose file was refused another event tells."""
    rows = ModelTransition.objects.filter(version__model=event.model_id, action="rolled_back")
    away = rows.filter(to_stage=ModelVersion.Stage.RETIRED).select_related("version").order_by("-pk").first()
    versions = ModelVersion.objects.filter(model__organization=event.organization_id).select_related("model")
    serving = versions.get(pk=event.version_id)
    back = rows.filter(version=serving).order_by("-pk").first()
    if away is None or back is None or away.at != back.at:
        return None
    return messages.of_rolled_back_model(away, serving), _members(event.organization_id, (Role.ADMIN,))


def _of_failed_training(event: TrainingFailed) -> tuple[Message, list[Recipient]]:
    jobs = TrainingJob.objects.filter(organization=event.organization_id).select_related("model")
    told = messages.of_failed_training(jobs.get(pk=event.job_id))
    return told, _members(event.organization_id, (Role.ADMIN,))


TELLERS: dict[type[Event], Callable[[Any], tuple[Message, list[Recipient]] | None]] = {
    AlertConfirmed: _of_alert,
    AlertEnded: _of_ended_alert,
    AlertDismissed: _of_ended_alert,
    DecisionRequested: _of_decision,
    TaskScheduled: _of_task(messages.of_task),
    VisitExtended: _of_extended_visit,
    TaskMoved: _of_task(messages.of_moved_task),
    TechnicianReleased: _of_released_technician,
    TaskCancelled: _of_task(messages.of_cancelled_task),
    ModelRefused: _of_refused_model,
    ModelRolledBack: _of_rolled_back_model,
    TrainingFailed: _of_failed_training,
}


def _members(organization_id: int, roles: Sequence[str]) -> list[Recipient]:
    """Return the members with these roles and an address; else the administrators; else the log."""
    for wanted in (roles, (Role.ADMIN,)):
        members = Membership.objects.filter(
            organization=organization_id, role__in=wanted, user__is_active=True
        )
        addresses = members.exclude(user__email="").values_list("user__email", flat=True)
        if found := [
            (Channel.EMAIL.value, address) for address in addresses.distinct().order_by("user__email")
        ]:
            return found
    return [NOBODY]


def _address(technician: Technician) -> Recipient:
    email = technician.email or (technician.user.email if technician.user else "")
    return (Channel.EMAIL, email) if email else (Channel.CONSOLE, technician.name)


def _queue(event: Event, message: Message, recipients: list[Recipient], at: datetime) -> list[Notification]:
    """Insert the rows that are not there yet, and tell the sender of each."""
    wanted = [_row(event, message, channel, recipient, at) for channel, recipient in recipients]
    keys = [row.key for row in wanted]
    same = Notification.objects.filter(organization=event.organization_id, key__in=keys)
    known = set(same.values_list("key", "channel"))
    rows = Notification.objects.bulk_create(row for row in wanted if (row.key, row.channel) not in known)
    publish(
        *(
            NotificationQueued(
                organization_id=event.organization_id,
                correlation_id=event.correlation_id,
                notification_id=row.pk,
            )
            for row in rows
        )
    )
    return rows


def _row(event: Event, message: Message, channel: str, recipient: str, at: datetime) -> Notification:
    return Notification(
        organization_id=event.organization_id,
        key=f"{event.event_id}:{recipient}"[:200],
        channel=channel,
        recipient=recipient,
        subject=message.subject,
        body=message.body,
        due_at=at,
        correlation_id=event.correlation_id,
        created_at=at,
    )
