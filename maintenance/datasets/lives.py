"""Lives of assets: from the repair of one fault, or the first reading, to the next fault, or to now.

A row is an hour of operation, which is an hour with readings; a life's age counts them. A fault is what a
technician found at a visit: it ends the life then. Visits that found nothing leave the life as it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from maintenance.datasets.machines import fleet_of
from mlops.predictors.life.fleets import Floats, Mask, Unit
from mlops.predictors.machines import Machine
from sensors.models import Asset

LONGEST = timedelta(days=3 * 365)
UNIT = "hours of operation"
SETTING_WORDS = ("speed", "load", "setpoint", "setting", "mode", "ambient")  # how it is run, not how it is
LATELY = 30 * 24  # hours of operation


def is_setting(label: str) -> bool:
    """Tell by the sensor's kind whether it says how the asset is run."""
    return any(word in label.lower() for word in SETTING_WORDS)


def machine_of(asset: Asset, labels: tuple[str, ...], until: datetime) -> Machine:
    """Return the asset with all that is known of it at `until`, in the last three years."""
    return fleet_of([asset], labels, until - LONGEST, until).machines[0]


def lives_of(machine: Machine, labels: tuple[str, ...]) -> tuple[list[tuple[Unit, float]], Unit]:
    """Return the lives that ended, each with its last hour, and the one that goes on."""
    hours = machine.hours
    edges = [machine.start, *(hour for hour in machine.failures.hours if hour > machine.start)]
    ended = [
        (_unit(machine, labels, (hours >= begin) & (hours < end)), float(end))
        for begin, end in pairwise(edges)
    ]
    return ended, _unit(machine, labels, hours >= edges[-1])


def _unit(machine: Machine, labels: tuple[str, ...], rows: Mask) -> Unit:
    telemetry = machine.telemetry[rows]
    telemetry = telemetry[np.isfinite(telemetry).any(axis=1)]
    setting = np.array([is_setting(label) for label in labels], bool)
    ages = np.arange(1.0, len(telemetry) + 1)
    return Unit(machine.name, ages, telemetry[:, ~setting], telemetry[:, setting])


def hours_of_operation(machine: Machine) -> Floats:
    """Return the hours, since 1970, in which it ran."""
    return machine.hours[np.isfinite(machine.telemetry).any(axis=1)]


def share_in_operation(machine: Machine) -> float:
    """Return which share of the time it ran lately: what turns hours of operation into hours."""
    ran = hours_of_operation(machine)[-LATELY:]
    return len(ran) / float(ran[-1] - ran[0] + 1) if len(ran) else 1.0
