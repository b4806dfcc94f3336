"""The parts that every change of an alert shares. Locks are taken in this order: asset, then alert."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from anomalies.events import AlertConfirmed, AlertDismissed, AlertEnded, AlertRaised, AlertUpdated
from anomalies.models import Alert, AlertTransition
from anomalies.states import NORMAL, NotAllowed, next_state
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Conflict
from smartmaint.events.context import current_cause
from smartmaint.events.outbox import publish

DETECTION = "detection"
VALIDATION = "validation"

AlertEvent = type[AlertRaised] | type[AlertConfirmed] | type[AlertDismissed] | type[AlertEnded]


def lock_alert(alert: Alert) -> None:
    """Bring the alert up to date and keep others from changing it until the transaction ends."""
    alert.refresh_from_db(from_queryset=Alert.objects.select_for_update(no_key=True))


def take_step(
    alert: Alert,
    action: str,
    *,
    at: datetime,
    by: Caller | str,
    reason: str = "",
    from_state: str | None = None,
) -> None:
    """Move the alert along the table of transitions, and write who did it, when and why. Saves the state.

    Raises:
        Conflict: the alert's state does not allow the action.
    """
    before = alert.state if from_state is None else from_state
    alert.state = _next_state(before, action)
    if alert.state == NORMAL and before != NORMAL:
        alert.closed_at = at
    alert.save(update_fields=["state", "closed_at"])
    step = AlertTransition(alert=alert, action=action, from_state=before, to_state=alert.state, at=at)
    step.by = by.user if isinstance(by, Caller) else None
    step.actor = (by.name if isinstance(by, Caller) else by)[:100]
    step.reason = reason[:1000]
    step.save()


def _next_state(state: str, action: str) -> str:
    try:
        return next_state(state, action)
    except NotAllowed as refusal:
        raise Conflict(str(refusal)) from refusal


def tell(event: AlertEvent, alert: Alert, *, caused_by: UUID | None = None) -> None:
    publish(event(**_envelope(alert, caused_by), alert_id=alert.pk))


def tell_update(alert: Alert, change: str, *, caused_by: UUID | None = None) -> None:
    publish(AlertUpdated(**_envelope(alert, caused_by), alert_id=alert.pk, change=change))


def _envelope(alert: Alert, caused_by: UUID | None) -> dict[str, Any]:
    return {
        "organization_id": alert.organization_id,
        "correlation_id": alert.correlation_id,
        "caused_by": caused_by or current_cause(),
    }
