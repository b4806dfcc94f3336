"""The page of exports: choose machines or sensors, a range, a form; keep the file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sensors.models import Asset, Sensor
from sensors.transfers.encoding import FORMATS
from sensors.transfers.exporting import Wish, stream_export
from sensors.zones import shared_zone
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.models import Organization
from smartmaint.accounts.pages import page
from smartmaint.accounts.scopes import DATA_READ

RESOLUTIONS = (("raw", "each reading"), ("1h", "hours: mean, least, greatest"), ("1d", "days of UTC"))
FORMAT_WORDS = {"csv": "CSV", "csv.gz": "CSV, packed", "parquet": "Parquet"}
SHOWN_DAYS = 7


class ExportForm(forms.Form):
    """Machines and sensors must be the organization's; days are those of the plant's time zone."""

    asset = forms.ModelMultipleChoiceField(Asset.objects.none(), required=False)
    sensor = forms.ModelMultipleChoiceField(Sensor.objects.none(), required=False)
    first = forms.DateField(required=False, label="From")
    last = forms.DateField(required=False, label="To, included")
    resolution = forms.ChoiceField(choices=RESOLUTIONS, initial="raw")
    format = forms.ChoiceField(choices=[(form, FORMAT_WORDS[form]) for form in FORMATS], initial="csv")

    def __init__(self, organization: Organization, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.organization = organization
        self.zone = ZoneInfo(shared_zone(organization) or "UTC")
        for name, model in (("asset", Asset), ("sensor", Sensor)):
            field: Any = self.fields[name]
            field.queryset = model.objects.filter(organization=organization)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", "The end is before the start.")
        return data

    def wish(self) -> Wish:
        """Return what is asked for; call it where the form is valid."""
        data = self.cleaned_data
        return Wish(
            self.organization,
            sensors=tuple(sensor.pk for sensor in data["sensor"]),
            assets=tuple(asset.pk for asset in data["asset"]),
            start=self._midnight("first"),
            end=self._midnight("last", days=1),
            resolution=data["resolution"],
            form=data["format"],
        )

    def _midnight(self, name: str, days: int = 0) -> datetime | None:
        """Return when that day begins in the plant, or `days` later."""
        day = self.cleaned_data[name]
        if day is None:
            return None
        try:
            later = datetime(day.year, day.month, day.day, tzinfo=self.zone) + timedelta(days=days)
            return later.astimezone(UTC)
        except OverflowError:
            return None


@require_safe
@page(DATA_READ)
def export_form(request: PageRequest) -> HttpResponse:
    """Ask what is to be exported: the last seven days, unless somebody says otherwise."""
    organization = request.caller.organization
    today = timezone.now().astimezone(ZoneInfo(shared_zone(organization) or "UTC")).date()
    first = today - timedelta(days=SHOWN_DAYS - 1)
    return _ask(request, ExportForm(organization, initial={"first": first, "last": today}))


def _ask(request: PageRequest, form: ExportForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "assets": _assets(request.caller.organization), "zone_name": form.zone.key}
    return render(request, "sensors/export_form.html", context, status=status)


def _assets(organization: Organization) -> QuerySet[Asset]:
    """Return the machines that have sensors, each with its `listed` sensors."""
    sensors = Prefetch("sensors", Sensor.objects.order_by("code"), to_attr="listed")
    rows = Asset.objects.filter(organization=organization, sensors__isnull=False)
    return rows.distinct().order_by("name", "pk").prefetch_related(sensors)


@require_safe
@page(DATA_READ)
def export_download(request: PageRequest) -> HttpResponseBase:
    """Stream the file; what was asked wrongly is asked again."""
    form = ExportForm(request.caller.organization, request.GET)
    return stream_export(request, form.wish()) if form.is_valid() else _ask(request, form, 422)
