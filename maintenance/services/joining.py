"""One visit for several alerts of a machine: what comes later joins what is booked, or asked, already.

Who calls holds the asset's row, so that of two alerts at the same moment the second one finds the first.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from psycopg.errors import ExclusionViolation
from psycopg.types.range import Range

from maintenance.events import DecisionJoined, DecisionRequested, TechnicianReleased, VisitExtended
from maintenance.models import Decision, Joining, MaintenanceTask, TaskTransition
from maintenance.models.decisions import DecisionQuerySet
from maintenance.models.work import MaintenanceTaskQuerySet
from maintenance.scheduling import NoSlot, Slot
from maintenance.services.slots import (
    find_slot,
    is_covered,
    lead_of,
    offer,
    proposal_of,
    search,
    slot_at,
    standing,
    work_of,
)
from maintenance.visits import together
from maintenance.worktime import city
from smartmaint.events.outbox import publish

SCHEDULER = "scheduling"


def join_visit(decision: Decision, at: datetime) -> MaintenanceTask | list[str]:
    """Let a visit that is booked see to the decision too, moved where it must be, or say why none can."""
    why = []
    for task in _coming(decision, at):
        was, words, slot = standing(task), _words(task), slot_at(task, decision, at)
        if isinstance(slot, Slot) and rebook(task, slot.person_id, slot.start, slot.end):
            _extend(task, decision, was, slot, at)
            return task
        reason = slot.reasons[0] if isinstance(slot, NoSlot) else "Somebody else was booked just now."
        why.append(f"Not at the visit of {words}: {reason}")
    return why


def settle_question(asked: Decision, at: datetime) -> None:
    """Ask a person, unless a visit covers it as it is booked, or a question of the machine takes it in."""
    if asked.alert_id and (_join_as_it_is(asked, at) or _join_question(asked, at)):
        return
    publish(DecisionRequested(**_envelope(asked)))


def take_along(task: MaintenanceTask, at: datetime) -> None:
    """Let a visit that was booked just now answer the questions that it covers.

    Who goes there hears of all at once, when the booking is told.
    """
    for question in _questions(task.asset_id):
        if is_covered(task, question):
            _note(task, question, f"Also: {question.title}.", at)


def rebook(task: MaintenanceTask, technician_id: int, start: datetime, end: datetime) -> bool:
    """Give the booking this person and time; False where the database knows of another one then."""
    task.technician_id, task.period = technician_id, Range(start, end)
    try:
        with transaction.atomic():
            task.save(update_fields=["technician", "period"])
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            return False
        raise
    return True


def release(task: MaintenanceTask, technician_id: int, correlation_id: UUID) -> None:
    """Tell somebody who was booked for the task that their time is free again."""
    envelope: dict[str, Any] = {
        "organization_id": task.organization_id,
        "correlation_id": correlation_id,
        "task_id": task.pk,
    }
    publish(TechnicianReleased(**envelope, technician_id=technician_id))


def _words(task: MaintenanceTask) -> str:
    zone = task.asset.site.zone
    return f"{task.technician}, {task.period.lower.astimezone(zone):%a %d %b %H:%M} ({city(zone)})"


def _coming(decision: Decision, at: datetime) -> MaintenanceTaskQuerySet:
    rows = MaintenanceTask.objects.filter(organization=decision.organization_id)
    return rows.coming(decision.asset_id, at).with_context().select_for_update(no_key=True, of=("self",))


def _questions(asset_id: int) -> DecisionQuerySet:
    rows = Decision.objects.questions_of(asset_id).with_context().order_by("pk")
    return rows.select_for_update(no_key=True, of=("self",))


def _join_as_it_is(asked: Decision, at: datetime) -> bool:
    task = next((one for one in _coming(asked, at) if is_covered(one, asked)), None)
    if task:
        _extend(task, asked, standing(task), standing(task), at)
    return task is not None


def _extend(task: MaintenanceTask, decision: Decision, was: Slot, slot: Slot, at: datetime) -> None:
    """Keep what the visit sees to now; tell who goes there, once, and who does not any more."""
    moved = (was.person_id, was.start, was.end) != (slot.person_id, slot.start, slot.end)
    words = f"Also: {decision.title}."
    if moved:
        task.reasons = list(slot.reasons)
        task.save(update_fields=["reasons"])
        words += f" It was {was.person}, {was.start:%a %d %b %H:%M} to {was.end:%H:%M} UTC."
    _note(task, decision, words, at)
    publish(VisitExtended(**_envelope(decision), task_id=task.pk, moved=moved))
    if was.person_id != slot.person_id:
        release(task, was.person_id, decision.correlation_id)


def _note(task: MaintenanceTask, decision: Decision, words: str, at: datetime) -> None:
    _attach(decision, lead_of(task), words, at)
    TaskTransition.objects.create(
        task=task,
        action="joined",
        from_status=task.status,
        to_status=task.status,
        at=at,
        actor=SCHEDULER,
        reason=words[:1000],
    )


def _attach(decision: Decision, lead: Decision, reason: str, at: datetime) -> None:
    """Make the decision, with what had joined it, part of another one's visit or question."""
    lead.work_hours = together(work_of(lead), work_of(decision)).hours
    lead.save(update_fields=["work_hours"])
    decision.status = Decision.Status.JOINED
    decision.save(update_fields=["status"])
    Joining.objects.create(decision=decision, visit=lead, reason=reason[:1000], at=at)
    Joining.objects.filter(visit=decision).update(visit=lead)
    lead.refresh_from_db()
    publish(DecisionJoined(**_envelope(decision)))


def _join_question(asked: Decision, at: datetime) -> bool:
    """Ask about both at once, where one visit could see to both, or nobody to either."""
    for question in _questions(asked.asset_id).exclude(pk=asked.pk):
        answer = search(asked, together(work_of(question), work_of(asked)), at)
        if proposal_of(answer) or not proposal_of(find_slot(asked, at)):
            _widen(question, asked, answer, at)
            return True
    return False


def _widen(question: Decision, asked: Decision, answer: Slot | NoSlot, at: datetime) -> None:
    """Ask again now, even where the question was deferred: there is more to it."""
    _attach(asked, question, f"Asked together with: {question.title}.", at)
    question.due_at = min(question.due_at, asked.due_at)
    question.deferred_until = None
    question.proposal = proposal_of(answer)
    more = len(question.parts) - 1
    question.question = f"{question.title}, and {more} more of this machine. {offer(question, answer)}"[:300]
    question.save()
    publish(DecisionRequested(**_envelope(question)))


def _envelope(decision: Decision) -> dict[str, Any]:
    return {
        "organization_id": decision.organization_id,
        "correlation_id": decision.correlation_id,
        "decision_id": decision.pk,
    }
