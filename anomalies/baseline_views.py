"""A new normal for a sensor, or for all sensors of a machine: asked for on their pages."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from anomalies.forms import BaselineForm
from anomalies.services.baselines import restart_baseline
from sensors.models import Asset, Sensor
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.scopes import ALERTS_WRITE


@require_POST
@page(ALERTS_WRITE)
def sensor_baseline_restart(request: PageRequest, pk: int) -> HttpResponse:
    """Learn the sensor anew from now on."""
    rows = Sensor.objects.filter(organization=request.caller.organization)
    sensor = get_object_or_404(rows.select_related("asset__site"), pk=pk)
    return _restart(request, [sensor]) or redirect("sensor-detail", pk)


@require_POST
@page(ALERTS_WRITE)
def asset_baseline_restart(request: PageRequest, pk: int) -> HttpResponse:
    """Learn all sensors of the machine anew from now on."""
    asset = get_object_or_404(Asset, organization=request.caller.organization, pk=pk)
    sensors = list(Sensor.objects.filter(asset=asset).select_related("asset__site"))
    return _restart(request, sensors) or redirect("asset-detail", pk)


def _restart(request: PageRequest, sensors: list[Sensor]) -> HttpResponse | None:
    """Return what is wrong, if anything is."""
    form = BaselineForm(request.POST)
    if not form.is_valid() or not sensors:
        words = [*form.errors.get("reason", []), *([] if sensors else ["It has no sensor to learn anew."])]
        return HttpResponse(f"reason: {' '.join(words)}", status=422, content_type="text/plain")
    restart_baseline(
        organization_id=request.caller.organization.pk,
        sensors=sensors,
        actor=request.caller.name,
        reason=form.cleaned_data["reason"],
        at=timezone.now(),
    )
    return None
