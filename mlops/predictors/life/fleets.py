"""Machines of one kind, each from its beginning to its failure, or to now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.intp]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Unit:
    """One life. A row is an even step of operation: its age (T,), ascending; what the sensors read (T, S),
    NaN where nothing came; how it was run (T, settings)."""

    name: str
    ages: Floats
    readings: Floats
    settings: Floats

    def until(self, rows: int) -> Unit:
        """Return the life as it was known after so many rows."""
        return replace(
            self, ages=self.ages[:rows], readings=self.readings[:rows], settings=self.settings[:rows]
        )


@dataclass(frozen=True)
class Fleet:
    """Units with the names of their columns. Where they learn from, the last row of each is its failure.

    `unit` is the ages' unit in words; `horizon`, in that unit, is how far ahead an answer is wanted:
    without one it follows from the lives.
    """

    sensors: tuple[str, ...]
    settings: tuple[str, ...]
    units: tuple[Unit, ...]
    unit: str = "cycles"
    horizon: float | None = None

    def seen_by(self, sensors: Sequence[str], settings: Sequence[str]) -> tuple[Unit, ...]:
        """Return the units with these columns in this order; NaN where the fleet has no such column."""
        return tuple(
            replace(
                unit,
                readings=_columns(unit.readings, self.sensors, sensors),
                settings=_columns(unit.settings, self.settings, settings),
            )
            for unit in self.units
        )


def _columns(values: Floats, names: Sequence[str], wanted: Sequence[str]) -> Floats:
    found = np.full((len(values), len(wanted)), np.nan)
    for place, name in enumerate(wanted):
        if name in names:
            found[:, place] = values[:, list(names).index(name)]
    return found
