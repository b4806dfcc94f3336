"""What detection learnt from people, on the pages of machines and alarms."""

from __future__ import annotations

from collections import defaultdict

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from anomalies.adaptation import FORGOTTEN
from anomalies.cases import similar_cases
from anomalies.choices import chosen_for
from anomalies.detection_settings import DAY, offsets_of, steps_of
from anomalies.models import Alert, ThresholdStep
from anomalies.replay_forms import MissedForm
from anomalies.services import report_missed, undo_step
from sensors.models import Asset, Sensor
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.scopes import ALERTS_WRITE, DATA_READ, TASKS_UPDATE

SHOWN = 20
SEEN = 0.005


def _asset(request: PageRequest, pk: int) -> Asset:
    rows = Asset.objects.filter(organization=request.caller.organization).select_related("site")
    return get_object_or_404(rows, pk=pk)


@require_safe
@page(DATA_READ)
def asset_learning(request: PageRequest, pk: int) -> HttpResponse:
    """Show by which settings a machine is judged, and what findings moved."""
    return _learning(request, _asset(request, pk))


def _learning(
    request: PageRequest, asset: Asset, form: MissedForm | None = None, *, status: int = 200
) -> HttpResponse:
    at = timezone.now()
    sensors = list(Sensor.objects.filter(asset=asset, enabled=True).order_by("pk"))
    offsets = offsets_of(sensors, steps_of([asset.pk], at), at)
    steps = ThresholdStep.objects.filter(asset=asset, at__gt=at - FORGOTTEN * DAY).select_related("sensor")
    context = {
        "asset": asset,
        "sensors": sensors,
        "wish": chosen_for(asset.organization_id, [asset.pk])[asset.pk].wish.words,
        "moved": _moved(sensors, offsets),
        "steps": steps.order_by("-at", "-pk")[:SHOWN],
        "form": form or MissedForm(asset=asset),
    }
    return render(request, "anomalies/asset_learning.html", context, status=status)


def _moved(sensors: list[Sensor], offsets: list[float]) -> list[tuple[list[Sensor], bool, float]]:
    """Return the sensors whose thresholds moved alike, whether these ask for more, and by how many times."""
    alike: dict[float, list[Sensor]] = defaultdict(list)
    for sensor, offset in zip(sensors, offsets, strict=True):
        if abs(offset) >= SEEN:
            alike[round(offset, 2)].append(sensor)
    return [(some, offset > 0, 10 ** abs(offset)) for offset, some in alike.items()]


@require_POST
@page(TASKS_UPDATE)
def asset_missed(request: PageRequest, pk: int) -> HttpResponse:
    """Take the report of a failure that nothing announced."""
    asset, at = _asset(request, pk), timezone.now()
    form = MissedForm(request.POST, asset=asset)
    with timezone.override(asset.site.zone):  # what people type is the plant's time
        valid = form.is_valid()
    if not valid:
        return _learning(request, asset, form, status=422)
    said = form.cleaned_data
    report_missed(
        asset=asset,
        by=request.caller,
        found_at=said["found_at"] or at,
        at=at,
        failure_mode=said["failure_mode"],
        notes=said["notes"],
    )
    if not request.htmx:
        return redirect("asset-detail", pk)
    return trigger_client_event(_learning(request, asset), "toast", {"text": "Noted: it counts as missed."})


@require_POST
@page(ALERTS_WRITE)
def threshold_step_undo(request: PageRequest, pk: int) -> HttpResponse:
    """Take a threshold's move back."""
    rows = ThresholdStep.objects.filter(organization=request.caller.organization)
    step = undo_step(step=get_object_or_404(rows, pk=pk), by=request.caller, at=timezone.now())
    if not request.htmx:
        return redirect("asset-detail", step.asset_id)
    return trigger_client_event(
        _learning(request, _asset(request, step.asset_id)), "toast", {"text": "Taken back."}
    )


@require_safe
@page(DATA_READ)
def alert_similar(request: PageRequest, pk: int) -> HttpResponse:
    """Show past cases like the alarm: what it was and what was done."""
    rows = Alert.objects.filter(organization=request.caller.organization).select_related("asset__site")
    alert = get_object_or_404(rows, pk=pk)
    context = {"alert": alert, "similar": similar_cases(alert)}
    return render(request, "anomalies/alert_similar.html", context)
