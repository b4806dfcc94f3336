"""What is known of a fleet of machines, hour by hour: telemetry, errors, replaced components, failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Hours = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

DAY = 24


@dataclass(frozen=True)
class Happenings:
    """Moments in hours, ascending, each with its kind (texts)."""

    hours: Hours
    kinds: np.ndarray[Any, Any]

    def of(self, kind: str) -> Hours:
        return self.hours[self.kinds == kind]

    def without(self, kind: str) -> Happenings:
        others = self.kinds != kind
        return Happenings(self.hours[others], self.kinds[others])

    def until(self, hour: float) -> Happenings:
        return Happenings(self.hours[self.hours <= hour], self.kinds[self.hours <= hour])


def happenings(pairs: list[tuple[float, str]]) -> Happenings:
    """Order moments with their kinds, each at the hour that it falls into."""
    ordered = sorted(pairs)
    hours = np.floor(np.array([hour for hour, _ in ordered], float))
    return Happenings(hours, np.array([kind for _, kind in ordered], "U"))


@dataclass(frozen=True)
class Machine:
    """One machine. `telemetry` (T, sensors) has a row for each hour from `start` on (hours since any one
    moment), NaN where nothing came; what happened at an hour is known at that hour's row."""

    name: str
    start: float
    telemetry: Floats
    errors: Happenings
    replaced: Happenings
    failures: Happenings
    facts: Mapping[str, float | str]

    @property
    def hours(self) -> Hours:
        return self.start + np.arange(len(self.telemetry), dtype=float)

    @property
    def heard(self) -> Bools:
        """Tell for each hour (T,) whether any reading came in the 24 hours up to its end."""
        told = np.append(0, np.cumsum(np.isfinite(self.telemetry).any(axis=1)))
        rows = np.arange(len(self.telemetry))
        return np.asarray(told[rows + 1] > told[np.maximum(rows - DAY + 1, 0)])

    def without_sensor(self, place: int) -> Machine:
        """Return the machine as if this sensor had said nothing."""
        telemetry = self.telemetry.copy()
        telemetry[:, place] = np.nan
        return replace(self, telemetry=telemetry)

    def without_error(self, kind: str) -> Machine:
        return replace(self, errors=self.errors.without(kind))


@dataclass(frozen=True)
class Fleet:
    """Machines with the same sensors, in the same order."""

    sensors: tuple[str, ...]
    machines: tuple[Machine, ...]


def hourly(hours: Hours, values: Floats) -> tuple[float, Floats]:
    """Return the first whole hour and the means (T, sensors) of each hour from it; NaN where none came."""
    if not len(hours):
        return 0.0, np.zeros((0, values.shape[1]))
    start = float(np.floor(hours.min()))
    place = np.floor(hours - start).astype(int)
    found = np.isfinite(values)
    sums, counts = (np.zeros((place.max() + 1, values.shape[1])) for _ in range(2))
    np.add.at(sums, place, np.where(found, values, 0.0))
    np.add.at(counts, place, found)
    return start, np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
