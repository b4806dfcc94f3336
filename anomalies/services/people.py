"""What people (and programs for them) do with an alert. Each step is kept with who, when and why."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from anomalies.events import AlertEnded
from anomalies.models import Alert
from anomalies.services.learning import learn_from_finding, remember_case
from anomalies.services.steps import lock_alert, take_step, tell, tell_update
from mlops.models import Outcome
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.models import Membership, User
from smartmaint.accounts.problems import Unprocessable


@transaction.atomic
def acknowledge_alert(*, alert: Alert, caller: Caller, reason: str = "", at: datetime) -> Alert:
    """Say that somebody has seen it; an alert that is back to normal closes with this.

    Raises:
        Conflict: it is acknowledged or closed already.
    """
    lock_alert(alert)
    take_step(alert, "acknowledged", at=at, by=caller, reason=reason)
    tell_update(alert, "acknowledged")
    return alert


@transaction.atomic
def resolve_alert(
    *,
    alert: Alert,
    caller: Caller,
    reason: str,
    at: datetime,
    false_alarm: bool = False,
    from_screen: bool = True,
) -> Alert:
    """Close it. A false alarm is remembered, and makes the next verdict on this cause more careful.

    What is said `from_screen` is a label too, a weaker one than what is found at the machine.

    Raises:
        Conflict: it is closed already.
        Unprocessable: no reason is given.
    """
    if not reason.strip():
        raise Unprocessable("Say why the alert is resolved.")
    lock_alert(alert)
    take_step(alert, "resolved_as_false" if false_alarm else "resolved", at=at, by=caller, reason=reason)
    alert.ended_at = alert.ended_at or alert.latest_at
    alert.save(update_fields=["ended_at"])
    tell(AlertEnded, alert)
    if from_screen:
        _learn(alert, caller, reason, at, false_alarm)
    return alert


def _learn(alert: Alert, caller: Caller, reason: str, at: datetime, false_alarm: bool) -> None:
    if not false_alarm:
        remember_case(alert=alert, by=caller, at=at, notes=reason)
        return
    learn_from_finding(
        asset=alert.asset,
        alert=alert,
        finding=Outcome.Finding.FALSE,
        source=Outcome.Source.OPERATOR,
        origin=f"alert:{alert.pk}:resolved",
        by=caller,
        found_at=at,
        at=at,
        notes=reason,
    )


@transaction.atomic
def comment_alert(*, alert: Alert, caller: Caller, text: str, at: datetime) -> Alert:
    """Add a remark; a closed alert takes remarks too.

    Raises:
        Unprocessable: the text is empty.
    """
    if not text.strip():
        raise Unprocessable("The comment is empty.")
    lock_alert(alert)
    take_step(alert, "commented", at=at, by=caller, reason=text)
    tell_update(alert, "commented")
    return alert


@transaction.atomic
def assign_alert(*, alert: Alert, caller: Caller, to: User | None, at: datetime, reason: str = "") -> Alert:
    """Name the person who looks after it, or nobody.

    Raises:
        Conflict: the alert is closed.
        Unprocessable: the person is not a member of the alert's organization.
    """
    if to and not Membership.objects.filter(organization_id=alert.organization_id, user=to).exists():
        raise Unprocessable("Only a member of the organization can look after the alert.")
    lock_alert(alert)
    alert.assigned_to = to
    alert.save(update_fields=["assigned_to"])
    words = f"to {to.get_full_name() or to.username}" if to else "to nobody"
    take_step(alert, "assigned", at=at, by=caller, reason=f"{words}: {reason}" if reason else words)
    tell_update(alert, f"assigned {words}")
    return alert
