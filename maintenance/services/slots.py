"""Who could do a decision's work, and when, as things stand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from maintenance.crew import crew_of
from maintenance.models import Decision, MaintenanceTask
from maintenance.scheduling import NoSlot, Request, Slot, best_slot
from maintenance.visits import Visit, Work, covers, together
from maintenance.worktime import city


def work_of(decision: Decision) -> Work:
    """Return what the decision, with all that has joined it, needs."""
    parts = decision.parts
    return Work(
        skills=frozenset(part.skill for part in parts if part.skill),
        kinds=frozenset(part.skill for part in parts if part.alert_id),
        hours=decision.work_hours,
        due=decision.due_at,
    )


def find_slot(decision: Decision, at: datetime) -> Slot | NoSlot:
    """Return a booking of its own for the decision."""
    return search(decision, work_of(decision), at)


def propose(decision: Decision, at: datetime) -> Slot | NoSlot:
    """Return what an approval would book: a visit that comes anyway, moved where it must, or its own."""
    for task in MaintenanceTask.objects.coming(decision.asset_id, at).with_context():
        slot = slot_at(task, decision, at)
        if isinstance(slot, Slot):
            return slot
    return find_slot(decision, at)


def lead_of(task: MaintenanceTask) -> Decision:
    """Return the decision that led to the visit, which others join."""
    if task.decision is None:
        raise ValueError(f"task {task.pk} has no decision that others could join")
    return task.decision


def slot_at(task: MaintenanceTask, decision: Decision, at: datetime) -> Slot | NoSlot:
    """Return when the visit could see to the decision too, in time for both: as it is booked, or moved."""
    if is_covered(task, decision):
        return standing(task)
    lead, lower, upper = lead_of(task), task.period.lower, task.period.upper
    both = together(work_of(lead), work_of(decision))
    length = max(timedelta(hours=both.hours), upper - lower)
    due = min(decision.due_at, max(lead.due_at, upper))
    work = Work(skills=both.skills, kinds=both.kinds, hours=length / timedelta(hours=1), due=due)
    earliest = at if upper > decision.due_at else max(at, lower)
    return search(decision, work, earliest, visit=task)


def is_covered(task: MaintenanceTask, decision: Decision) -> bool:
    """Tell whether the visit sees to the decision as it is booked."""
    able = frozenset(skill.code for skill in task.technician.skills.all())
    visit = Visit(skills=able, start=task.period.lower, end=task.period.upper)
    return covers(visit, together(work_of(lead_of(task)), work_of(decision)), decision.due_at)


def standing(task: MaintenanceTask) -> Slot:
    """Return the visit's slot as it is booked."""
    return Slot(
        person_id=task.technician_id,
        person=task.technician.name,
        start=task.period.lower,
        end=task.period.upper,
        reasons=tuple(task.reasons),
    )


def search(
    decision: Decision, work: Work, earliest: datetime, *, visit: MaintenanceTask | None = None
) -> Slot | NoSlot:
    """Find the best slot for work at the decision's machine. `visit`: the booking that it replaces."""
    request = Request(
        site_id=decision.asset.site_id,
        work=timedelta(hours=work.hours),
        earliest=earliest,
        due=work.due,
        skills=work.skills,
        keeps=visit.technician_id if visit else None,
    )
    return best_slot(request, crew_of(decision.organization_id, earliest, work.due, without=visit))


def proposal_of(answer: Slot | NoSlot) -> dict[str, Any] | None:
    """Return the slot for a person to read: technician, technician_id, start, end, reasons."""
    slot = _slot(answer)
    if slot is None:
        return None
    return {
        "technician": slot.person,
        "technician_id": slot.person_id,
        "start": slot.start.isoformat(),
        "end": slot.end.isoformat(),
        "reasons": list(slot.reasons),
    }


def offer(decision: Decision, answer: Slot | NoSlot) -> str:
    """Return the question that an approval says yes to."""
    slot, zone = _slot(answer), decision.asset.site.zone
    if slot is None:
        return "Nobody can be booked for it now. What should be done?"
    return f"Book {slot.person} on {slot.start.astimezone(zone):%a %d %b %H:%M} ({city(zone)})?"


def _slot(answer: Slot | NoSlot) -> Slot | None:
    return answer if isinstance(answer, Slot) else answer.proposal
