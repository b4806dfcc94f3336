"""From late findings to alerts: what was told already changes nothing, what is long over is history."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from anomalies.events import AlertEnded, AlertRaised
from anomalies.findings import Finding
from anomalies.models import Alert
from anomalies.services.raising import (
    end_alert,
    lock_asset,
    merge_sensors,
    raise_alert,
    take_over,
    write_alert,
)
from anomalies.services.sentences import opinions, retell
from anomalies.services.steps import DETECTION, take_step, tell, tell_update


@transaction.atomic
def record_history(*, finding: Finding, ended_at: datetime, at: datetime) -> Alert:
    """Keep a trouble of the past that late readings show: a closed alert, beside any that is open.

    What a live alert told of the same sensors at that time is not told again, and stays as it is. History
    that goes further than was known is one alert.
    """
    lock_asset(finding.organization_id, finding.asset_id)
    same = _known(finding, ended_at)
    told = next((alert for alert in same if _tells(alert, finding)), None)
    if told:
        return told
    known = next((alert for alert in same if alert.historical and not alert.is_open), None)
    if known:
        _extend(known, finding, ended_at, at)
        return known
    alert = write_alert(finding, at, state=Alert.State.NORMAL, ended_at=ended_at, closed_at=at)
    take_step(alert, "recorded", at=at, by=DETECTION, reason=finding.summary, from_state="")
    tell(AlertRaised, alert, caused_by=finding.caused_by)
    tell(AlertEnded, alert)
    return alert


@transaction.atomic
def raise_overtaken(*, finding: Finding, ended_at: datetime | None, at: datetime) -> Alert:
    """Raise an alert for live readings that newer ones have overtaken, and end it where that is known.

    What an alert told that is closed by now is not told again.
    """
    lock_asset(finding.organization_id, finding.asset_id)
    until = ended_at or finding.latest_at
    closed = (alert for alert in _known(finding, until) if not alert.is_open and _tells(alert, finding))
    told = next(closed, None)
    if told:
        return told
    alert = raise_alert(finding=finding, at=at)
    if ended_at:
        end_alert(
            organization_id=finding.organization_id,
            asset_id=finding.asset_id,
            cause=finding.cause,
            subject_sensor_id=finding.subject_sensor_id,
            ended_at=ended_at,
            at=at,
        )
    return alert


def _known(finding: Finding, ended_at: datetime) -> list[Alert]:
    same = Alert.objects.same_trouble(
        asset_id=finding.asset_id, cause=finding.cause, subject_sensor_id=finding.subject_sensor_id
    )
    rows = same.overlapping(finding.started_at, ended_at).prefetch_related("alert_sensors")
    return list(rows.order_by("started_at", "pk"))


def _tells(alert: Alert, finding: Finding) -> bool:
    """Tell whether a live alert, or history still open, names all sensors of the finding."""
    named = {row.sensor_id for row in alert.alert_sensors.all()}
    return not (alert.historical and not alert.is_open) and named >= {
        one.sensor_id for one in finding.sensors
    }


def _extend(alert: Alert, finding: Finding, ended_at: datetime, at: datetime) -> None:
    rows = {row.sensor_id: row for row in alert.alert_sensors.all()}
    thought = opinions(alert.reasons, rows.values())
    changes = _changes(alert, finding, ended_at)
    joined = merge_sensors(alert, finding.sensors, rows)
    changes += [f"also {', '.join(joined)}"] if joined else []
    take_over(alert, finding, bool(changes))
    alert.ended_at = max(alert.ended_at or ended_at, ended_at)
    if len(rows) > 1:
        retell(alert, rows.values(), opinions(finding.reasons, finding.sensors) or thought)
    alert.save()
    if changes:
        take_step(alert, "extended", at=at, by=DETECTION, reason=", ".join(changes))
        tell_update(alert, ", ".join(changes), caused_by=finding.caused_by)


def _changes(alert: Alert, finding: Finding, ended_at: datetime) -> list[str]:
    changes = ["began earlier"] if finding.started_at < alert.started_at else []
    return [*changes, "lasted longer"] if alert.ended_at and ended_at > alert.ended_at else changes
