"""Troubles of sensors themselves that no single reading shows: silence, and a clock that jumps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from anomalies import services, telling
from anomalies.arrivals import Arrivals
from anomalies.detection.grouping import Origin
from anomalies.detection.priority import priority
from anomalies.findings import Finding, SensorFinding
from anomalies.models import Alert
from anomalies.sensor_states import PURPOSE, records, scope_of
from mlops.detectors import sensor as detector
from mlops.detectors.window import States
from mlops.models import ModelState
from mlops.states import Kept
from sensors.models import Sensor
from smartmaint.events.context import current_correlation_id

SURE = 3.0
AT_ONCE = 500
Cause = Alert.Cause


@transaction.atomic
def raise_silence(*, at: datetime) -> None:
    """Raise an alert for each sensor whose next reading is overdue; each silence is told once."""
    overdue = ModelState.objects.filter(
        purpose=PURPOSE, version=detector.VERSION, expected_by__lte=at
    ).select_for_update(skip_locked=True)
    states = {state.scope: state for state in overdue.order_by("expected_by")[:AT_ONCE]}
    ids = [int(scope.removeprefix("sensor:")) for scope in states]
    sensors = Sensor.objects.filter(pk__in=ids, enabled=True).select_related("asset__site")
    for sensor in sensors.order_by("asset_id", "pk"):
        services.raise_alert(finding=_silence(sensor, states[f"sensor:{sensor.pk}"], at), at=at)
    ModelState.objects.filter(pk__in=[state.pk for state in states.values()]).update(expected_by=None)


@transaction.atomic
def expect_silence(*, organization_id: int, sensor_ids: Sequence[int], at: datetime) -> None:
    """Let the next reading of these sensors be due by `at`; a silence that was told is not told again."""
    scopes = [scope_of(sensor_id) for sensor_id in sensor_ids]
    states = ModelState.objects.filter(organization=organization_id, purpose=PURPOSE, scope__in=scopes)
    states.filter(expected_by__gt=at).update(expected_by=at)


def _silence(sensor: Sensor, state: ModelState, at: datetime) -> Finding:
    seen = state.seen_until or at
    record = records([sensor.pk], {sensor.pk: Kept(bytes(state.state))})
    usual = sensor.expected_interval or float(record["window"]["interval"][0])
    since = seen.astimezone(sensor.asset.site.zone)
    words = f"{telling.label_of(sensor)} has been silent since {since:%d %b %H:%M:%S}; one reading each"
    reason = f"{words} {_length(usual)} is normal"
    return _finding(sensor, Cause.SENSOR_SILENT, reason, seen, record)


def end_silence(sensors: Sequence[Sensor], arrivals: Arrivals, at: datetime) -> None:
    """End the silence of the sensors that speak again."""
    silent = Alert.objects.open().filter(
        cause=Cause.SENSOR_SILENT, subject_sensor__in=[sensor.pk for sensor in sensors], ended_at=None
    )
    for alert in silent.order_by("asset_id", "pk"):
        _end(
            alert.organization_id, alert.asset_id, Cause.SENSOR_SILENT, alert.subject_sensor_id, arrivals, at
        )


def tell_clocks(
    sensors: list[Sensor],
    began: list[int],
    settled: list[int],
    states: States,
    arrivals: Arrivals,
    at: datetime,
) -> None:
    """Raise an alert for each clock that began to jump and end it for each that is settled."""
    for place in sorted(began, key=lambda place: sensors[place].asset_id):
        services.raise_alert(finding=_clock(sensors[place], states[place : place + 1], arrivals), at=at)
    for place in sorted(settled, key=lambda place: sensors[place].asset_id):
        sensor = sensors[place]
        _end(sensor.organization_id, sensor.asset_id, Cause.SENSOR_CLOCK, sensor.pk, arrivals, at)


def _clock(sensor: Sensor, record: States, arrivals: Arrivals) -> Finding:
    sent = arrivals.last(sensor.pk)
    back = timedelta(seconds=float(record["window"]["newest"][0]) - sent.timestamp())
    reason = (
        f"{telling.label_of(sensor)} sends times that jump back, last by {_length(back.total_seconds())};"
        " its readings are not judged until they come in order"
    )
    origin = arrivals.origin(sensor.pk, sent.timestamp())
    return _finding(sensor, Cause.SENSOR_CLOCK, reason, sent, record, origin)


def _finding(
    sensor: Sensor,
    cause: str,
    reason: str,
    started: datetime,
    record: States,
    origin: Origin | None = None,
) -> Finding:
    return Finding(
        organization_id=sensor.organization_id,
        asset_id=sensor.asset_id,
        cause=cause,
        subject_sensor_id=sensor.pk,
        started_at=started,
        latest_at=started,
        score=SURE,
        priority=priority(cause, SURE, sensor.asset.criticality),
        summary=reason,
        reasons=(reason,),
        sensors=(_shown(sensor, reason, record),),
        detector=detector.VERSION,
        correlation_id=origin.correlation_id if origin else current_correlation_id(),
        caused_by=origin.event_id if origin else None,
    )


def _shown(sensor: Sensor, reason: str, record: States) -> SensorFinding:
    return SensorFinding(
        sensor_id=sensor.pk,
        score=SURE,
        value=float(record["stuck"]["value"][0]),
        normal_low=None,
        normal_high=None,
        reason=reason,
    )


def _end(
    organization_id: int, asset_id: int, cause: str, sensor_id: int | None, arrivals: Arrivals, at: datetime
) -> None:
    services.end_alert(
        organization_id=organization_id,
        asset_id=asset_id,
        cause=cause,
        subject_sensor_id=sensor_id,
        ended_at=arrivals.last(sensor_id or 0),
        at=at,
    )


def _length(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 7200 else f"{seconds / 3600:.3g} h"
