"""From findings to alerts: one open alert per asset and cause, however often and by whom it is found."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from anomalies.events import AlertEnded, AlertRaised
from anomalies.findings import Finding, SensorFinding
from anomalies.models import Alert, AlertSensor
from anomalies.services.sentences import LONGEST, opinions, retell
from anomalies.services.steps import DETECTION, take_step, tell, tell_update
from anomalies.validation import SURE
from sensors.models import Asset, Sensor

SHORT = timedelta(seconds=10)
CALM = timedelta(days=1)


@transaction.atomic
def raise_alert(*, finding: Finding, at: datetime) -> Alert:
    """Open an alert, or bring the open one of the same asset and cause up to date.

    The asset's row is locked, so findings of many workers at once open one alert. Who raises alerts of
    several assets in one transaction goes through them in the order of their ids, or risks a deadlock.
    """
    lock_asset(finding.organization_id, finding.asset_id)
    alert = _open_alert(finding.asset_id, finding.cause, finding.subject_sensor_id)
    if alert and finding.historical and not alert.historical:
        return alert  # late readings must not rewrite a present trouble
    if alert and _is_long_over(alert, finding):
        _supersede(alert, at)
        alert = None
    if alert is None:
        return _open(finding, at)
    _update(alert, finding, at)
    return alert


@transaction.atomic
def end_alert(
    *,
    organization_id: int,
    asset_id: int,
    cause: str,
    subject_sensor_id: int | None,
    ended_at: datetime,
    at: datetime,
) -> Alert | None:
    """Note that the readings are normal again since `ended_at`; None where no open alert says otherwise.

    What somebody should have seen stays open until it is acknowledged. What paged nobody closes.
    """
    lock_asset(organization_id, asset_id)
    alert = _open_alert(asset_id, cause, subject_sensor_id)
    if alert is None or alert.state == Alert.State.RTN_UNACKNOWLEDGED or ended_at < alert.started_at:
        return None
    alert.ended_at = ended_at
    alert.save(update_fields=["ended_at"])
    unseen = alert.historical or alert.verdict == Alert.Verdict.DISMISSED
    take_step(alert, "ended_unseen" if unseen else "ended", at=at, by=DETECTION)
    tell(AlertEnded, alert)
    return alert


def lock_asset(organization_id: int, asset_id: int) -> None:
    Asset.objects.select_for_update(no_key=True).get(organization_id=organization_id, pk=asset_id)


def _open_alert(asset_id: int, cause: str, subject_sensor_id: int | None) -> Alert | None:
    same = Alert.objects.open().same_trouble(
        asset_id=asset_id, cause=cause, subject_sensor_id=subject_sensor_id
    )
    return same.select_for_update(no_key=True).first()


def _is_long_over(alert: Alert, finding: Finding) -> bool:
    """Tell a new trouble from one that comes and goes, such as with the daily load."""
    return alert.ended_at is not None and finding.started_at - alert.ended_at > CALM


def _supersede(alert: Alert, at: datetime) -> None:
    """Close what nobody acknowledged: the new alert of the same cause asks for them now."""
    reason = "It ended more than a day before the same trouble began again, as a new alert."
    take_step(alert, "superseded", at=at, by=DETECTION, reason=reason)
    tell_update(alert, "superseded by a new alert")


def _open(finding: Finding, at: datetime) -> Alert:
    alert = write_alert(finding, at)
    take_step(alert, "raised", at=at, by=DETECTION, reason=finding.summary, from_state="")
    tell(AlertRaised, alert, caused_by=finding.caused_by)
    return alert


def write_alert(finding: Finding, at: datetime, **values: Any) -> Alert:
    """Insert the alert of a finding with its sensors; `values` are fields that it has besides."""
    alert = Alert.objects.create(
        organization_id=finding.organization_id,
        asset_id=finding.asset_id,
        cause=finding.cause,
        subject_sensor_id=finding.subject_sensor_id,
        priority=finding.priority,
        detected_priority=finding.priority,
        summary=finding.summary[:500],
        reasons=list(finding.reasons),
        score=finding.score,
        historical=finding.historical,
        detector=finding.detector,
        settings_version_id=finding.settings_version,
        correlation_id=finding.correlation_id,
        started_at=finding.started_at,
        latest_at=finding.latest_at,
        raised_at=at,
        **values,
    )
    merge_sensors(alert, finding.sensors, {})
    return alert


def _update(alert: Alert, finding: Finding, at: datetime) -> None:
    """Take over what is new. Only what people care about is a step of the history and an event."""
    rows = {row.sensor_id: row for row in alert.alert_sensors.all()}
    thought = opinions(alert.reasons, rows.values())
    joined = merge_sensors(alert, finding.sensors, rows)
    came_back = _came_back(alert, finding)
    changes = _what_got_worse(alert, finding, joined)
    take_over(alert, finding, bool(changes) or came_back)
    if len(rows) > 1:
        retell(alert, rows.values(), opinions(finding.reasons, finding.sensors) or thought)
    if came_back:
        changes = ["came back", *changes]
        alert.ended_at = None
    alert.save()
    if changes:
        action, words = "came_back" if came_back else "worsened", ", ".join(changes)
        take_step(alert, action, at=at, by=DETECTION, reason=words)
        tell_update(alert, words, caused_by=finding.caused_by)


def _came_back(alert: Alert, finding: Finding) -> bool:
    """Tell a return from an echo of what ended already."""
    return alert.ended_at is not None and finding.latest_at > alert.ended_at


def _what_got_worse(alert: Alert, finding: Finding, joined: list[str]) -> list[str]:
    changes = [f"also {', '.join(joined)}"] if joined else []
    if finding.priority < alert.detected_priority:
        changes.append(f"priority {finding.priority}")
    if alert.historical and not finding.historical:
        changes.append("shows in live readings")
    if not alert.needs_verdict and (alert.confidence or 0) < SURE:
        changes += _what_could_change_the_verdict(alert, finding)
    return changes


def _what_could_change_the_verdict(alert: Alert, finding: Finding) -> list[str]:
    """Name what a verdict that was not sure did not know: twice the time, or ten times the surprise."""
    judged = (alert.judged_until or alert.started_at) - alert.started_at
    changes = ["lasts"] if finding.latest_at - alert.started_at >= 2 * max(judged, SHORT) else []
    return [*changes, "more abnormal"] if finding.score >= alert.score + 1 else changes


def take_over(alert: Alert, finding: Finding, noteworthy: bool) -> None:
    if finding.score >= alert.score or noteworthy:
        alert.summary, alert.reasons = finding.summary[:500], list(finding.reasons)
    if finding.priority < alert.detected_priority:
        alert.detected_priority = alert.priority = finding.priority
    alert.score = max(alert.score, finding.score)
    alert.started_at = min(alert.started_at, finding.started_at)
    alert.latest_at = max(alert.latest_at, finding.latest_at)
    if alert.historical and not finding.historical:
        alert.historical, alert.verdict = False, Alert.Verdict.PENDING
    alert.needs_verdict = alert.needs_verdict or noteworthy


def merge_sensors(alert: Alert, found: tuple[SensorFinding, ...], rows: dict[int, AlertSensor]) -> list[str]:
    """Add to `rows`, keep each sensor's most abnormal value, share the evidence out; return who joined."""
    worse = [one for one in found if one.sensor_id not in rows or one.score > rows[one.sensor_id].score]
    if not worse:
        return []
    joined = [one.sensor_id for one in worse if one.sensor_id not in rows]
    for one in worse:
        rows[one.sensor_id] = _sensor_row(alert, one)
    total = sum(row.score for row in rows.values()) or 1.0
    for row in rows.values():
        row.share = row.score / total
    AlertSensor.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["alert", "sensor"],
        update_fields=["score", "share", "value", "normal_low", "normal_high", "reason"],
    )
    return [str(sensor) for sensor in Sensor.objects.filter(pk__in=joined).order_by("pk")]


def _sensor_row(alert: Alert, found: SensorFinding) -> AlertSensor:
    return AlertSensor(
        alert=alert,
        sensor_id=found.sensor_id,
        score=found.score,
        share=0.0,
        value=found.value,
        normal_low=found.normal_low,
        normal_high=found.normal_high,
        reason=found.reason[:LONGEST],
    )
