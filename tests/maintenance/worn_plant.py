"""The simulated engines (tests.mlops.engines) as assets with readings, each fault found by a technician."""

from __future__ import annotations

from datetime import datetime, timedelta

from mlops.predictors.life.fleets import Unit
from sensors.models import Asset, Reading, Sensor
from smartmaint.accounts.models import Organization
from tests.maintenance.factories import NOW, TechnicianFactory
from tests.maintenance.failing_plant import finish
from tests.mlops.engines import SENSORS
from tests.sensors.factories import AssetFactory, SensorFactory, SiteFactory

HOUR = timedelta(hours=1)
KINDS = (*SENSORS, "speed")


def engine_of(
    organization: Organization,
    lives: list[Unit],
    running: Unit | None = None,
    kinds: tuple[str, ...] = KINDS,
) -> Asset:
    """Return an asset that lived these lives one after the other, a fault at the end of each; its last hour,
    of the life that goes on where there is one, ended at NOW."""
    site = SiteFactory(organization=organization)
    asset = AssetFactory(organization=organization, site=site, asset_class="engine")
    own = {"asset": asset, "organization": organization}
    sensors = [SensorFactory(**own, code=f"{asset.code}.{kind}", kind=kind) for kind in kinds]
    technician, at = TechnicianFactory(site=site), NOW
    for place, unit in enumerate([*([running] if running else []), *reversed(lives)]):
        if place or not running:
            finish(asset, technician, at, finding="true", failure_mode="VIB")
        at -= HOUR * len(unit.ages)
        _read(unit, sensors, at)
    return asset


def _read(unit: Unit, sensors: list[Sensor], begin: datetime) -> None:
    columns = dict(zip(KINDS, [*unit.readings.T, *unit.settings.T], strict=True))
    Reading.objects.bulk_create(
        Reading(sensor=sensor, measured_at=begin + row * HOUR, value=float(value))
        for sensor in sensors
        for row, value in enumerate(columns[sensor.kind])
    )
