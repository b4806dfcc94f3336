"""What detection knows of the sensors of one batch of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from anomalies.arrivals import Arrivals
from anomalies.detection.scan import Moment
from anomalies.detection_settings import InForce, settings_in_force
from anomalies.sensor_states import load_kept, records
from mlops.detectors.episodes import Kind
from mlops.detectors.sensor import Limits
from mlops.detectors.window import States
from mlops.states import Kept
from sensors.models import Sensor


@dataclass(frozen=True)
class Watch:
    """The sensors of one batch, with what is known of them; lists and states share their order."""

    organization_id: int
    sensors: list[Sensor]
    kept: dict[int, Kept]
    states: States
    arrivals: Arrivals
    at: datetime
    in_force: InForce

    def seen_until(self, sensor: Sensor) -> datetime | None:
        """Return the newest reading that the sensor's state had heard before this batch."""
        known = self.kept.get(sensor.pk)
        return known.seen_until if known else None


def open_watch(organization_id: int, arrivals: Arrivals, at: datetime) -> Watch:
    rows = Sensor.objects.filter(organization=organization_id, pk__in=arrivals.spans, enabled=True)
    sensors = list(rows.select_related("asset__site").order_by("pk"))
    ids = [sensor.pk for sensor in sensors]
    kept = load_kept(organization_id, ids)
    in_force = settings_in_force(organization_id, sensors, at)
    return Watch(organization_id, sensors, kept, records(ids, kept), arrivals, at, in_force)


def limits_of(sensors: Sequence[Sensor]) -> Limits:
    return Limits(
        np.array([-np.inf if one.lower_limit is None else one.lower_limit for one in sensors]),
        np.array([np.inf if one.upper_limit is None else one.upper_limit for one in sensors]),
    )


def believable(watch: Watch, moments: list[Moment]) -> list[Moment]:
    """Hold back what a sensor with a jumping clock says of its machine."""
    doubtful = watch.states["clock_jumps"]
    return [moment for moment in moments if moment.kind == Kind.STUCK or not doubtful[moment.sensor]]
