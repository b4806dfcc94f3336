"""The plant as tiles: each machine with its health, the worst first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Prefetch

from anomalies.models import Alert, AlertQuerySet, AlertSensor
from reports.health import Health, Trouble, health_of
from reports.sparkline import sparkline
from sensors.models import Asset, Sensor
from sensors.storage.series import load_series
from smartmaint.accounts.models import Organization

SPARK_SPAN = timedelta(hours=4)
SPARK_POINTS = 48
CALLED = ("code", "name", "kind")  # of a sensor
SPARKS = 12  # only the worst tiles draw a line: each costs a query


@dataclass(frozen=True)
class Tile:
    asset: Asset
    health: Health
    alerts: list[Alert]
    spark: str = ""
    spark_of: str = ""

    @property
    def urgency(self) -> int:
        return min((alert.priority for alert in self.alerts), default=9)


def load_tiles(organization: Organization, *, sparks: bool = True) -> list[Tile]:
    """Return a tile for each machine that has sensors or alerts, the worst first."""
    assets = Asset.objects.filter(organization=organization).select_related("site", "parent")
    alerts, sensors = open_alerts(organization), sensor_facts(organization)
    tiles = [
        Tile(asset, judge(alerts[asset.pk], measured=sensors[asset.pk].measured), alerts[asset.pk])
        for asset in assets
        if sensors[asset.pk].count or alerts[asset.pk]
    ]
    tiles.sort(key=lambda tile: (_rank(tile.health), tile.asset.criticality, tile.asset.name))
    return [with_spark(tile) for tile in tiles[:SPARKS]] + tiles[SPARKS:] if sparks else tiles


@dataclass(frozen=True)
class SensorFacts:
    """How many sensors a machine has, and when the newest of their readings was."""

    count: int = 0
    last_reading_at: datetime | None = None

    @property
    def measured(self) -> bool:
        return self.last_reading_at is not None


def sensor_facts(organization: Organization) -> dict[int, SensorFacts]:
    """Return the facts by machine, in one query."""
    rows = Sensor.objects.filter(organization=organization).values_list("asset_id")
    counted = rows.annotate(Count("pk"), Max("summary__last_reading_at"))
    return defaultdict(SensorFacts, {pk: SensorFacts(count, last) for pk, count, last in counted})


def _rank(health: Health) -> int:
    return 101 if health.score is None else health.score


def open_alerts(organization: Organization, asset: Asset | None = None) -> dict[int, list[Alert]]:
    """Return open alerts by machine (of one, or of all), the most urgent first."""
    rows = Alert.objects.filter(organization=organization).paging()
    if asset:
        rows = rows.for_asset(asset).with_context().select_related("prediction__sensor")
    else:
        rows = _what_health_asks(rows)
    found: dict[int, list[Alert]] = defaultdict(list)
    for alert in rows.order_by("priority", "-raised_at"):
        found[alert.asset_id].append(alert)
    return found


def _what_health_asks(rows: AlertQuerySet) -> AlertQuerySet:
    """Read little of each: the whole plant is judged at every look, and has hundreds in a bad hour."""
    moved = AlertSensor.objects.select_related("sensor")
    moved = moved.only("alert", "share", *(f"sensor__{name}" for name in CALLED))
    return rows.only("asset", "subject_sensor", "cause", "priority", "verdict", "latest_at").prefetch_related(
        Prefetch("alert_sensors", moved), Prefetch("subject_sensor", Sensor.objects.only(*CALLED))
    )


def judge(alerts: Iterable[Alert], *, measured: bool) -> Health:
    return health_of([_trouble(alert) for alert in alerts], measured=measured)


def _trouble(alert: Alert) -> Trouble:
    sensor = worst_sensor(alert)
    kind = (sensor.kind or str(sensor)) if sensor else ""
    cause = str(Alert.Cause(alert.cause).label)
    words = f"{kind}: {cause}" if kind else cause
    confirmed = alert.verdict == Alert.Verdict.CONFIRMED
    return Trouble(alert.priority, confirmed, alert.is_sensor_trouble, words)


def worst_sensor(alert: Alert) -> Sensor | None:
    """Return the sensor that contributes most to the alert."""
    moved = max(alert.alert_sensors.all(), key=lambda row: row.share, default=None)
    return moved.sensor if moved else alert.subject_sensor


def with_spark(tile: Tile) -> Tile:
    """Add the line of the worst contributor, up to the alert's newest reading."""
    sensor = worst_sensor(tile.alerts[0]) if tile.alerts else None
    if sensor is None:
        return tile
    end = tile.alerts[0].latest_at
    _, values = load_series(sensor, end - SPARK_SPAN, end + timedelta(seconds=1), SPARK_POINTS)
    return Tile(tile.asset, tile.health, tile.alerts, sparkline(values), sensor.kind or str(sensor))
