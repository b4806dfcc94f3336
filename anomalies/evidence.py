"""Gathers, in a handful of queries, what speaks for and against an alert."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Q, StdDev

from anomalies.models import Alert, AlertSensor, AlertTransition
from anomalies.states import FALSE
from anomalies.validation import Evidence, Mover
from sensors.models import Reading, Sensor

BEFORE = timedelta(hours=6)
LONGEST_LOOK = timedelta(hours=6)
SHORTEST_LOOK = timedelta(minutes=1)
REMEMBERED = 20
MOVED = 3.0  # standard deviations of the readings before
SAME_LEVEL = 3.0
NEVER = Q(sensor__isnull=True)
NOTHING_SEEN = {"outside": 0, "readings": 0, "quality_outside": None, "mean_quality": None}


@dataclass(frozen=True)
class Behaviour:
    """A sensor before and during the episode, in its unit."""

    sensor: Sensor
    before: float
    spread: float
    during: float

    @property
    def moved(self) -> bool:
        return abs(self.during - self.before) > MOVED * max(self.spread, 1e-9 * abs(self.before))


def gather_evidence(alert: Alert) -> Evidence:
    """Read what `validation.verdict` weighs."""
    movers = _movers(alert)
    neighbours, mover_levels = _behaviours(alert)
    past, past_false = _history(alert)
    quiet = [one for one in neighbours if not one.moved]
    return Evidence(
        sensor_trouble=alert.is_sensor_trouble,
        score=alert.score,
        priority=alert.detected_priority,
        movers=movers,
        followers=tuple(str(one.sensor) for one in neighbours if one.moved),
        quiet=len(quiet),
        dissenters=tuple(str(one.sensor) for one in quiet if _is_redundant(one, mover_levels)),
        past=past,
        past_false=past_false,
        historical=alert.historical,
    )


def _movers(alert: Alert) -> tuple[Mover, ...]:
    troubles = _open_sensor_troubles(alert)
    rows = list(alert.alert_sensors.select_related("sensor").order_by("-score"))
    seen = _abnormal_readings(alert, rows)
    return tuple(_mover(row, seen.get(row.sensor_id), troubles.get(row.sensor_id, "")) for row in rows)


def _mover(row: AlertSensor, seen: dict[str, Any] | None, trouble: str) -> Mover:
    sensor, seen = (
        row.sensor,
        seen or {"outside": 0, "readings": 0, "quality_outside": None, "mean_quality": None},
    )
    too_low = sensor.lower_limit is not None and row.value < sensor.lower_limit
    too_high = sensor.upper_limit is not None and row.value > sensor.upper_limit
    quality = seen["quality_outside"] if seen["outside"] else seen["mean_quality"]
    return Mover(
        name=str(sensor),
        abnormal=seen["outside"] or seen["readings"],
        quality=1.0 if quality is None else quality,
        trouble=trouble,
        beyond_limit=too_low or too_high,
    )


def _abnormal_readings(alert: Alert, rows: list[AlertSensor]) -> dict[int, dict[str, Any]]:
    """Count the episode's readings of each sensor, and those outside its normal band, with their quality."""
    outside = NEVER
    for row in rows:
        outside |= _outside(row)
    readings = Reading.objects.filter(
        sensor__in=[row.sensor_id for row in rows], measured_at__range=(alert.started_at, alert.latest_at)
    )
    counted = readings.values("sensor_id").annotate(
        readings=Count("measured_at"),
        outside=Count("measured_at", filter=outside),
        mean_quality=Avg("quality"),
        quality_outside=Avg("quality", filter=outside),
    )
    return {row["sensor_id"]: dict(row) for row in counted}


def _outside(row: AlertSensor) -> Q:
    band = Q()
    if row.normal_low is not None:
        band |= Q(value__lt=row.normal_low)
    if row.normal_high is not None:
        band |= Q(value__gt=row.normal_high)
    return Q(sensor=row.sensor_id) & band if band else NEVER


def _open_sensor_troubles(alert: Alert) -> dict[int, str]:
    if alert.is_sensor_trouble:
        return {}
    troubles = Alert.objects.open().visible().filter(asset=alert.asset_id, subject_sensor__isnull=False)
    return {trouble.subject_sensor_id or 0: trouble.get_cause_display() for trouble in troubles}


def _behaviours(alert: Alert) -> tuple[list[Behaviour], list[Behaviour]]:
    """Return how the asset's other sensors behaved, and how those of the alert did."""
    mine = set(alert.alert_sensors.values_list("sensor_id", flat=True))
    sensors = {sensor.pk: sensor for sensor in Sensor.objects.filter(asset=alert.asset_id, enabled=True)}
    if alert.is_sensor_trouble or not set(sensors) - mine:
        return [], []
    rows = [
        Behaviour(sensors[row["sensor_id"]], row["before"], row["spread"], row["now"])
        for row in _levels(alert, list(sensors))
        if None not in row.values()
    ]
    return [row for row in rows if row.sensor.pk not in mine], [row for row in rows if row.sensor.pk in mine]


def _levels(alert: Alert, sensor_ids: list[int]) -> Any:
    start, end = _look(alert)
    before, during = Q(measured_at__lt=start), Q(measured_at__gte=start)
    readings = Reading.objects.filter(sensor__in=sensor_ids, measured_at__range=(start - BEFORE, end))
    return readings.values("sensor_id").annotate(
        before=Avg("value", filter=before),
        spread=StdDev("value", filter=before),
        now=Avg("value", filter=during),
    )


def _look(alert: Alert) -> tuple[datetime, datetime]:
    """Return the part of the episode to look at: at least a minute, at most its first hours."""
    end = min(alert.latest_at, alert.started_at + LONGEST_LOOK)
    return alert.started_at, max(end, alert.started_at + SHORTEST_LOOK)


def _is_redundant(neighbour: Behaviour, movers: list[Behaviour]) -> bool:
    """Tell whether it measures what a mover measures: same kind and unit, and the same level before."""
    return any(
        neighbour.sensor.kind
        and (neighbour.sensor.kind, neighbour.sensor.unit) == (mover.sensor.kind, mover.sensor.unit)
        and abs(neighbour.before - mover.before) <= SAME_LEVEL * max(neighbour.spread, mover.spread)
        for mover in movers
    )


def _history(alert: Alert) -> tuple[int, float]:
    """Count the latest closed alerts of this asset and cause, and how many were false."""
    same = Alert.objects.filter(state=Alert.State.NORMAL, historical=False).same_trouble(
        asset_id=alert.asset_id, cause=alert.cause, subject_sensor_id=alert.subject_sensor_id
    )
    latest = list(same.exclude(pk=alert.pk).order_by("-raised_at").values_list("pk", flat=True)[:REMEMBERED])
    verdicts = AlertTransition.objects.filter(alert__in=latest, action__in=FALSE)
    by_people = set(verdicts.exclude(action="dismissed").values_list("alert", flat=True))
    dismissed = set(verdicts.filter(action="dismissed").values_list("alert", flat=True))
    return len(latest), len(by_people) + 0.5 * len(dismissed - by_people)
