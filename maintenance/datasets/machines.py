"""Assets of a class as machines of a fleet: what their sensors said hour by hour, and what happened to them.

Telemetry is the hourly mean of each kind of sensor. Alerts are the errors, each named by its cause and the
kind of sensor that moved most; finished tasks are the maintenance; those in which a fault was found are the
failures, named by their ISO 14224 failure mode.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from anomalies.models import Alert, AlertSensor
from maintenance.models import MaintenanceLog
from mlops.predictors.machines import Fleet, Floats, Machine, happenings, hourly
from sensors.models import Asset, Sensor
from sensors.storage.buckets import load_buckets

HOUR = timedelta(hours=1)
SCOPE = "asset-class:"
FAULTS = {MaintenanceLog.Finding.TRUE, MaintenanceLog.Finding.EARLY, MaintenanceLog.Finding.MISSED}

Moments = dict[int, list[tuple[float, str]]]  # by asset


def hour_of(moment: datetime) -> float:
    """Return hours since 1970, UTC."""
    return moment.timestamp() / 3600


def moment_of(hour: float) -> datetime:
    return datetime.fromtimestamp(hour * 3600, UTC)


def assets_in(organization_id: int, scope: str) -> list[Asset]:
    """Return the assets of a scope such as asset-class:pump, those with sensors only."""
    assets = Asset.objects.filter(organization_id=organization_id, asset_class=scope.removeprefix(SCOPE))
    return list(assets.filter(sensors__enabled=True).distinct().order_by("pk"))


def sensors_of(assets: Sequence[Asset]) -> dict[int, dict[str, Sensor]]:
    """Return by asset its sensors by label: the kind, "vibration 2" for the second of a kind."""
    rows = Sensor.objects.filter(asset__in=assets, enabled=True).exclude(kind="").order_by("code")
    found: dict[int, dict[str, Sensor]] = {asset.pk: {} for asset in assets}
    for sensor in rows:
        of_asset = found[sensor.asset_id]
        same = sum(other.kind == sensor.kind for other in of_asset.values())
        of_asset[f"{sensor.kind} {same + 1}" if same else sensor.kind] = sensor
    return found


def labels_of(assets: Sequence[Asset]) -> tuple[str, ...]:
    """Return the labels of sensors that at least half of the assets have."""
    having = Counter(label for labels in sensors_of(assets).values() for label in labels)
    return tuple(sorted(label for label, count in having.items() if 2 * count >= len(assets)))


def fleet_of(assets: Sequence[Asset], labels: tuple[str, ...], since: datetime, until: datetime) -> Fleet:
    """Return the assets as they were known at `until`, with the whole hours from `since` on."""
    until = _whole(until)
    sensors, errors, (replaced, failures) = sensors_of(assets), _errors(assets, until), _visits(assets, until)

    def machine(asset: Asset) -> Machine:
        start, telemetry = _telemetry(sensors[asset.pk], labels, _whole(since), until)
        return Machine(
            name=str(asset.pk),
            start=start,
            telemetry=telemetry,
            errors=happenings(errors[asset.pk]),
            replaced=happenings(replaced[asset.pk]),
            failures=happenings(failures[asset.pk]),
            facts={},
        )

    return Fleet(labels, tuple(machine(asset) for asset in assets))


def _whole(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _telemetry(
    sensors: dict[str, Sensor], labels: tuple[str, ...], since: datetime, until: datetime
) -> tuple[float, Floats]:
    """Return the first hour and the means (T, labels), up to the last whole hour also where nothing came."""
    found = [
        (hour_of(bucket.timestamp), column, bucket.avg)
        for column, label in enumerate(labels)
        if label in sensors
        for bucket in load_buckets(sensors[label], since, until, HOUR)
    ]
    if not found:
        return hour_of(since), np.zeros((0, len(labels)))
    hours, columns, means = (np.array(part) for part in zip(*found, strict=True))
    table = np.full((len(found) + 1, len(labels)), np.nan)
    table[np.arange(len(found)), columns.astype(int)] = means
    return hourly(np.append(hours, hour_of(until) - 1), table)


def _errors(assets: Sequence[Asset], until: datetime) -> Moments:
    """Return what was raised, with the moment at which it was known; sensors' own troubles are no errors."""
    alerts = Alert.objects.filter(asset__in=assets, started_at__lte=until).visible()
    alerts = alerts.exclude(cause__in=Alert.SENSOR_TROUBLE)
    strongest = {
        row.alert_id: row.sensor.kind
        for row in AlertSensor.objects.filter(alert__in=alerts).select_related("sensor").order_by("share")
    }
    found: Moments = defaultdict(list)
    for alert in alerts:
        known_at = alert.started_at if alert.historical else alert.raised_at
        if known_at <= until:
            kind = f"{alert.cause} {strongest.get(alert.pk, '')}".strip()
            found[alert.asset_id].append((hour_of(known_at), kind))
    return found


def _visits(assets: Sequence[Asset], until: datetime) -> tuple[Moments, Moments]:
    """Return finished tasks, and those of them in which a fault was found."""
    logs = MaintenanceLog.objects.filter(task__asset__in=assets, completed_at__lte=until)
    visits: Moments = defaultdict(list)
    faults: Moments = defaultdict(list)
    for asset_id, finding, mode, at in logs.values_list(
        "task__asset", "finding", "failure_mode", "completed_at"
    ):
        visits[asset_id].append((hour_of(at), mode or "visit"))
        if finding in FAULTS:
            faults[asset_id].append((hour_of(at), mode or "fault"))
    return visits, faults
