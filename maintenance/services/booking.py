"""From a decision to a booking, or to a person who is asked: never to silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from psycopg.errors import ExclusionViolation
from psycopg.types.range import Range

from anomalies.services.raising import lock_asset
from maintenance.crew import lock_crew
from maintenance.events import TaskScheduled
from maintenance.models import Decision, Joining, MaintenanceTask, TaskTransition
from maintenance.scheduling import NoSlot, Slot
from maintenance.services.joining import SCHEDULER, join_visit, settle_question, take_along
from maintenance.services.slots import find_slot, offer, proposal_of
from smartmaint.events.context import current_cause
from smartmaint.events.outbox import publish

TRIES = 3


@transaction.atomic
def schedule_task(*, decision: Decision, at: datetime) -> MaintenanceTask | Decision:
    """Book the best technician for the decision's work, or ask a person with the reason why nobody can be.

    Done once for a decision: called again, it returns what came of it.
    """
    if decision.alert_id:
        lock_asset(decision.organization_id, decision.asset_id)
    decision.refresh_from_db(from_queryset=Decision.objects.select_for_update(no_key=True))
    settled = _outcome(decision)
    if settled:
        return settled
    lock_crew(decision.organization_id)
    met = join_visit(decision, at) if decision.alert_id else []
    return met if isinstance(met, MaintenanceTask) else _book_own(decision, met, at)


def _outcome(decision: Decision) -> MaintenanceTask | Decision | None:
    joining = Joining.objects.filter(decision=decision).select_related("visit").first()
    if joining:
        return _outcome(joining.visit) or joining.visit
    task = MaintenanceTask.objects.filter(decision=decision).first()
    return task or Decision.objects.filter(follows=decision).first()


def _book_own(decision: Decision, apart: list[str], at: datetime) -> MaintenanceTask | Decision:
    """Book a visit for the decision. `apart`: why no visit that is booked already sees to it."""
    for _ in range(TRIES):
        answer = find_slot(decision, at)
        if isinstance(answer, NoSlot) and decision.takes_proposal:
            answer = answer.proposal or answer
        if isinstance(answer, NoSlot):
            return _ask(decision, answer, apart, at)
        if task := _book(decision, replace(answer, reasons=(*answer.reasons, *apart)), at):
            return task
    raise RuntimeError(f"somebody else keeps booking what decision {decision.pk} is offered")


def _book(decision: Decision, slot: Slot, at: datetime) -> MaintenanceTask | None:
    """Insert the booking; None where the database knows of one that overlaps it."""
    try:
        with transaction.atomic():
            task = _insert(decision, slot, at)
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            return None
        raise
    if decision.alert_id:
        take_along(task, at)
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


def _ask(decision: Decision, answer: NoSlot, apart: list[str], at: datetime) -> Decision:
    """Ask a person, because nobody could be booked for the decision."""
    return ask_after(
        decision,
        question=f"{decision.title}. {answer.reasons[0]} {offer(decision, answer)}",
        reasons=[*answer.reasons, *apart, *decision.reasons],
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
    Joining.objects.filter(visit=decision).update(visit=asked)
    settle_question(asked, at)
    return asked
