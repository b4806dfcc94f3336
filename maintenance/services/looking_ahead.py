"""Making a forecast, in a worker: numpy, and Prophet where it is tried."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from anomalies.models import Alert
from maintenance.models import Forecast
from maintenance.outlook import SHORTEST_LIFE, Wish, as_json, crossings
from maintenance.services.forecasting import kept_forecast, open_forecast
from mlops.predictors.forecasting.ahead import Outlook, look_ahead
from mlops.predictors.forecasting.cadence import Regular, regular
from mlops.predictors.forecasting.choosing import BackTest, Candidate
from mlops.predictors.forecasting.history import History, TooShort
from mlops.predictors.forecasting.needs import fewest_rows
from sensors.models import Sensor
from sensors.storage.buckets import load_buckets
from sensors.storage.cutting import ORIGIN, floor

DIGITS = 7
STALE_STEPS = 5


class Refused(Exception):
    """Why no forecast is made."""

    def __init__(self, refusal: str, reasons: tuple[str, ...]) -> None:
        super().__init__(refusal)
        self.refusal, self.reasons = refusal, reasons


@transaction.atomic
def forecast_now(*, sensor: Sensor, wish: Wish, at: datetime) -> Forecast:
    """Return the kept forecast or make one at once."""
    kept = kept_forecast(sensor=sensor, wish=wish, at=at)
    return kept or make_forecast(forecast=open_forecast(sensor=sensor, wish=wish, at=at)[0], at=at)


@transaction.atomic
def make_forecast(*, forecast: Forecast, at: datetime) -> Forecast:
    """Fill in what a waiting row asks for, once: its lock lets a second worker find it done."""
    own = Forecast.objects.select_for_update().get(pk=forecast.pk)
    if own.state != Forecast.State.WAITING:
        return own
    try:
        _fill_in(own, at)
    except Refused as refused:
        own.state, own.refusal, own.reasons = Forecast.State.REFUSED, refused.refusal, list(refused.reasons)
    own.made_at = at
    own.expires_at = at + (SHORTEST_LIFE if own.state == Forecast.State.REFUSED else own.wish.life)
    own.save()
    return own


def _fill_in(forecast: Forecast, at: datetime) -> None:
    sensor, wish = forecast.sensor, forecast.wish
    _check_sensor(sensor)
    rows, starts_at, notes = _history(sensor, wish, at)
    forecast.history_steps = len(rows.values)
    history = History(rows.values[:, None], wish.horizon_steps, rows.season, 60.0 * wish.cadence_minutes)
    try:
        outlook = look_ahead(history)
    except TooShort as short:
        raise _too_short(short.have, short.need, starts_at, wish) from short
    forecast.state = Forecast.State.READY
    forecast.starts_at, forecast.method = starts_at, outlook.method
    forecast.reasons = [*outlook.reasons, *rows.notes, *notes]
    _write(forecast, outlook)


def _check_sensor(sensor: Sensor) -> None:
    troubles = Alert.objects.filter(subject_sensor=sensor, cause__in=Alert.SENSOR_TROUBLE).open().visible()
    trouble = troubles.order_by("-started_at").first()
    if trouble:
        words = f"Its readings cannot be trusted: {trouble.get_cause_display()}."
        raise Refused(Forecast.Refusal.SENSOR_BAD, (words, trouble.summary))


def _history(sensor: Sensor, wish: Wish, at: datetime) -> tuple[Regular, datetime, list[str]]:
    """Return the newest regular rows, when the next step begins, and what to say of their age."""
    width = wish.step
    summary = getattr(sensor, "summary", None)
    newest = summary and summary.last_reading_at
    if newest is None:
        raise Refused(Forecast.Refusal.NOT_ENOUGH_DATA, ("It has no readings yet.",))
    end = min(floor(at, width), floor(newest, width) + width)
    buckets = load_buckets(sensor, end - wish.history_window * width, end, width)
    if not buckets:
        raise _too_short(0, fewest_rows(wish.horizon_steps), end, wish)
    places = np.array([(bucket.timestamp - ORIGIN) // width for bucket in buckets])
    rows = regular(places, np.array([bucket.avg for bucket in buckets]), 60 * wish.cadence_minutes)
    starts_at = ORIGIN + (rows.last + 1) * width
    return rows, starts_at, _age(starts_at, at, wish)


def _age(starts_at: datetime, at: datetime, wish: Wish) -> list[str]:
    late = at - starts_at
    if late >= wish.reach:
        words = f"There is no reading since {starts_at:%F %H:%M} UTC: the forecast would lie in the past."
        raise Refused(Forecast.Refusal.NOT_ENOUGH_DATA, (words,))
    steps = late // wish.step
    if steps < STALE_STEPS:
        return []
    return [f"The newest reading is {steps} steps old: the forecast begins where the readings end."]


def _too_short(have: int, need: int, ends_at: datetime, wish: Wish) -> Refused:
    enough_at = ends_at + (need - have) * wish.step
    reasons = (
        f"The next {_span(wish.reach)} take {_span(need * wish.step)} of readings without a long gap;"
        f" there are {_span(have * wish.step)}.",
        f"That will be enough at {enough_at:%F %H:%M} UTC, if readings go on. A shorter horizon takes less.",
    )
    return Refused(Forecast.Refusal.NOT_ENOUGH_DATA, reasons)


def _span(length: timedelta) -> str:
    hours = length / timedelta(hours=1)
    return f"{hours / 24:.3g} days" if hours >= 48 else f"{hours:.3g} h"


def _write(forecast: Forecast, outlook: Outlook) -> None:
    rows = np.column_stack([outlook.values, outlook.low, outlook.high])
    forecast.steps = [[float(f"{value:.{DIGITS}g}") for value in row] for row in rows]
    limits = {"lower": forecast.sensor.lower_limit, "upper": forecast.sensor.upper_limit}
    forecast.crossings = [as_json(one) for one in crossings(forecast.times(), forecast.steps, **limits)]
    forecast.back_test = [
        _told(outlook.test, one, outlook.method) for one in outlook.test.candidates.values()
    ]


def _told(test: BackTest, one: Candidate, chosen: str) -> dict[str, Any]:
    """Return a method's figures: root mean square and mean absolute error, in the sensor's unit."""
    row: dict[str, Any] = {"method": one.name, "chosen": one.name == chosen, "refusal": one.refusal}
    figures: dict[str, Any] = {"rmse": None, "mae": None, "beside_naive": None, "origins": 0}
    if not one.refusal:
        figures = {
            "rmse": one.mse(0) ** 0.5,
            "mae": one.mae(0),
            "beside_naive": test.beside_naive(one),
            "origins": int(np.isfinite(one.squared(0)).sum()),
        }
    return {**row, **figures}
