"""`sensors/waveforms`: the snippets that are kept, to look at what raised an alert."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sensors.api.schemas import AwareDateTimeField
from sensors.models import Waveform
from sensors.waveforms.display import Line, envelope_spectrum, over_time, spectrum
from sensors.waveforms.keeping import unpack
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.pagination import PAGE_PARAMETERS, page_schema, paginated
from smartmaint.accounts.scopes import DATA_READ


class WaveformQuery(serializers.Serializer[Any]):
    sensor_id = serializers.CharField(required=False, help_text="Only what this sensor sent.")


class KeptWaveform(serializers.ModelSerializer[Waveform]):
    sensor_id = serializers.CharField(source="sensor_code")
    timestamp = AwareDateTimeField(source="measured_at")

    class Meta:
        model = Waveform
        fields = [
            "id",
            "sensor_id",
            "timestamp",
            "kind",
            "unit",
            "sampling_rate",
            "sample_count",
            "shaft_speed",
            "fault_frequencies",
        ]


class LineOut(serializers.Serializer[Any]):
    x = serializers.ListField(child=serializers.FloatField(), help_text="Seconds, or Hz.")
    y = serializers.ListField(child=serializers.FloatField(), help_text="In the signal's unit.")


class DrawnWaveform(KeptWaveform):
    waveform = LineOut(read_only=True)
    spectrum = LineOut(read_only=True)
    envelope_spectrum = LineOut(read_only=True)

    class Meta(KeptWaveform.Meta):
        fields = [*KeptWaveform.Meta.fields, "waveform", "spectrum", "envelope_spectrum"]


def _own(request: Request) -> QuerySet[Waveform]:
    return Waveform.objects.filter(organization=caller_of(request).organization)


@extend_schema(
    operation_id="list_waveforms",
    parameters=[WaveformQuery, *PAGE_PARAMETERS],
    responses=page_schema("WaveformPage", KeptWaveform),
    tags=["sensors"],
)
@endpoint(GET=DATA_READ)
def list_waveforms(request: Request) -> Response:
    """List the snippets that are kept, newest first."""
    query = WaveformQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    rows = _own(request).defer("packed")
    if code := query.validated_data.get("sensor_id"):
        rows = rows.filter(sensor_code=code)
    return paginated(request, rows, lambda row: KeptWaveform(row).data, ordering="-measured_at")


@extend_schema(operation_id="read_waveform", responses=DrawnWaveform, tags=["sensors"])
@endpoint(GET=DATA_READ)
def read_waveform(request: Request, waveform_id: int) -> Response:
    """Read a snippet to draw: over time, its spectrum and that of its envelope, 2,000 points each at most."""
    row = get_object_or_404(_own(request), pk=waveform_id)
    signal, rate = unpack(bytes(row.packed)), row.sampling_rate
    band = (row.envelope_low, row.envelope_high)
    lines = {
        "waveform": over_time(signal, rate),
        "spectrum": spectrum(signal, rate),
        "envelope_spectrum": envelope_spectrum(signal, rate, band),
    }
    drawn = {name: _points(line) for name, line in lines.items()}
    return Response({**KeptWaveform(row).data, **drawn})


def _points(line: Line) -> dict[str, list[float]]:
    return {"x": line.x.tolist(), "y": line.y.tolist()}
