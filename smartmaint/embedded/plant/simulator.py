"""The plant at work: the readings of any stretch of time, the same for the same seed, and the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np

from smartmaint.embedded.plant.conditions import conditions
from smartmaint.embedded.plant.faults import SCRIPT, Fault, FaultPeriod, Scene, fault_periods
from smartmaint.embedded.plant.machines import MachineSpec, SensorSpec
from smartmaint.embedded.plant.noise import Array, white_noise
from smartmaint.embedded.plant.site import MACHINES, SITE

BLOCK = 512  # ticks that are computed at once
WARM_UP = 480.0  # s before a block in which its lags settle


@dataclass(frozen=True, kw_only=True)
class Plant:
    """All machines from the first fault of the script at `origin` on, and healthy before.

    Time is counted in ticks of `interval` seconds since 1970. `speed` is how many times faster than
    scripted the faults develop and follow each other.
    """

    seed: int
    origin: datetime
    interval: float = 10.0
    speed: float = 1.0
    machines: tuple[MachineSpec, ...] = MACHINES
    script: tuple[Scene, ...] = SCRIPT

    @property
    def sensors(self) -> tuple[SensorSpec, ...]:
        """The columns of `values`, in order."""
        return tuple(sensor for machine in self.machines for sensor in machine.sensors)

    def tick_at(self, moment: datetime) -> int:
        """Return the newest tick at or before `moment`."""
        return int(moment.timestamp() // self.interval)

    def moment_of(self, tick: int) -> datetime:
        return datetime.fromtimestamp(tick * self.interval, UTC)

    def values(self, first: int, last: int) -> Array:
        """Return what the sensors show at the ticks `first` to `last`, one row each, one column a sensor."""
        blocks = range(first // BLOCK, last // BLOCK + 1)
        rows = np.concatenate([_block(self, block) for block in blocks])
        start = blocks[0] * BLOCK
        return rows[first - start : last - start + 1]

    def truth(self, start: datetime, end: datetime) -> tuple[FaultPeriod, ...]:
        """Return the faults that touch [start, end), in order of their begin."""
        found = fault_periods(self.script, origin=self.origin, speed=self.speed, start=start, end=end)
        return tuple(found)


@lru_cache(maxsize=4)
def _block(plant: Plant, number: int) -> Array:
    columns = [_machine(plant, machine, number) for machine in plant.machines]
    return np.hstack(columns)


def _times(plant: Plant, first: int, count: int) -> Array:
    return np.arange(first, first + count, dtype=np.float64) * plant.interval


def _machine(plant: Plant, machine: MachineSpec, number: int) -> Array:
    warm_up = int(WARM_UP / plant.interval)
    first = number * BLOCK - warm_up
    times = _times(plant, first, warm_up + BLOCK)
    faults = _faults_of(plant, machine, times)
    around = conditions(
        times, zone=SITE.zone, seed=plant.seed, machine=machine.code, first=first, interval=plant.interval
    )
    true_values = machine.model(around, {fault: _severity(faults, fault, times) for fault in Fault})
    columns = [_show(plant.seed, sensor, true_values[sensor.channel], first) for sensor in machine.sensors]
    shown = np.column_stack(columns)[warm_up:]
    _freeze(plant, machine, shown, faults, number)
    return shown


def _faults_of(plant: Plant, machine: MachineSpec, times: Array) -> list[FaultPeriod]:
    start, end = (datetime.fromtimestamp(float(moment), UTC) for moment in times[[0, -1]])
    return [fault for fault in plant.truth(start, end) if fault.machine == machine.code]


def _severity(faults: Sequence[FaultPeriod], fault: Fault, times: Array) -> Array:
    """Return how bad `fault` is at each time, 0 to 1; periods of one fault do not overlap."""
    severity = np.zeros_like(times)
    for period in faults:
        if period.fault is fault:
            severity += period.severity(times)
    return severity


def _show(seed: int, sensor: SensorSpec, true: Array, first: int) -> Array:
    """Return the true values as the instrument shows them: with white noise, then quantised."""
    spread = np.hypot(sensor.noise, sensor.flutter * true)
    noisy = true + spread * white_noise(seed, sensor.code, first, len(true))
    return np.round(np.round(noisy / sensor.resolution) * sensor.resolution, 6)


def _freeze(
    plant: Plant, machine: MachineSpec, shown: Array, faults: Sequence[FaultPeriod], number: int
) -> None:
    """Let each stuck sensor show its value at the fault's begin until the repair."""
    codes = [sensor.code for sensor in machine.sensors]
    times = _times(plant, number * BLOCK, BLOCK)
    for fault in faults:
        stuck = fault.severity(times) > 0
        if fault.fault is Fault.STUCK_SENSOR and stuck.any():
            block, row = divmod(plant.tick_at(fault.start), BLOCK)
            before = shown if block == number else _machine(plant, machine, block)
            for column in map(codes.index, fault.sensors):
                shown[stuck, column] = before[row, column]
