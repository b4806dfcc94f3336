"""The verdict on an alert, by its evidence."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from anomalies.events import AlertConfirmed, AlertDismissed
from anomalies.evidence import gather_evidence
from anomalies.models import Alert
from anomalies.services.steps import VALIDATION, lock_alert, take_step, tell, tell_update
from anomalies.states import RESOLVED
from anomalies.validation import Verdict, verdict


@transaction.atomic
def validate_alert(*, alert: Alert, at: datetime) -> Alert:
    """Judge an alert that is new, or worse than when it was last judged; otherwise change nothing.

    A confirmation is told once, unless a dismissal lies between; one from filled-in history pages nobody,
    so it is not told at all. What a person has resolved is not judged any more; what closed by itself is.
    """
    lock_alert(alert)
    if alert.needs_verdict and not _is_resolved(alert):
        judged = verdict(gather_evidence(alert))
        before, priority = alert.verdict, alert.priority
        _write(alert, judged)
        if alert.verdict != before:
            _announce(alert, judged, at)
        elif alert.priority != priority:
            tell_update(alert, f"priority {alert.priority}")
    return alert


def _is_resolved(alert: Alert) -> bool:
    return not alert.is_open and alert.transitions.filter(action__in=RESOLVED).exists()


def _write(alert: Alert, judged: Verdict) -> None:
    alert.verdict = Alert.Verdict.CONFIRMED if judged.confirmed else Alert.Verdict.DISMISSED
    alert.confidence, alert.priority = judged.confidence, judged.priority
    alert.verdict_reasons = list(judged.reasons)
    alert.needs_verdict, alert.judged_until = False, alert.latest_at
    alert.save()


def _announce(alert: Alert, judged: Verdict, at: datetime) -> None:
    take_step(alert, alert.verdict, at=at, by=VALIDATION, reason=" ".join(judged.reasons))
    if alert.verdict == Alert.Verdict.DISMISSED:
        tell(AlertDismissed, alert)
    elif not alert.historical:
        tell(AlertConfirmed, alert)
