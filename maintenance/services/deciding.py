"""What is to be done: by the policy for an alert, or because somebody asked for work."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction

from anomalies.models import Alert
from anomalies.services.raising import lock_asset
from maintenance.decision import Choice, Facts, choose_action
from maintenance.events import ActionDecided
from maintenance.models import Action, Decision, MaintenanceTask, Prediction
from maintenance.services.booking import ask_after, schedule_task
from maintenance.services.joining import settle_question
from maintenance.services.policy import ensure_policy, line_of
from maintenance.services.slots import offer, proposal_of, propose
from sensors.models import Asset
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Unprocessable
from smartmaint.events.context import current_cause, journey
from smartmaint.events.outbox import publish

MOST_WORK_HOURS = 24.0
FARTHEST = timedelta(days=5 * 365)  # calendars are searched day by day


@transaction.atomic
def decide_action(*, prediction: Prediction, at: datetime) -> Decision:
    """Decide by the policy, once for a prediction: work to book, something to watch, or a person to ask.

    Told of it again, because the alert is confirmed again, a person is asked where nothing stands any more.
    """
    lock_asset(prediction.organization_id, prediction.alert.asset_id)
    latest = Decision.objects.filter(prediction=prediction).order_by("pk").last()
    if latest:
        return _reconsider(latest, prediction, at)
    decision = _decision(prediction, _choice(prediction), at)
    if decision.action == Action.ASK:
        _phrase_question(decision, at)
    decision.save()
    tell_decision(decision, at)
    return decision


def _choice(prediction: Prediction) -> Choice:
    lines = [line_of(rule) for rule in ensure_policy(organization=prediction.organization)]
    return choose_action(_facts(prediction), lines)


def _reconsider(latest: Decision, prediction: Prediction, at: datetime) -> Decision:
    """Return what stands, or a question to a person."""
    latest.refresh_from_db(from_queryset=Decision.objects.select_for_update(no_key=True))
    if _stands(latest, prediction):
        return latest
    why = f"The alert was dismissed and is confirmed again; before, this was {_ending(latest)}."
    answer = propose(latest, at)
    return ask_after(
        latest,
        question=f"{latest.title}. {why} {offer(latest, answer)}",
        reasons=[why, *latest.reasons],
        due_at=at + (latest.due_at - latest.decided_at),
        proposal=proposal_of(answer),
        at=at,
    )


def _stands(decision: Decision, prediction: Prediction) -> bool:
    """Tell whether the alert is seen to: a visit, a question, a booking on its way, or the policy watches."""
    if decision.status == Decision.Status.JOINED:
        return _stands(decision.joining.visit, prediction)
    if Decision.objects.filter(follows=decision).exists() or decision.status == Decision.Status.PENDING:
        return True
    if decision.action == Action.WATCH:
        by_policy = decision.status == Decision.Status.AUTOMATIC
        return by_policy and _choice(prediction).action == Action.WATCH
    visits = MaintenanceTask.objects.for_alert(prediction.alert)
    if visits.exclude(status=MaintenanceTask.Status.CANCELLED).exists():
        return True
    on_its_way = not MaintenanceTask.objects.filter(decision=decision).exists()
    return on_its_way and decision.status != Decision.Status.REJECTED


def _ending(decision: Decision) -> str:
    if decision.status == Decision.Status.JOINED:
        return _ending(decision.joining.visit)
    if decision.status == Decision.Status.REJECTED:
        return "rejected"
    return "only watched" if decision.action == Action.WATCH else "booked and cancelled"


def _facts(prediction: Prediction) -> Facts:
    alert = prediction.alert
    return Facts(
        asset_class=alert.asset.asset_class,
        criticality=alert.asset.criticality,
        cause=alert.cause,
        priority=alert.priority,
        confidence=alert.confidence or 0.0,
        outcome=prediction.outcome,
        hours=prediction.hours_low,
    )


def _decision(prediction: Prediction, choice: Choice, at: datetime) -> Decision:
    alert = prediction.alert
    asks = choice.action == Action.ASK
    return Decision(
        organization_id=prediction.organization_id,
        alert=alert,
        asset=alert.asset,
        prediction=prediction,
        title=_title(alert),
        action=choice.action,
        status=Decision.Status.PENDING if asks else Decision.Status.AUTOMATIC,
        reasons=[*choice.reasons, *prediction.reasons],
        rule_name=choice.line,
        skill=choice.skill,
        work_hours=choice.work_hours,
        due_at=at + timedelta(hours=choice.within_hours),
        cause_event=current_cause(),
        correlation_id=prediction.correlation_id,
        decided_at=at,
    )


def _title(alert: Alert) -> str:
    if alert.is_sensor_trouble:
        return f"Check the instrument {alert.subject_sensor or ''} of {alert.asset}"[:200]
    return f"Inspect {alert.asset}: {alert.get_cause_display()}"[:200]


def _phrase_question(decision: Decision, at: datetime) -> None:
    answer = propose(decision, at)
    decision.proposal = proposal_of(answer)
    decision.question = f"{decision.title}. {decision.reasons[0]} {offer(decision, answer)}"[:300]


def tell_decision(decision: Decision, at: datetime) -> None:
    """Tell those who schedule, or those who ask people; what is watched is only recorded."""
    if decision.status == Decision.Status.PENDING:
        settle_question(decision, at)
    elif decision.action in {Action.ACT, Action.PLAN}:
        publish(
            ActionDecided(
                organization_id=decision.organization_id,
                correlation_id=decision.correlation_id,
                decision_id=decision.pk,
            )
        )


def check_due(due_at: datetime, at: datetime, field: str = "due_at") -> None:
    if due_at <= at:
        raise Unprocessable({field: "The work must be due in the future."})
    if due_at - at > FARTHEST:
        raise Unprocessable({field: "The work must be due within five years."})


def check_work_hours(work_hours: float) -> None:
    if not 0 < work_hours <= MOST_WORK_HOURS:
        words = f"The work must take more than 0 and at most {MOST_WORK_HOURS:g} hours."
        raise Unprocessable({"work_hours": words})


@transaction.atomic
def request_maintenance(
    *,
    asset: Asset,
    caller: Caller,
    title: str,
    due_at: datetime,
    work_hours: float = 2.0,
    skill: str = "",
    reasons: tuple[str, ...] = (),
    at: datetime,
) -> MaintenanceTask | Decision:
    """Book work that a person or a program asks for, or ask a person where nobody can be booked in time.

    Raises:
        Unprocessable: it is due in the past or after five years, or takes no time or more than a day.
    """
    check_due(due_at, at, "predicted_failure_date")
    check_work_hours(work_hours)
    work = {"title": title[:200], "skill": skill, "work_hours": work_hours, "due_at": due_at}
    decision = _requested(asset, work, [f"Asked for by {caller.name}.", *reasons], at)
    with journey(decision.correlation_id):
        tell_decision(decision, at)
        return schedule_task(decision=decision, at=at)


def _requested(asset: Asset, work: dict[str, Any], reasons: list[str], at: datetime) -> Decision:
    return Decision.objects.create(
        organization_id=asset.organization_id,
        asset=asset,
        action=Action.PLAN,
        status=Decision.Status.AUTOMATIC,
        reasons=reasons,
        rule_name="on request",
        correlation_id=uuid4(),
        decided_at=at,
        **work,
    )
