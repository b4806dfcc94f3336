"""Asking for a forecast: the kept answer while it lasts, else a new one that a worker makes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from maintenance.events import ForecastRequested
from maintenance.horizons import Past
from maintenance.models import Forecast
from maintenance.outlook import Wish, fitting_cadence
from sensors.models import Sensor
from smartmaint.events.context import current_correlation_id
from smartmaint.events.outbox import publish

KEPT = timedelta(days=30)
RECEIVED = 2 / 3  # of the readings at least, where their interval is not told: the others went missing
GIVEN_UP = timedelta(minutes=5)  # a forecast that waits longer was lost with its worker


def kept_forecast(*, sensor: Sensor, wish: Wish, at: datetime) -> Forecast | None:
    """Return the newest answer to this question that still holds."""
    return Forecast.objects.like(sensor, wish).fresh(at).order_by("-made_at").first()


@transaction.atomic
def request_forecast(*, sensor: Sensor, wish: Wish, at: datetime) -> Forecast:
    """Return the kept forecast, the one that is being made, or a new one that a worker will make."""
    kept = kept_forecast(sensor=sensor, wish=wish, at=at)
    if kept:
        return kept
    forecast, created = open_forecast(sensor=sensor, wish=wish, at=at)
    if created:
        publish(
            ForecastRequested(
                organization_id=forecast.organization_id,
                correlation_id=forecast.correlation_id,
                forecast_id=forecast.pk,
            )
        )
    return forecast


def open_forecast(*, sensor: Sensor, wish: Wish, at: datetime) -> tuple[Forecast, bool]:
    """Return the row that waits for this answer, and whether it is new."""
    Forecast.objects.like(sensor, wish).waiting().filter(asked_at__lt=at - GIVEN_UP).delete()
    return Forecast.objects.get_or_create(
        organization_id=sensor.organization_id,
        sensor=sensor,
        cadence_minutes=wish.cadence_minutes,
        horizon_steps=wish.horizon_steps,
        history_window=wish.history_window,
        state=Forecast.State.WAITING,
        defaults={"correlation_id": current_correlation_id(), "asked_at": at},
    )


def past_of(sensor: Sensor) -> Past | None:
    """Return what is stored of the sensor, from its kept summary; None where that is nothing."""
    summary = getattr(sensor, "summary", None)
    if summary is None or not summary.first_reading_at:
        return None
    first, last = summary.first_reading_at, summary.last_reading_at
    steps = summary.reading_count - 1
    usual = (last - first).total_seconds() / steps * RECEIVED if steps > 0 else None
    return Past(first, last, sensor.expected_interval or usual)


def cadence_for(sensor: Sensor) -> int:
    """Return the cadence in minutes that suits the history of the sensor."""
    past = past_of(sensor)
    if past is None:
        return fitting_cadence(timedelta(), sensor.expected_interval)
    return fitting_cadence(past.length, past.interval)


def forget_forecasts(*, at: datetime) -> int:
    """Delete forecasts that were asked for thirty days ago; return how many."""
    return Forecast.objects.filter(asked_at__lt=at - KEPT).delete()[0]
