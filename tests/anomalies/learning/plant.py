"""A small plant with known truth: sensors that swing by day, some of which fail, and what people found."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from mlops.models import Outcome
from mlops.services import Told, record_outcome
from sensors.models import Reading, Sensor
from tests.anomalies.feeding import BEGIN

ROWS = 1800
STEP = timedelta(minutes=25)
END = BEGIN + ROWS * STEP
FAULT = 1600
FOUND = BEGIN + (FAULT + 100) * STEP  # some forty hours after it began


def moment(row: int):
    return BEGIN + row * STEP


def course(seed: int, *, fault: bool = False, bumps: int = 0) -> np.ndarray:
    """Return noise around 25; with bumps that come and go, and a fault that grows from FAULT on."""
    chance = np.random.default_rng(seed)
    values = chance.normal(25, 1, ROWS)
    for at in chance.integers(700, 1500, bumps):
        values[at : at + 3] += 3.6
    if fault:
        values[FAULT:] += np.minimum(np.arange(ROWS - FAULT) / 10, 12)
    return values


def remember(sensor: Sensor, values: np.ndarray) -> None:
    """Store readings without letting detection hear of them."""
    Reading.objects.bulk_create(
        Reading(sensor=sensor, measured_at=moment(row), value=float(value))
        for row, value in enumerate(values)
    )


def found(asset, finding: str = "true", **values) -> Outcome:
    """Record what a technician found at the asset."""
    given = {"found_at": FOUND, "origin": f"task:{asset.pk}:{finding}", **values}
    told = Told(scope=f"asset:{asset.pk}", source="technician", finding=finding, **given)
    return record_outcome(organization_id=asset.organization_id, told=told, at=FOUND, by="Ana")
