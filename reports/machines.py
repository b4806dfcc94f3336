"""Pages of machines and sensors."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from sensors.models import Asset, Sensor
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.scopes import DATA_READ


@require_safe
@page(DATA_READ)
def asset_list(request: PageRequest) -> HttpResponse:
    assets = Asset.objects.filter(organization=request.caller.organization)
    return render(request, "reports/asset_list.html", {"assets": assets})


@require_safe
@page(DATA_READ)
def asset_detail(request: PageRequest, pk: int) -> HttpResponse:
    asset = get_object_or_404(Asset.objects.filter(organization=request.caller.organization), pk=pk)
    return render(request, "reports/asset_detail.html", {"asset": asset})


@require_safe
@page(DATA_READ)
def sensor_detail(request: PageRequest, pk: int) -> HttpResponse:
    sensor = get_object_or_404(Sensor.objects.filter(organization=request.caller.organization), pk=pk)
    return render(request, "reports/sensor_detail.html", {"sensor": sensor})
