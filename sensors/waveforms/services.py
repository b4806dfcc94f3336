"""From a request to readings of feature channels, which are stored and judged as any others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from sensors.incoming import IncomingReading
from sensors.models import Asset, Bearing, Reading, Waveform
from sensors.quality import asset_code_of
from sensors.services import StoreResult, store_readings
from sensors.waveforms.bearings import FASTEST, Geometry
from sensors.waveforms.channels import Channel, Skipped, Snippet, compute_channels, find_frequencies
from sensors.waveforms.keeping import keep_waveforms, pack
from sensors.waveforms.requests import Sent, WaveformRequest
from sensors.waveforms.spectra import Signal
from smartmaint.accounts.models import Organization

SPEED_HOLDS = timedelta(minutes=10)
TO_RPM = {"": 1.0, "rpm": 1.0, "1/min": 1.0, "min-1": 1.0, "r/min": 1.0, "Hz": 60.0, "rps": 60.0, "1/s": 60.0}
TO_RPM |= {"rad/s": 9.549296585513721}


@dataclass(frozen=True)
class Heard:
    """One signal of a request: the code it goes by, and what was computed of it."""

    code: str
    snippet: Snippet
    channels: list[Channel]
    skipped: list[Skipped]


@dataclass(frozen=True)
class Analysis:
    """What a request comes to, before anything is stored."""

    request: WaveformRequest
    asset_code: str
    measured_at: datetime
    heard: list[Heard]

    @property
    def code(self) -> str:
        return self.request.sensor_id

    @property
    def snippet(self) -> Snippet:
        return self.heard[0].snippet

    @property
    def readings(self) -> list[IncomingReading]:
        """Return the channels in order, each a reading of a sensor called after it."""
        return [
            IncomingReading(
                sensor_id=f"{heard.code}.{channel.name}",
                value=channel.value,
                timestamp=self.measured_at,
                sensor_type=f"{self.request.kind} {channel.name.replace('_', ' ')}",
                unit=channel.unit,
                quality=self.request.quality,
                metadata={"asset": self.asset_code},
            )
            for heard in self.heard
            for channel in heard.channels
        ]


def analyse(*, organization: Organization, sent: Sent, at: datetime) -> Analysis:
    """Compute the channels of each signal; nothing is stored.

    Raises:
        BadWaveform: no bearing can be as the request says.
    """
    request, count = sent.request, len(sent.signals)
    measured_at = request.timestamp or at - timedelta(seconds=sent.signals.shape[1] / sent.rate)
    asset_code = _asset_code(organization, request)
    bearing = Bearing.objects.filter(asset__organization=organization, asset__code=asset_code).first()
    geometry = request.geometry or (_geometry(bearing) if bearing else None)
    speed = request.shaft_speed or (_speed(bearing, measured_at) if bearing else None)
    heard = []
    for number, samples in enumerate(sent.signals, 1):
        code = request.sensor_id if count == 1 else f"{request.sensor_id}.ch{number}"
        snippet = _snippet(request, samples, sent.rate, geometry, speed)
        heard.append(Heard(code, snippet, *compute_channels(snippet)))
    return Analysis(request, asset_code, measured_at, heard)


def _asset_code(organization: Organization, request: WaveformRequest) -> str:
    """Return the machine of the channels that are known, else the one that the request names or implies."""
    codes = [request.sensor_id, f"{request.sensor_id}.rms", f"{request.sensor_id}.ch1.rms"]
    known = Asset.objects.filter(organization=organization, sensors__code__in=codes)
    first = known.values_list("code", flat=True).first()
    plain = IncomingReading(sensor_id=request.sensor_id, value=0, metadata=request.metadata)
    return first or asset_code_of(plain)


def _geometry(bearing: Bearing) -> Geometry:
    return Geometry(
        bearing.rolling_elements, bearing.ball_diameter, bearing.pitch_diameter, bearing.contact_angle
    )


def _speed(bearing: Bearing, measured_at: datetime) -> float | None:
    """Return the shaft's speed in rpm: what its sensor said last in the ten minutes before, else the nominal
    one."""
    sensor = bearing.speed_sensor
    factor = TO_RPM.get(sensor.unit) if sensor else None
    if sensor is None or factor is None:
        return bearing.shaft_speed
    held = Q(measured_at__gt=measured_at - SPEED_HOLDS, measured_at__lte=measured_at)
    newest = Reading.objects.filter(held, sensor=sensor).order_by("-measured_at").first()
    if newest is None:
        return bearing.shaft_speed
    return min(abs(newest.value) * factor, FASTEST)


def _snippet(
    request: WaveformRequest, samples: Signal, rate: float, geometry: Geometry | None, speed: float | None
) -> Snippet:
    return Snippet(
        samples,
        rate,
        unit=request.unit,
        kind=request.kind,
        bands=request.bands,
        envelope_band=request.envelope_band,
        geometry=geometry,
        shaft_speed=speed,
    )


@transaction.atomic
def store_analysis(*, organization: Organization, analysis: Analysis, at: datetime) -> StoreResult:
    """Store the channels' values as readings at the first sample's time; keep the snippets if any is new."""
    result = store_readings(
        organization=organization,
        readings=analysis.readings,
        at=at,
        correlation_id=analysis.request.correlation_id,
        source="waveforms",
    )
    if result.accepted:
        waveforms = [_waveform(organization, analysis, heard) for heard in analysis.heard]
        keep_waveforms(organization=organization, waveforms=waveforms)
    return result


def _waveform(organization: Organization, analysis: Analysis, heard: Heard) -> Waveform:
    snippet = heard.snippet
    low, high = snippet.reached_band
    return Waveform(
        organization=organization,
        sensor_code=heard.code,
        measured_at=analysis.measured_at,
        kind=snippet.kind,
        unit=snippet.unit,
        sampling_rate=snippet.rate,
        sample_count=len(snippet.samples),
        shaft_speed=snippet.shaft_speed,
        fault_frequencies=find_frequencies(snippet),
        envelope_low=low,
        envelope_high=high,
        packed=pack(snippet.samples),
    )


@transaction.atomic
def keep_bearing(*, asset: Asset, values: Mapping[str, Any]) -> Bearing:
    """Set the asset's bearing; what `values` does not name is as of a new one."""
    bearing = Bearing(asset=asset, **values)
    Bearing.objects.filter(asset=asset).delete()
    bearing.save(force_insert=True)
    return bearing


@transaction.atomic
def remove_bearing(*, asset: Asset) -> None:
    Bearing.objects.filter(asset=asset).delete()
