"""Simulated fleets: what fails shows it two days before in its own sensor, and by an error one day before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlops.predictors.machines import Fleet, Machine, happenings

SENSORS = ("pressure", "temperature", "vibration")
KINDS = {0: "PDE", 1: "OHE", 2: "VIB"}  # what fails, by the sensor that shows it
EVERY = 300  # hours between a machine's failures
STRENGTH = 1.6  # standard deviations
ERRORS = {place: f"abnormal_behaviour {sensor}" for place, sensor in enumerate(SENSORS)}


def machine(name: str, seed: int, *, hours: int = 900, kinds: tuple[int, ...] = (0, 1, 2)) -> Machine:
    """Return a machine that fails every 300 hours or so; errors without a cause come now and then."""
    rng = np.random.default_rng(seed)
    telemetry = rng.normal([5.0, 60.0, 2.0], [0.5, 4.0, 0.3], (hours, 3))
    errors = [(float(hour), ERRORS[int(rng.integers(0, 3))]) for hour in rng.integers(0, hours, 6)]
    failures = []
    for number, hour in enumerate(range(EVERY + seed % 50, hours, EVERY)):
        kind = kinds[(number + seed) % len(kinds)]
        telemetry[hour - 48 : hour, kind] += STRENGTH * [0.5, 4.0, 0.3][kind]
        errors.append((float(hour - 24), ERRORS[kind]))
        failures.append((float(hour), KINDS[kind]))
    told = happenings(failures)
    return Machine(
        name, 0.0, telemetry, happenings(errors), told, told, {"age": float(seed % 9), "model": "A"}
    )


def fleet(*, machines: int = 6, first: int = 0, kinds: tuple[int, ...] = (0, 1, 2)) -> Fleet:
    seeds = range(first, first + machines)
    return Fleet(SENSORS, tuple(machine(f"M{seed}", seed, kinds=kinds) for seed in seeds))


def cut(one: Machine, hours: int) -> Machine:
    """Return what was known of the machine after so many hours."""
    last = hours - 1
    events = {name: getattr(one, name).until(last) for name in ("errors", "replaced", "failures")}
    return replace(one, telemetry=one.telemetry[:hours], **events)
