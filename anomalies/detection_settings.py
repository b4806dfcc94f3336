"""Which settings count for which sensor now: what people chose, and what findings taught on top of it.

A batch of sensors costs three statements (see anomalies.choices and anomalies.adaptation).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count

from anomalies.adaptation import FORGOTTEN, offset
from anomalies.choices import challenger_of, champion_of, read_choices
from anomalies.detection.wishes import Wish
from anomalies.models import ThresholdStep
from mlops.detectors.settings import Settings, of_many, settings_for, together
from sensors.models import Sensor

DAY = timedelta(days=1)

Steps = Mapping[int, Sequence[ThresholdStep]]  # by asset


@dataclass(frozen=True)
class InForce:
    """What counts for the sensors of a batch, in their order; and what is on trial, by the sensor's place."""

    settings: Settings
    versions: dict[int, int | None]
    trials: dict[int, list[int]]
    trial_wishes: dict[int, Wish]
    offsets: list[float]
    counts: Mapping[int, int]


def settings_in_force(organization_id: int, sensors: Sequence[Sensor], at: datetime) -> InForce:
    """Return the settings of each sensor; an asset's settings count for all of its sensors."""
    assets = sorted({sensor.asset_id for sensor in sensors})
    kept = read_choices(organization_id, assets)
    chosen = {asset: champion_of(kept, asset) for asset in assets}
    tried = {asset: one for asset in assets if (one := challenger_of(kept, asset))}
    counts = sensors_of(assets)
    offsets = offsets_of(sensors, steps_of(assets, at), at)
    settings = settings_of(sensors, {asset: one.wish for asset, one in chosen.items()}, counts, offsets)
    trials: dict[int, list[int]] = defaultdict(list)
    for place, sensor in enumerate(sensors):
        if one := tried.get(sensor.asset_id):
            trials[one.version_id or 0].append(place)
    versions = {asset: one.version_id for asset, one in chosen.items()}
    trial_wishes = {one.version_id or 0: one.wish for one in tried.values()}
    return InForce(settings, versions, dict(trials), trial_wishes, offsets, counts)


def settings_of(
    sensors: Sequence[Sensor],
    wishes: Mapping[int, Wish],
    counts: Mapping[int, int],
    offsets: Sequence[float],
) -> Settings:
    """Return the settings of S sensors as arrays, by the wish of each one's asset."""
    return together(
        [
            sensor_settings(wishes[sensor.asset_id], sensors=counts.get(sensor.asset_id, 1), offset=moved)
            for sensor, moved in zip(sensors, offsets, strict=True)
        ]
    )


def steps_of(asset_ids: Iterable[int], at: datetime) -> Steps:
    """Return what findings taught of these assets and is not forgotten."""
    since = at - FORGOTTEN * DAY
    rows = ThresholdStep.objects.standing().filter(asset__in=list(asset_ids), at__gt=since, at__lte=at)
    by_asset: dict[int, list[ThresholdStep]] = defaultdict(list)
    for row in rows.order_by("pk"):
        by_asset[row.asset_id].append(row)
    return by_asset


def offsets_of(sensors: Sequence[Sensor], steps: Steps, at: datetime) -> list[float]:
    """Return by how much each sensor's threshold has moved."""
    return [
        offset(
            (step.change, (at - step.at) / DAY)
            for step in steps.get(sensor.asset_id, ())
            if step.sensor_id in (None, sensor.pk)
        )
        for sensor in sensors
    ]


def sensors_of(asset_ids: Sequence[int]) -> Mapping[int, int]:
    """Count the sensors of each asset, which share its budget and its alerts by chance."""
    rows = Sensor.objects.filter(asset__in=asset_ids, enabled=True)
    return dict(rows.values_list("asset").annotate(Count("pk")))


def sensor_settings(wish: Wish, *, sensors: int, offset: float = 0.0) -> Settings:
    """Return what the wish means for a sensor of an asset with so many; they share the asset's budget, and
    more is asked of each of many.

    `offset` moves the thresholds, in powers of ten (what was learnt from findings).

    Raises:
        ValueError: there is no such sensitivity, or the budget is not above 0.
    """
    budget = wish.per_month
    each = settings_for(wish.sensitivity, None if budget is None else budget / max(sensors, 1))
    settings = of_many(each, sensors)
    return replace(settings, steady=settings.steady + offset, wandering=settings.wandering + offset)
