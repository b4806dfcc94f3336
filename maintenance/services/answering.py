"""What people say to a decision: approve and modify book, reject books nothing, defer asks again later."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from maintenance.events import ActionDecided, DecisionAnswered, DecisionRequested
from maintenance.models import Action, Decision, DecisionAnswer, Skill
from maintenance.services.deciding import check_due, check_work_hours
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Conflict, Unprocessable
from smartmaint.events.outbox import publish

DEFERRED_FOR = timedelta(hours=8)
LONGEST_DEFERRAL = timedelta(days=366)
RESUMED_AT_ONCE = 200

Answer = DecisionAnswer.Answer
BOOKED = (Action.ACT, Action.PLAN)


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What `modify` changes; None keeps."""

    action: str | None = None
    work_hours: float | None = None
    skill: str | None = None
    due_at: datetime | None = None


@transaction.atomic
def answer_decision(
    *,
    decision: Decision,
    answer: str,
    caller: Caller,
    at: datetime,
    justification: str = "",
    notes: str = "",
    confidence: float | None = None,
    operator: str = "",
    deferred_until: datetime | None = None,
    changes: Changes | None = None,
) -> DecisionAnswer:
    """Record a person's answer and what follows. `operator`: for whom a program answers.

    Raises Conflict where it is decided already, Unprocessable where the answer makes no sense."""
    _lock(decision)
    _apply(decision, answer, at, deferred_until, changes)
    decision.save()
    _tell(decision)
    return DecisionAnswer.objects.create(
        decision=decision,
        answer=answer,
        justification=justification[:1000],
        notes=notes,
        confidence=confidence,
        by=caller.user,
        actor=_name(caller, operator),
        at=at,
    )


def _lock(decision: Decision) -> None:
    decision.refresh_from_db(from_queryset=Decision.objects.select_for_update(no_key=True))
    if decision.status != Decision.Status.PENDING:
        raise Conflict(f"This is {decision.get_status_display()} already.")


def _name(caller: Caller, operator: str) -> str:
    return (f"{operator} by {caller.name}" if operator else caller.name)[:100]


def _apply(
    decision: Decision, answer: str, at: datetime, deferred_until: datetime | None, changes: Changes | None
) -> None:
    if answer == Answer.DEFER:
        _defer(decision, deferred_until or at + DEFERRED_FOR, at)
    elif answer == Answer.REJECT:
        decision.status = Decision.Status.REJECTED
    elif answer == Answer.MODIFY:
        _modify(decision, changes or Changes(), at)
    elif answer == Answer.APPROVE:
        _approve(decision)
    else:
        raise Unprocessable({"decision": f"An answer is one of {', '.join(Answer.values)}."})


def _defer(decision: Decision, until: datetime, at: datetime) -> None:
    if until <= at:
        raise Unprocessable({"deferred_until": "It can only be deferred to a later time."})
    if until - at > LONGEST_DEFERRAL:
        raise Unprocessable({"deferred_until": "It can be deferred by a year at most."})
    decision.deferred_until = until


def _approve(decision: Decision) -> None:
    """Whoever approves has seen the proposal, so it may be late or from another site."""
    decision.status = Decision.Status.APPROVED
    decision.takes_proposal = True
    if decision.action not in BOOKED:
        decision.action = Action.PLAN


def _modify(decision: Decision, changes: Changes, at: datetime) -> None:
    changed = {field: value for field, value in asdict(changes).items() if value is not None}
    if not changed:
        raise Unprocessable({"decision": "Say what to change: action, work_hours, skill or due_at."})
    _check(decision, changes, at)
    for field, value in changed.items():
        setattr(decision, field, value)
    decision.status = Decision.Status.APPROVED
    decision.takes_proposal = changes.due_at is None
    if decision.action == Action.ASK:
        decision.action = Action.PLAN


def _check(decision: Decision, changes: Changes, at: datetime) -> None:
    if changes.action is not None and changes.action not in (*BOOKED, Action.WATCH):
        raise Unprocessable({"action": "The action is one of act, plan, watch."})
    if changes.work_hours is not None:
        check_work_hours(changes.work_hours)
    if changes.due_at is not None:
        check_due(changes.due_at, at)
    own = Skill.objects.filter(organization=decision.organization_id, code=changes.skill)
    if changes.skill and not own.exists():
        raise Unprocessable({"skill": f"There is no skill with the code {changes.skill}."})


def _tell(decision: Decision) -> None:
    envelope: dict[str, Any] = {
        "organization_id": decision.organization_id,
        "correlation_id": decision.correlation_id,
        "decision_id": decision.pk,
    }
    publish(DecisionAnswered(**envelope))
    if decision.status == Decision.Status.APPROVED and decision.action in BOOKED:
        publish(ActionDecided(**envelope))


@transaction.atomic
def resume_deferred(*, at: datetime) -> int:
    """Ask again about what was deferred until now; return how many decisions that were."""
    rows = Decision.objects.resuming(at).select_for_update(skip_locked=True).order_by("deferred_until")
    decisions = list(rows[:RESUMED_AT_ONCE])
    Decision.objects.filter(pk__in=[one.pk for one in decisions]).update(deferred_until=None)
    publish(
        *(
            DecisionRequested(
                organization_id=one.organization_id, correlation_id=one.correlation_id, decision_id=one.pk
            )
            for one in decisions
        )
    )
    return len(decisions)
