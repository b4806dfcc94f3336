"""Telling the product about the demo plant's site, machines and sensors, through its API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smartmaint.embedded.gateway import Gateway
from smartmaint.embedded.plant.machines import MachineSpec, SensorSpec
from smartmaint.embedded.plant.site import MACHINES, SITE

AREA = {"code": "utilities", "name": "Utilities", "asset_class": "area", "criticality": 1}


def enrol_plant(gateway: Gateway, *, interval: float) -> None:
    """Make the site, the machines and their sensors as far as they are missing; leave the others alone."""
    machines = [{**AREA, "site": SITE.code}, *(_machine(machine) for machine in MACHINES)]
    sensors = [_sensor(machine, sensor) for machine in MACHINES for sensor in machine.sensors]
    _add_missing(gateway, "sites/", [SITE.fields()])
    _add_missing(gateway, "assets/", machines)
    _add_missing(gateway, "sensors/", [{**sensor, "expected_interval": interval} for sensor in sensors])


def _add_missing(gateway: Gateway, path: str, wanted: Sequence[dict[str, Any]]) -> None:
    there = {row["code"] for row in gateway.find_all(path)}
    for row in wanted:
        if row["code"] not in there:
            gateway.call("POST", path, json=row)


def _machine(machine: MachineSpec) -> dict[str, Any]:
    return {
        "site": SITE.code,
        "parent": AREA["code"],
        "code": machine.code,
        "name": machine.name,
        "asset_class": machine.asset_class,
        "criticality": machine.criticality,
    }


def _sensor(machine: MachineSpec, sensor: SensorSpec) -> dict[str, Any]:
    return {
        "asset": machine.code,
        "code": sensor.code,
        "name": sensor.name,
        "kind": sensor.kind,
        "unit": sensor.unit,
        "lower_limit": sensor.lower_limit,
        "upper_limit": sensor.upper_limit,
    }
