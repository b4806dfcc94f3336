"""The forecast of a sensor: its cone, when a limit is likely met, and how the method was chosen."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from maintenance.models import Forecast
from maintenance.outlook import CHOICES, DEFAULT_CHOICE
from maintenance.services.forecasting import GIVEN_UP, request_forecast
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


def _choice(name: str) -> str:
    return name if name in CHOICES else DEFAULT_CHOICE


@require_safe
@page(DATA_READ)
def sensor_forecast(request: PageRequest, pk: int) -> HttpResponse:
    sensor = get_object_or_404(_sensors(request), pk=pk)
    chosen, at = _choice(request.GET.get("horizon", "")), timezone.now()
    rows = Forecast.objects.like(sensor, CHOICES[chosen][1])
    waiting = rows.waiting().filter(asked_at__gt=at - GIVEN_UP).exists()
    if request.htmx and not waiting:
        return HttpResponseClientRefresh()
    forecast = rows.made().order_by("-made_at").first()
    context = {
        "sensor": sensor,
        "above": [*ancestors(sensor.asset), sensor.asset],
        "choices": [(name, words) for name, (words, _) in CHOICES.items()],
        "chosen": chosen,
        "words": CHOICES[chosen][0],
        "waiting": waiting,
        "forecast": forecast,
        "holds": bool(forecast and forecast.expires_at and forecast.expires_at > at),
        **(_last(forecast) if forecast else {}),
    }
    part = "#progress" if request.htmx else ""
    return render(request, f"reports/sensor_forecast.html{part}", context)


def _last(forecast: Forecast) -> dict[str, Any]:
    """Return the end of the forecast: when, value, low and high."""
    if not forecast.steps:
        return {}
    value, low, high = forecast.steps[-1]
    return {"end_at": forecast.times()[-1], "end_value": value, "end_low": low, "end_high": high}


@require_POST
@page(MAINTENANCE_READ)
def sensor_forecast_request(request: PageRequest, pk: int) -> HttpResponse:
    """Ask for a forecast; the kept one answers while it holds."""
    sensor = get_object_or_404(_sensors(request), pk=pk)
    chosen = _choice(request.POST.get("horizon", ""))
    request_forecast(sensor=sensor, wish=CHOICES[chosen][1], at=timezone.now())
    return redirect(f"{reverse('sensor-forecast', args=[sensor.pk])}?horizon={chosen}")


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
