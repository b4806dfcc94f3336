"""How well failures within 24 h are told: `python -m tests.evaluation.azure DATA [SEEDS]`.

DATA has the five tables. *Machine out*: no machine is judged by a model that learnt from it (fifths of the
machines). *Type out*: neither that, nor did the model see any failure of the kind that it is judged on; hours
before failures of other kinds are left out. Both are the production training, of all rows and one setting.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, f1_score

from mlops.predictors import within_horizon
from mlops.predictors.machines import Fleet, Happenings, Machine
from mlops.predictors.within_horizon import HORIZON, fails_within
from reports.evaluation.azure import read_fleet

FIFTHS = 5
SEEDS = 3


@dataclass(frozen=True)
class Said:
    machine: Machine
    probability: np.ndarray


def machines_out(fleet: Fleet, seed: int, unseen: str = "") -> list[Said]:
    """Judge each machine by a model of the others, from which failures of the kind `unseen` are taken out."""
    parts = np.array_split(np.random.default_rng(seed).permutation(len(fleet.machines)), FIFTHS)
    said = []
    for part in parts:
        others = [machine for at, machine in enumerate(fleet.machines) if at not in part]
        model = within_horizon.train(Fleet(fleet.sensors, tuple(blinded(others, unseen))), seed=seed)
        said += [Said(fleet.machines[at], model.predict(fleet.machines[at])) for at in part]
    return said


def blinded(machines: list[Machine], unseen: str) -> list[Machine]:
    """Take out the hours before each failure of the kind; what is left is pieces of their own."""
    return [piece for machine in machines for piece in pieces(machine, machine.failures.of(unseen))]


def pieces(machine: Machine, cuts: np.ndarray) -> Iterator[Machine]:
    begins = [0, *(int(cut - machine.start) for cut in cuts)]
    ends = [*(int(cut - HORIZON - machine.start) for cut in cuts), len(machine.telemetry)]
    for begin, end in zip(begins, ends, strict=True):
        begin, end = (min(max(row, 0), len(machine.telemetry)) for row in (begin, end))
        if begin < end:
            start, telemetry = machine.start + begin, machine.telemetry[begin:end]
            failures = machine.failures.until(start + end - begin + HORIZON - 1)
            yield replace(machine, start=start, telemetry=telemetry, failures=failures)


def only(machine: Machine, kind: str) -> Machine:
    hours = machine.failures.of(kind)
    return replace(machine, failures=Happenings(hours, np.full(len(hours), kind)))


def area(said: list[Said], kind: str = "") -> float:
    """Return the PR-AUC over all hours; with a kind, of its failures against hours before none."""
    truth, scores = [], []
    for one in said:
        every = fails_within(one.machine)
        right = fails_within(only(one.machine, kind)) if kind else every
        keep = right | ~every
        truth.append(right[keep])
        scores.append(one.probability[keep])
    return average_precision_score(np.concatenate(truth), np.concatenate(scores))


def announced(said: list[Said], limit: float) -> tuple[int, int, int, int]:
    """Return failures, those announced in the 24 h before, false-alarm machine-days, machine-days."""
    found = np.zeros(4, int)
    for one in said:
        before, alarms = fails_within(one.machine), one.probability >= limit
        moments = np.unique(one.machine.failures.hours) - one.machine.start
        windows = [alarms[int(max(at - HORIZON, 0)) : int(at)] for at in moments if 0 < at <= len(alarms)]
        days = np.arange(len(alarms)) // 24
        false = len(np.unique(days[alarms & ~before]))
        found += [len(windows), sum(bool(window.any()) for window in windows), false, days[-1] + 1]
    return tuple(int(one) for one in found)


def show(fleet: Fleet, seed: int) -> list[float]:
    said = machines_out(fleet, seed)
    truth = np.concatenate([fails_within(one.machine) for one in said])
    scores = np.concatenate([one.probability for one in said])
    print(f"seed {seed}: machine out PR-AUC {area(said):.3f}, F1 at 0.5 {f1_score(truth, scores >= 0.5):.3f}")
    for limit in (0.5, 0.1):
        moments, hit, false, days = announced(said, limit)
        print(f"  at {limit}: {hit} of {moments} moments announced, false on {false} of {days} machine-days")
    counted = [kind for machine in fleet.machines for kind in machine.failures.kinds]
    kinds = sorted({kind for kind in counted if has_hours_before(fleet, kind)})
    areas = [area(machines_out(fleet, seed, kind), kind) for kind in kinds]
    each = ", ".join(f"{kind} {value:.3f}" for kind, value in zip(kinds, areas, strict=True))
    print(f"  type out PR-AUC {np.mean(areas):.3f} ({each})", flush=True)
    return [area(said), float(np.mean(areas))]


def has_hours_before(fleet: Fleet, kind: str) -> bool:
    return any(fails_within(only(machine, kind)).any() for machine in fleet.machines)


def main(data: Path, seeds: int = SEEDS) -> None:
    fleet = read_fleet(data, with_failures=True)
    found = np.array([show(fleet, seed) for seed in range(seeds)])
    for name, values in zip(("machine out", "type out"), found.T, strict=True):
        print(f"{name}: {values.mean():.3f} ± {values.std():.3f} over {seeds} seeds")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
