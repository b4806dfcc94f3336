"""Pages of machines and sensors, and the data of their charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from anomalies.bands import learners, learning_progress, normal_band
from anomalies.models import Alert
from maintenance.models import FailureEstimate, MaintenanceTask
from reports.charts import MOST_PANELS, alert_figure, asset_figure, sensor_figure, span_around
from reports.episodes import Figure
from reports.forecast_chart import add_cones, kept_forecasts
from reports.plant import judge, open_alerts
from reports.spans import DEFAULT, RANGES, Span, read_span
from reports.tree import ancestors, health_of_area, plant_rows
from sensors.models import Asset, Sensor
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.scopes import DATA_READ

LATEST = 8


def _assets(request: PageRequest) -> QuerySet[Asset]:
    return Asset.objects.filter(organization=request.caller.organization).select_related("site", "parent")


def _sensors(request: PageRequest) -> QuerySet[Sensor]:
    rows = Sensor.objects.filter(organization=request.caller.organization)
    return rows.select_related("asset", "asset__site", "summary")


@require_safe
@page(DATA_READ)
def asset_list(request: PageRequest) -> HttpResponse:
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    context = {"sites": plant_rows(request.caller.organization, words), "words": words}
    part = "#list" if request.htmx else ""
    return render(request, f"reports/asset_list.html{part}", context)


@require_safe
@page(DATA_READ)
def asset_detail(request: PageRequest, pk: int) -> HttpResponse:
    asset = get_object_or_404(_assets(request), pk=pk)
    sensors = list(_sensors(request).filter(asset=asset).order_by("kind", "code"))
    alerts = open_alerts(request.caller.organization, asset)[asset.pk]
    measured = any(_newest([sensor]) for sensor in sensors)
    context = {
        "asset": asset,
        "above": ancestors(asset),
        "children": _assets(request).filter(parent=asset).order_by("name"),
        "sensors": sensors,
        "alerts": alerts,
        "learners": learners([sensor for sensor in sensors if sensor.enabled]),
        "prediction": next((p for alert in alerts if (p := getattr(alert, "prediction", None))), None),
        "health": judge(alerts, measured=measured) if sensors or alerts else health_of_area(asset),
        "estimate": _estimate(request, asset),
        "work": _work(request, asset),
        "past": _past_alerts(request, asset),
        **_ranges(request),
    }
    part = "#beside" if request.htmx else ""
    return render(request, f"reports/asset_detail.html{part}", context)


def _estimate(request: PageRequest, asset: Asset) -> FailureEstimate | None:
    estimates = FailureEstimate.objects.filter(organization=request.caller.organization, asset=asset)
    return estimates.current(timezone.now()).select_related("version").first()


def _work(request: PageRequest, asset: Asset) -> QuerySet[MaintenanceTask]:
    tasks = MaintenanceTask.objects.filter(organization=request.caller.organization, asset=asset)
    return tasks.active().with_context().order_by("period")[:LATEST]


def _past_alerts(request: PageRequest, asset: Asset) -> QuerySet[Alert]:
    alerts = Alert.objects.filter(organization=request.caller.organization).for_asset(asset).visible()
    return alerts.filter(state=Alert.State.NORMAL).order_by("-started_at")[:LATEST]


def _ranges(request: PageRequest) -> dict[str, Any]:
    chosen = request.GET.get("range", DEFAULT)
    return {
        "ranges": [(key, label) for key, (label, _) in RANGES.items()],
        "chosen": chosen if chosen in RANGES else DEFAULT,
    }


@require_safe
@page(DATA_READ)
def sensor_detail(request: PageRequest, pk: int) -> HttpResponse:
    sensor = get_object_or_404(_sensors(request), pk=pk)
    newest = _newest([sensor])
    band = normal_band(sensor, [newest]) if newest else None
    seen, needed = learning_progress(sensor)
    context = {
        "sensor": sensor,
        "above": [*ancestors(sensor.asset), sensor.asset],
        "summary": getattr(sensor, "summary", None),
        "stale": getattr(sensor, "stale", None),
        "normal": (band[0][0], band[1][0]) if band else None,
        "seen": seen,
        "needed": needed,
        "missing": max(0, needed - seen),
        "baseline": sensor.baselines.order_by("-at").first(),
        "alerts": _alerts_of(request, sensor),
        **_ranges(request),
    }
    part = "#beside" if request.htmx else ""
    return render(request, f"reports/sensor_detail.html{part}", context)


def _alerts_of(request: PageRequest, sensor: Sensor) -> QuerySet[Alert]:
    alerts = Alert.objects.filter(organization=request.caller.organization).visible()
    return alerts.of_sensor(sensor).order_by("-started_at")[:LATEST]


@require_safe
@page(DATA_READ)
def sensor_chart(request: PageRequest, pk: int) -> JsonResponse:
    sensor = get_object_or_404(_sensors(request), pk=pk)
    span = read_span(request.GET, timezone.now(), _newest([sensor]))
    return _answer(_with_cones(sensor_figure(sensor, span), [sensor], span), span)


@require_safe
@page(DATA_READ)
def asset_chart(request: PageRequest, pk: int) -> JsonResponse:
    asset = get_object_or_404(_assets(request), pk=pk)
    sensors = list(_sensors(request).filter(asset=asset).order_by("kind", "code"))
    span = read_span(request.GET, timezone.now(), _newest(sensors))
    return _answer(_with_cones(asset_figure(asset, sensors, span), sensors[:MOST_PANELS], span), span)


def _with_cones(figure: Figure, sensors: Sequence[Sensor], span: Span) -> Figure:
    """Add the forecasts that hold, but where the person zoomed."""
    if not span.name:
        return figure
    kept = kept_forecasts(sensors, timezone.now())
    return add_cones(figure, [kept.get(sensor.pk) for sensor in sensors], span)


@require_safe
@page(DATA_READ)
def alert_chart(request: PageRequest, pk: int) -> JsonResponse:
    alerts = Alert.objects.filter(organization=request.caller.organization)
    alert = get_object_or_404(alerts.with_context(), pk=pk)
    moved = [row.sensor for row in sorted(alert.alert_sensors.all(), key=lambda row: -row.share)]
    sensors = moved or [sensor for sensor in [alert.subject_sensor] if sensor]
    zoomed = read_span(request.GET, timezone.now(), None) if "from" in request.GET else None
    span = zoomed if zoomed and not zoomed.name else span_around(alert)
    return _answer(alert_figure(alert, sensors, span), span)


def _newest(sensors: Sequence[Sensor]) -> datetime | None:
    summaries = [sensor.summary for sensor in sensors if hasattr(sensor, "summary")]
    return max((row.last_reading_at for row in summaries if row.last_reading_at), default=None)


def _answer(figure: Figure, span: Span) -> JsonResponse:
    empty = not any(value is not None for trace in figure["data"][1:] for value in trace["y"])
    return JsonResponse({"figure": figure, "range": span.name, "empty": empty})
