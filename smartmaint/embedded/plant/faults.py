"""What goes wrong, when, and what it is called: the ground truth of the plant.

Failure modes and mechanisms are those of ISO 14224:2016, annex B (tables B.6 ff. and B.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

import numpy as np

from smartmaint.embedded.plant.noise import Array

MINUTE = 60.0


class Fault(Enum):
    """Each fault's ISO 14224 failure mode and failure mechanism."""

    CAVITATION = ("LOO", "2.1 cavitation")
    BEARING_WEAR = ("VIB", "2.4 wear")
    FOULING = ("PLU", "5.1 blockage")
    STUCK_SENSOR = ("AIR", "3.3 faulty signal")

    @property
    def failure_mode(self) -> str:
        return self.value[0]

    @property
    def mechanism(self) -> str:
        return self.value[1]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A fault in the script: seconds after the cycle's begin, until full severity, and until the repair."""

    machine: str
    fault: Fault
    sensors: tuple[str, ...]
    begins: float
    grows: float
    lasts: float


@dataclass(frozen=True, kw_only=True)
class FaultPeriod:
    """A fault that is there from `start` until it is repaired at `end`, on the sensors that show it."""

    machine: str
    fault: Fault
    sensors: tuple[str, ...]
    start: datetime
    end: datetime
    full_at: datetime

    @property
    def failure_mode(self) -> str:
        return self.fault.failure_mode

    def severity(self, times: Array) -> Array:
        """Return 0 to 1 at POSIX seconds: a ramp to 1 at `full_at`, and 0 again from the repair on."""
        start, end = self.start.timestamp(), self.end.timestamp()
        ramp = np.clip((times - start) / max(self.full_at.timestamp() - start, 1e-9), 0.0, 1.0)
        return np.where((times >= start) & (times < end), ramp, 0.0)


CYCLE = 180 * MINUTE
SCRIPT = (
    Scene(
        machine="P-101",
        fault=Fault.CAVITATION,
        sensors=("P-101-VIB", "P-101-SND", "P-101-FLO", "P-101-PRE", "P-101-CUR"),
        begins=20.0,
        grows=20.0,
        lasts=6 * MINUTE,
    ),
    Scene(
        machine="K-301",
        fault=Fault.BEARING_WEAR,
        sensors=("K-301-VIB", "K-301-TMP", "K-301-SND"),
        begins=40 * MINUTE,
        grows=10 * MINUTE,
        lasts=13 * MINUTE,
    ),
    Scene(
        machine="C-401",
        fault=Fault.STUCK_SENSOR,
        sensors=("C-401-TMP",),
        begins=90 * MINUTE,
        grows=0.0,
        lasts=10 * MINUTE,
    ),
    Scene(
        machine="F-201",
        fault=Fault.FOULING,
        sensors=("F-201-DPR",),
        begins=135 * MINUTE,
        grows=12 * MINUTE,
        lasts=15 * MINUTE,
    ),
)


def fault_periods(
    script: tuple[Scene, ...], *, origin: datetime, speed: float, start: datetime, end: datetime
) -> Iterator[FaultPeriod]:
    """Yield the faults that touch [start, end), in order. The script repeats from `origin` on, for ever."""
    cycle = timedelta(seconds=CYCLE / speed)
    number = max((start - origin) // cycle, 0)
    while origin + number * cycle < end:
        for scene in script:
            period = _period(scene, origin + number * cycle, speed)
            if period.start < end and period.end > start:
                yield period
        number += 1


def _period(scene: Scene, begin: datetime, speed: float) -> FaultPeriod:
    start = begin + timedelta(seconds=scene.begins / speed)
    return FaultPeriod(
        machine=scene.machine,
        fault=scene.fault,
        sensors=scene.sensors,
        start=start,
        full_at=start + timedelta(seconds=scene.grows / speed),
        end=start + timedelta(seconds=scene.lasts / speed),
    )
