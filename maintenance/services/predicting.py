"""When will the alert's machine reach a limit, or fail?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from anomalies.models import Alert
from maintenance.events import FailurePredicted
from maintenance.history import recent_windows
from maintenance.models import Prediction
from maintenance.prediction import METHOD, Forecast, Limits, time_to_limit
from maintenance.services.remaining import LifeLeft, life_left
from sensors.models import Sensor
from smartmaint.events.outbox import publish


@dataclass(frozen=True)
class Said:
    """A forecast, and the model's answer where that is what it says."""

    forecast: Forecast
    life: LifeLeft | None = None


@transaction.atomic
def predict_failure(*, alert: Alert, at: datetime) -> Prediction | None:
    """Predict once for the alert, up to its newest reading; None where it is history and pages nobody.

    Of an alert that is confirmed again the prediction is told again: what was decided may not stand any more.
    """
    known = Prediction.objects.filter(alert=alert).first()
    if alert.historical:
        return known
    prediction = known or _predict(alert, at)
    publish(
        FailurePredicted(
            organization_id=alert.organization_id,
            correlation_id=alert.correlation_id,
            prediction_id=prediction.pk,
        )
    )
    return prediction


def _predict(alert: Alert, at: datetime) -> Prediction:
    sensor = _worst_sensor(alert)
    said = _said(alert, sensor)
    forecast = said.forecast
    return Prediction.objects.create(
        organization_id=alert.organization_id,
        alert=alert,
        sensor=sensor,
        outcome=forecast.outcome,
        hours=forecast.hours,
        hours_low=forecast.hours_low,
        hours_high=forecast.hours_high,
        limit=forecast.limit,
        reasons=list(forecast.reasons),
        method=said.life.version.algorithm if said.life else METHOD,
        version=said.life.version if said.life else None,
        contributions=said.life.answer.as_json()["contributions"] if said.life else [],
        correlation_id=alert.correlation_id,
        predicted_at=at,
    )


def _said(alert: Alert, sensor: Sensor | None) -> Said:
    """Ask the model of the asset's class, where one serves, beside the sensor's trend."""
    trend = _trend(alert, sensor)
    if alert.is_sensor_trouble or trend.outcome == "limit_reached":
        return Said(trend)
    life = life_left(asset=alert.asset, until=alert.latest_at)
    return Said(trend) if life is None else _together(life, trend)


def _together(life: LifeLeft, trend: Forecast) -> Said:
    """Let the sooner of both speak, and the refusal of the model only where the trend has no estimate."""
    left, refusal = life.hours(life.answer.prediction), life.answer.refusal
    reasons = (*life.reasons, *trend.reasons)
    if trend.hours is not None and (left is None or trend.hours < left):
        return Said(replace(trend, reasons=(*trend.reasons, *life.reasons)))
    if refusal:
        return Said(Forecast(outcome=refusal.code, reasons=reasons), life)
    bounds = {"hours_low": life.hours(life.answer.low), "hours_high": life.hours(life.answer.high)}
    return Said(Forecast(outcome="estimate", reasons=reasons, hours=left, **bounds), life)


def _trend(alert: Alert, sensor: Sensor | None) -> Forecast:
    if sensor is None:
        return Forecast(outcome="not_enough_data", reasons=("The alert names no sensor.",))
    limits = Limits(lower=sensor.lower_limit, upper=sensor.upper_limit, unit=sensor.unit)
    trouble = str(alert.get_cause_display()) if alert.is_sensor_trouble else ""
    return time_to_limit(recent_windows(sensor, alert.latest_at), limits, trouble=trouble)


def _worst_sensor(alert: Alert) -> Sensor | None:
    """Return the sensor that moved most, one with a limit before one without."""
    if alert.is_sensor_trouble and alert.subject_sensor:
        return alert.subject_sensor
    rows = alert.alert_sensors.select_related("sensor").order_by("-score", "pk")
    sensors = sorted((row.sensor for row in rows), key=_has_no_limit)
    return sensors[0] if sensors else None


def _has_no_limit(sensor: Sensor) -> bool:
    return sensor.lower_limit is None and sensor.upper_limit is None
