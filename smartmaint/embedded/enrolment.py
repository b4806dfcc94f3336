"""Telling the product about the demo plant's site, machines and sensors, through its API."""

from __future__ import annotations

from typing import Any

from smartmaint.embedded.gateway import Gateway
from smartmaint.embedded.plant.machines import MachineSpec, SensorSpec
from smartmaint.embedded.plant.site import MACHINES, SITE

AREA = {"code": "utilities", "name": "Utilities", "asset_class": "area", "criticality": 1}


class Register:
    """One list of the API, such as `assets/`: knows the ids of the codes in it, makes what is missing."""

    def __init__(self, gateway: Gateway, path: str) -> None:
        self.gateway = gateway
        self.path = path
        self.ids = {row["code"]: row["id"] for row in gateway.find_all(path)}

    def ensure(self, **wanted: Any) -> int:
        """Return the id of the row with the wanted code. One that is there stays as people left it."""
        code = wanted["code"]
        if code not in self.ids:
            self.ids[code] = self.gateway.call("POST", self.path, json=wanted)["id"]
        return self.ids[code]


def enrol_plant(gateway: Gateway, *, interval: float) -> None:
    """Make the site, the machines and their sensors, as far as they are not there yet."""
    sites, assets, sensors = (Register(gateway, path) for path in ("sites/", "assets/", "sensors/"))
    site = sites.ensure(**SITE.fields())
    area = assets.ensure(**AREA, site=site)
    for machine in MACHINES:
        asset = assets.ensure(**_machine(machine), site=site, parent=area)
        for sensor in machine.sensors:
            sensors.ensure(**_sensor(sensor), asset=asset, expected_interval=interval)


def _machine(machine: MachineSpec) -> dict[str, Any]:
    return {
        "code": machine.code,
        "name": machine.name,
        "asset_class": machine.asset_class,
        "criticality": machine.criticality,
    }


def _sensor(sensor: SensorSpec) -> dict[str, Any]:
    return {
        "code": sensor.code,
        "name": sensor.name,
        "kind": sensor.kind,
        "unit": sensor.unit,
        "lower_limit": sensor.lower_limit,
        "upper_limit": sensor.upper_limit,
    }
