"""What the signs of a fleet are called, and a machine's signs as a table of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlops.predictors.machines import Floats, Machine
from mlops.predictors.signs import FREE, Level, Signs, level_of, signs_of


@dataclass(frozen=True)
class Naming:
    """What typed signs are of: sensors, kinds of error, components, numeric facts, texts by their codes."""

    sensors: tuple[str, ...]
    kinds: tuple[str, ...]
    components: tuple[str, ...]
    numbers: tuple[str, ...]
    texts: dict[str, list[str]]

    @property
    def features(self) -> list[str]:
        typed = [f"{sensor}: deviation, 24 h" for sensor in self.sensors]
        typed += [f"{kind}: count, 24 h" for kind in self.kinds]
        typed += [f"{component}: hours since replacement" for component in self.components]
        return [*typed, *self.numbers, *self.texts, *FREE]

    def described(self, bounds: Floats) -> list[dict[str, Any]]:
        """Say of each sign its name, kind and range."""
        return [
            {"name": name, "kind": "number", "low": float(low), "high": float(high)}
            for name, (low, high) in zip(self.features, bounds, strict=True)
        ]

    def signs(self, machine: Machine, level: Level) -> Signs:
        return signs_of(machine, level, kinds=self.kinds, components=self.components)

    def values(self, machine: Machine, level: Level) -> Floats:
        """Return the signs of each hour as numbers (T, features); the type-free ones are the last."""
        signs = self.signs(machine, level)
        facts = [float(machine.facts.get(name, 0.0)) for name in self.numbers]
        facts += [
            float(texts.index(value)) if (value := str(machine.facts.get(name))) in texts else -1.0
            for name, texts in self.texts.items()
        ]
        fixed = np.tile(facts, (len(signs.free), 1))
        return np.column_stack([signs.deviations, signs.errors, signs.since, fixed, signs.free])


def read(sensors: Sequence[str], machines: Sequence[Machine]) -> tuple[Naming, Level, Floats]:
    """Name the signs of these machines, learn their level, and return the signs of all hours of which
    something is known."""
    naming, level = name_all(sensors, machines), level_of(machines)
    values = [naming.values(machine, level)[machine.heard] for machine in machines]
    return naming, level, np.concatenate(values)


def bounds_of(values: Floats) -> Floats:
    return np.column_stack([values.min(axis=0), values.max(axis=0)])


def name_all(sensors: Sequence[str], machines: Sequence[Machine]) -> Naming:
    """Name what the typed signs are of, from what the machines have."""
    facts = {name: [machine.facts.get(name) for machine in machines] for name in _fact_names(machines)}
    texts = {name: values for name, values in facts.items() if any(isinstance(one, str) for one in values)}
    return Naming(
        sensors=tuple(sensors),
        kinds=tuple(sorted({str(kind) for machine in machines for kind in machine.errors.kinds})),
        components=tuple(sorted({str(kind) for machine in machines for kind in machine.replaced.kinds})),
        numbers=tuple(sorted(set(facts) - set(texts))),
        texts={name: sorted({str(one) for one in values}) for name, values in sorted(texts.items())},
    )


def _fact_names(machines: Sequence[Machine]) -> set[str]:
    return {name for machine in machines for name in machine.facts}
