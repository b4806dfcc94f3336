"""Which assets of a class fail within a day: learnt from what technicians found at them.

The earlier failures are learnt from, the later ones judge: the newest three in ten, at least two, and all
hours since. Hours of one asset and week hang together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from maintenance.datasets.machines import SCOPE, assets_in, fleet_of, labels_of, moment_of
from mlops.datasets import Dataset, NotEnough
from mlops.predictors import within_horizon
from mlops.predictors.machines import Fleet, Floats, Machine
from mlops.predictors.within_horizon import (
    FEWEST_FAILURES,
    FEWEST_HOURS,
    FEWEST_MACHINES,
    HORIZON,
    SignsEnsemble,
    fails_within,
)

Ints = np.ndarray[Any, np.dtype[np.int64]]

LONGEST = timedelta(days=400)
HELD_OUT = 0.3  # of the failures, the newest
FEWEST_HELD_OUT = 2
WEEK = 7 * 24
SURELY = 0.001  # no model is surer than that, so that one surprise does not outweigh all else
MOST_POINTS = 500


@dataclass(frozen=True)
class Later:
    """A machine with all its past, to be judged from the row `begin` on."""

    machine: Machine
    begin: int

    @property
    def rows(self) -> Ints:
        """The hours of which something is known."""
        return self.begin + np.flatnonzero(self.machine.heard[self.begin :])

    @property
    def hours(self) -> Floats:
        return self.machine.hours[self.rows]

    @property
    def truth(self) -> Floats:
        return fails_within(self.machine)[self.rows].astype(float)

    def said(self, model: SignsEnsemble) -> Floats:
        return model.predict(self.machine)[self.rows]


def build(organization_id: int, scope: str, at: datetime) -> Dataset | NotEnough:
    """Build the dataset of a class of assets, such as asset-class:pump, as it is at this moment."""
    if not scope.startswith(SCOPE):
        return NotEnough(f"Failures are learnt for a class such as {SCOPE}pump, not for {scope!r}.")
    assets = assets_in(organization_id, scope)
    fleet = fleet_of(assets, labels_of(assets), at - LONGEST, at)
    fleet = replace(fleet, machines=tuple(one for one in fleet.machines if one.heard.any()))
    missing = _missing(fleet)
    return NotEnough(missing) if missing else split(fleet)


def _missing(fleet: Fleet) -> str:
    """Say in words what is missing and how much, or nothing."""
    hours = sum(int(machine.heard.sum()) for machine in fleet.machines)
    failures = len(_failures(fleet))
    return " ".join(
        f"There are {found} {what}; {needed} are needed."
        for what, found, needed in (
            ("assets of the class with readings", len(fleet.machines), FEWEST_MACHINES),
            ("hours of readings of them together", hours, FEWEST_HOURS),
            ("faults that technicians found at them", failures, FEWEST_FAILURES + FEWEST_HELD_OUT),
        )
        if found < needed
    )


def _failures(fleet: Fleet) -> list[float]:
    """Return the failures that have telemetry before them, in order."""
    return sorted(
        float(hour)
        for machine in fleet.machines
        for hour in machine.failures.hours
        if machine.hours[0] < hour <= machine.hours[-1] + HORIZON
    )


def split(fleet: Fleet) -> Dataset | NotEnough:
    """Learn from what was known before the newest failures, judge by all since."""
    failures = _failures(fleet)
    judging = max(FEWEST_HELD_OUT, round(HELD_OUT * len(failures)))
    cut = failures[-judging] - HORIZON
    earlier = tuple(before for one in fleet.machines if (before := _until(one, cut)) is not None)
    later = [Later(one, max(0, int(cut - one.start))) for one in fleet.machines if one.hours[-1] >= cut]
    if lack := within_horizon.lack_of(Fleet(fleet.sensors, earlier)):
        return NotEnough(f"Before the newest {judging} faults, which judge, too little is known. {lack}")
    learnt = np.concatenate([fails_within(machine)[machine.heard] for machine in earlier])
    truth = np.concatenate([one.truth for one in later])
    return Dataset(
        learn=Fleet(fleet.sensors, earlier),
        held_out=later,
        judge=_judge,
        measure="log loss of each hour",
        rows=len(learnt),
        data_from=moment_of(min(machine.start for machine in fleet.machines)),
        data_until=moment_of(max(machine.hours[-1] for machine in fleet.machines)),
        groups=[f"{one.machine.name}/{hour // WEEK:.0f}" for one in later for hour in one.hours],
        features=within_horizon.features_of(Fleet(fleet.sensors, earlier)),
        outputs=({"name": "probability", "kind": "number"},),
        describe=_describe,
        naive=_loss(np.full(len(truth), learnt.mean()), truth),
        naive_name="who knows only how often they fail",
        settings={"horizon_hours": HORIZON},
        tags={"domain": "telemetry"},
    )


def _until(machine: Machine, hour: float) -> Machine | None:
    """Return what was known of the machine before the hour; None: nothing."""
    rows = int(hour - machine.start)
    if rows <= 0:
        return None
    return replace(
        machine,
        telemetry=machine.telemetry[:rows],
        errors=machine.errors.until(hour - 1),
        replaced=machine.replaced.until(hour - 1),
        failures=machine.failures.until(hour - 1),
    )


def _loss(said: Floats, truth: Floats) -> Floats:
    likely = np.clip(said, SURELY, 1 - SURELY)
    return np.asarray(-np.log(np.where(truth > 0, likely, 1 - likely)))


def _judge(model: SignsEnsemble, held_out: Sequence[Later]) -> Floats:
    said = np.concatenate([one.said(model) for one in held_out])
    return _loss(said, np.concatenate([one.truth for one in held_out]))


def _describe(model: SignsEnsemble, held_out: Sequence[Later]) -> dict[str, Any]:
    """Say how many failures were announced and how many days had a false alarm, with one asset's course."""
    each = [(one, one.said(model) >= 0.5, one.truth > 0) for one in held_out]
    starts = [np.flatnonzero(np.diff(truth.astype(int), prepend=0) == 1) for _, _, truth in each]
    announced = sum(
        bool(alarm[begin : begin + HORIZON].any())
        for (_, alarm, _), begins in zip(each, starts, strict=True)
        for begin in begins
    )
    false = sum(len(set(np.flatnonzero(alarm & ~truth) // 24)) for _, alarm, truth in each)
    return {
        "failures": int(sum(map(len, starts))),
        "announced": announced,
        "false_alarm_days": false,
        "days": int(sum(len(truth) for _, _, truth in each) // 24),
        "back_test": _back_test(model, max(held_out, key=lambda one: one.truth.sum())),
    }


def _back_test(model: SignsEnsemble, one: Later) -> dict[str, list[Any]]:
    """Return the asset's hours around its last failure, or its newest."""
    truth, said = one.truth, one.said(model)
    last = int(np.flatnonzero(truth).max(initial=len(truth) - 1))
    kept = slice(max(0, last + 1 + HORIZON - MOST_POINTS), last + 1 + HORIZON)
    return {
        "at": [moment_of(hour).isoformat() for hour in one.hours[kept]],
        "actual": truth[kept].tolist(),
        "predicted": said[kept].round(4).tolist(),
        "low": [],
        "high": [],
    }
