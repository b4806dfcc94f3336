"""What a sensor is compared with: its normal, without what was a fault."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from anomalies.models import Alert, Baseline
from mlops.drift.planning import Stretch
from sensors.models import Reading, Sensor


def normal_since(sensor: Sensor) -> datetime | None:
    """Return when its normal began: when it was last learnt anew, else its first reading that is kept."""
    chosen = Baseline.objects.filter(sensor=sensor).order_by("-at").values_list("at", flat=True).first()
    readings = Reading.objects.filter(sensor=sensor).between(chosen, None).order_by("measured_at")
    return readings.values_list("measured_at", flat=True).first() or chosen


def faults_of(sensors: Sequence[Sensor], stretch: Stretch) -> list[Stretch]:
    """Return when these sensors' machines had confirmed trouble within the stretch."""
    alerts = Alert.objects.filter(
        organization__in={sensor.organization_id for sensor in sensors},
        asset__in={sensor.asset_id for sensor in sensors},
        verdict=Alert.Verdict.CONFIRMED,
    )
    spans = alerts.overlapping(stretch.since, stretch.until).values_list("started_at", "ended_at")
    ends = ((since, until or stretch.until) for since, until in spans)
    return [Stretch(since, until) for since, until in ends if since < until]


def has_open_alarm(sensors: Sequence[Sensor]) -> bool:
    assets = {sensor.asset_id for sensor in sensors}
    return Alert.objects.filter(asset__in=assets, verdict=Alert.Verdict.CONFIRMED).paging().exists()
