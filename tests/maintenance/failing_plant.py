"""A simulated fleet (tests.mlops.fleets) as assets, readings, alerts and finished tasks."""

from __future__ import annotations

from datetime import datetime, timedelta

from maintenance.models import MaintenanceLog
from mlops.predictors.machines import Machine
from sensors.models import Asset, Reading, Sensor
from smartmaint.accounts.models import Organization
from tests.anomalies.factories import AlertFactory, AlertSensorFactory
from tests.maintenance.factories import NOW, TaskFactory, TechnicianFactory
from tests.mlops.fleets import SENSORS
from tests.sensors.factories import AssetFactory, SensorFactory, SiteFactory


def moment(machine: Machine, hour: float) -> datetime:
    """Return when an hour of the machine was; its last one ended at NOW."""
    return NOW - timedelta(hours=len(machine.telemetry) - hour)


def plant_of(organization: Organization, machines: tuple[Machine, ...]) -> list[Asset]:
    site = SiteFactory(organization=organization)
    technician = TechnicianFactory(site=site)
    return [_asset(site, technician, machine) for machine in machines]


def _asset(site: object, technician: object, machine: Machine) -> Asset:
    asset = AssetFactory(organization=site.organization, site=site, asset_class="pump")
    own = {"asset": asset, "organization": asset.organization}
    sensors = {kind: SensorFactory(**own, code=f"{asset.code}.{kind}", kind=kind) for kind in SENSORS}
    _read(machine, [sensors[kind] for kind in SENSORS])
    for hour, error in zip(machine.errors.hours, machine.errors.kinds, strict=True):
        alert = AlertFactory(asset=asset, state="normal", started_at=moment(machine, hour))
        AlertSensorFactory(alert=alert, sensor=sensors[error.split()[-1]])
    for hour, mode in zip(machine.failures.hours, machine.failures.kinds, strict=True):
        finish(asset, technician, moment(machine, hour), finding="true", failure_mode=str(mode))
    return asset


def _read(machine: Machine, sensors: list[Sensor]) -> None:
    Reading.objects.bulk_create(
        Reading(sensor=sensor, measured_at=moment(machine, hour), value=float(row[place]))
        for hour, row in enumerate(machine.telemetry)
        for place, sensor in enumerate(sensors)
    )


def finish(asset: Asset, technician: object, at: datetime, **found: str) -> MaintenanceLog:
    task = TaskFactory(asset=asset, technician=technician, status="completed")
    return MaintenanceLog.objects.create(
        organization=asset.organization, task=task, actor="ana", completed_at=at, **found
    )
