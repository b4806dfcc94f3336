"""From a decision to a booking, or to a person who is asked: never to silence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from psycopg.errors import ExclusionViolation
from psycopg.types.range import Range

from maintenance.crew import crew_of, lock_crew
from maintenance.events import DecisionRequested, TaskScheduled
from maintenance.models import Decision, MaintenanceTask, TaskTransition
from maintenance.scheduling import NoSlot, Request, Slot, best_slot
from smartmaint.events.context import current_cause
from smartmaint.events.outbox import publish

SCHEDULER = "scheduling"
TRIES = 3


@transaction.atomic
def schedule_task(*, decision: Decision, at: datetime) -> MaintenanceTask | Decision:
    """Book the best technician for the decision's work, or ask a person with the reason why nobody can be.

    Done once for a decision: called again, it returns what came of it.
    """
    decision.refresh_from_db(from_queryset=Decision.objects.select_for_update(no_key=True))
    settled = _outcome(decision)
    if settled:
        return settled
    lock_crew(decision.organization_id)
    for _ in range(TRIES):
        answer = find_slot(decision, at)
        if isinstance(answer, NoSlot) and decision.takes_proposal:
            answer = answer.proposal or answer
        if isinstance(answer, NoSlot):
            return _ask(decision, answer, at)
        if task := _book(decision, answer, at):
            return task
    raise RuntimeError(f"somebody else keeps booking what decision {decision.pk} is offered")


def _outcome(decision: Decision) -> MaintenanceTask | Decision | None:
    task = MaintenanceTask.objects.filter(decision=decision).first()
    return task or Decision.objects.filter(follows=decision).first()


def find_slot(decision: Decision, at: datetime) -> Slot | NoSlot:
    """Say who could do the decision's work and when, as things stand."""
    request = Request(
        site_id=decision.asset.site_id,
        work=timedelta(hours=decision.work_hours),
        earliest=at,
        due=decision.due_at,
        skill=decision.skill,
    )
    return best_slot(request, crew_of(decision.organization_id, at, decision.due_at))


def proposal_of(answer: Slot | NoSlot) -> dict[str, Any] | None:
    """Return the slot for a person to read: technician, technician_id, start, end, reasons."""
    slot = answer if isinstance(answer, Slot) else answer.proposal
    if slot is None:
        return None
    return {
        "technician": slot.person,
        "technician_id": slot.person_id,
        "start": slot.start.isoformat(),
        "end": slot.end.isoformat(),
        "reasons": list(slot.reasons),
    }


def _book(decision: Decision, slot: Slot, at: datetime) -> MaintenanceTask | None:
    """Insert the booking; None where the database knows of one that overlaps it."""
    try:
        with transaction.atomic():
            task = _insert(decision, slot, at)
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            return None
        raise
    publish(
        TaskScheduled(
            organization_id=task.organization_id, correlation_id=task.correlation_id, task_id=task.pk
        )
    )
    return task


def _insert(decision: Decision, slot: Slot, at: datetime) -> MaintenanceTask:
    task = MaintenanceTask.objects.create(
        organization_id=decision.organization_id,
        asset_id=decision.asset_id,
        alert_id=decision.alert_id,
        decision=decision,
        technician_id=slot.person_id,
        period=Range(slot.start, slot.end),
        title=decision.title,
        reasons=list(slot.reasons),
        correlation_id=decision.correlation_id,
        booked_at=at,
    )
    TaskTransition.objects.create(
        task=task, action="booked", to_status=task.status, at=at, actor=SCHEDULER, reason=slot.reasons[0]
    )
    return task


def _ask(decision: Decision, answer: NoSlot, at: datetime) -> Decision:
    """Ask a person, because nobody could be booked for the decision."""
    return ask_after(
        decision,
        question=_question(decision, answer),
        reasons=[*answer.reasons, *decision.reasons],
        due_at=decision.due_at,
        proposal=proposal_of(answer),
        at=at,
    )


def ask_after(decision: Decision, *, at: datetime, question: str, **said: Any) -> Decision:
    """Ask a person, in a decision after one that came to nothing. `said`: reasons, due_at, proposal."""
    asked = Decision.objects.create(
        organization_id=decision.organization_id,
        alert_id=decision.alert_id,
        asset_id=decision.asset_id,
        prediction_id=decision.prediction_id,
        follows=decision,
        title=decision.title,
        action=decision.action,
        status=Decision.Status.PENDING,
        question=question[:300],
        rule_name=decision.rule_name,
        skill=decision.skill,
        work_hours=decision.work_hours,
        cause_event=current_cause(),
        correlation_id=decision.correlation_id,
        decided_at=at,
        **said,
    )
    publish(
        DecisionRequested(
            organization_id=asked.organization_id, correlation_id=asked.correlation_id, decision_id=asked.pk
        )
    )
    return asked


def _question(decision: Decision, answer: NoSlot) -> str:
    slot, zone = answer.proposal, decision.asset.site.zone
    when = f"{slot.start.astimezone(zone):%a %d %b %H:%M} ({zone})" if slot else ""
    offer = f"Book {slot.person} on {when}?" if slot else "What should be done?"
    return f"{decision.title}. {answer.reasons[0]} {offer}"
