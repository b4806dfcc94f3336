"""What surrounds the machines: the plant's load and the air, both with the day of the site's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from smartmaint.embedded.plant.noise import Array, slow_noise

LOAD_MEAN, LOAD_SWING, LOAD_PEAK_HOUR = 0.80, 0.03, 15.0
LOAD_WANDER, LOAD_MEMORY = 0.004, 30.0
AIR_MEAN, AIR_SWING, AIR_PEAK_HOUR = 24.0, 1.0, 15.5  # deg C in the machine hall
AIR_WANDER, AIR_MEMORY = 0.1, 60.0


@dataclass(frozen=True)
class Conditions:
    """Each array has one entry per tick. `load` is the part of full demand, `air` is in deg C."""

    load: Array
    air: Array
    interval: float


def local_hours(times: Array, zone: ZoneInfo) -> Array:
    """Return the hour of the day, 0 to 24, of POSIX seconds; the zone's offset is that of the first."""
    offset = datetime.fromtimestamp(float(times[0]), UTC).astimezone(zone).utcoffset()
    seconds = offset.total_seconds() if offset else 0.0
    return ((times + seconds) / 3600.0) % 24.0


def daily(hours: Array, mean: float, swing: float, peak_hour: float) -> Array:
    """Return a daily wave with its highest point at `peak_hour`."""
    return mean + swing * np.cos(2 * np.pi * (hours - peak_hour) / 24.0)


def conditions(
    times: Array, *, zone: ZoneInfo, seed: int, machine: str, first: int, interval: float
) -> Conditions:
    """Return load and air at `times`: the site's day, and around it an AR(1) process for each machine."""
    hours, count = local_hours(times, zone), len(times)
    load_wander = slow_noise(seed, f"{machine} load", first, count, interval=interval, memory=LOAD_MEMORY)
    air_wander = slow_noise(seed, f"{machine} air", first, count, interval=interval, memory=AIR_MEMORY)
    load = daily(hours, LOAD_MEAN, LOAD_SWING, LOAD_PEAK_HOUR) + LOAD_WANDER * load_wander
    air = daily(hours, AIR_MEAN, AIR_SWING, AIR_PEAK_HOUR) + AIR_WANDER * air_wander
    return Conditions(load, air, interval)
