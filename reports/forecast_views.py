"""The forecast of a sensor: its cone, when a limit is likely met, and how the method was chosen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from maintenance.horizons import Horizon, horizons, pick
from maintenance.models import Forecast
from maintenance.models.forecasts import ForecastQuerySet
from maintenance.services.forecasting import GIVEN_UP, past_of, request_forecast
from reports.forecast_chart import forecast_figure
from reports.spans import read_span
from reports.tree import ancestors
from sensors.models import Sensor
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.scopes import DATA_READ, MAINTENANCE_READ


def _sensors(request: PageRequest) -> QuerySet[Sensor]:
    rows = Sensor.objects.filter(organization=request.caller.organization)
    return rows.select_related("asset", "asset__site", "summary")


def _offered(sensor: Sensor, at: datetime) -> list[Horizon]:
    return horizons(past_of(sensor), at)


@require_safe
@page(DATA_READ)
def sensor_forecast(request: PageRequest, pk: int) -> HttpResponse:
    sensor, at = get_object_or_404(_sensors(request), pk=pk), timezone.now()
    offered, name = _offered(sensor, at), request.GET.get("horizon", "")
    chosen = pick(offered, name)
    rows = Forecast.objects.like(sensor, chosen.wish) if chosen else Forecast.objects.none()
    waiting = rows.waiting().filter(asked_at__gt=at - GIVEN_UP).exists()
    if request.htmx and not waiting:
        return HttpResponseClientRefresh()
    context = {
        "sensor": sensor,
        "above": [*ancestors(sensor.asset), sensor.asset],
        "offered": offered,
        "chosen": chosen,
        "shorter": chosen and not chosen.is_open and pick(offered, ""),
        "waiting": waiting,
        **_newest(rows, at),
    }
    part = "#progress" if request.htmx else ""
    return render(request, f"reports/sensor_forecast.html{part}", context)


def _newest(rows: ForecastQuerySet, at: datetime) -> dict[str, Any]:
    """Return the newest forecast, whether it holds, and its end: when, value, low and high."""
    forecast = rows.made().order_by("-made_at").first()
    if forecast is None:
        return {"forecast": None}
    kept = {"forecast": forecast, "holds": bool(forecast.expires_at and forecast.expires_at > at)}
    if not forecast.steps:
        return kept
    value, low, high = forecast.steps[-1]
    return {**kept, "end_at": forecast.times()[-1], "end_value": value, "end_low": low, "end_high": high}


@require_POST
@page(MAINTENANCE_READ)
def sensor_forecast_request(request: PageRequest, pk: int) -> HttpResponse:
    """Ask for a forecast; the kept one answers while it holds."""
    sensor = get_object_or_404(_sensors(request), pk=pk)
    at = timezone.now()
    chosen = pick(_offered(sensor, at), request.POST.get("horizon", ""))
    if chosen:
        request_forecast(sensor=sensor, wish=chosen.wish, at=at)
    return redirect(f"{reverse('sensor-forecast', args=[sensor.pk])}?horizon={chosen.name if chosen else ''}")


@require_safe
@page(DATA_READ)
def forecast_chart(request: PageRequest, pk: int) -> JsonResponse:
    ready = Forecast.objects.filter(
        organization=request.caller.organization, state=Forecast.State.READY
    ).select_related("sensor__asset")
    forecast = get_object_or_404(ready, pk=pk)
    asked = read_span(request.GET, timezone.now(), None) if "from" in request.GET else None
    zoomed = asked if asked and not asked.name else None
    return JsonResponse({"figure": forecast_figure(forecast, zoomed), "range": "", "empty": False})
