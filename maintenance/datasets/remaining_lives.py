"""How long assets of a class live: learnt from those that ran to a fault that a technician found.

The newest lives judge, as many as are needed to tell that one model is better than another; the earlier
ones are learnt from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from maintenance.datasets.lives import UNIT, is_setting, lives_of, machine_of
from maintenance.datasets.machines import SCOPE, assets_in, labels_of, moment_of
from mlops.comparing import FEWEST_GROUPS
from mlops.datasets import Dataset, NotEnough
from mlops.predictors.life.fleets import Fleet, Floats, Unit
from mlops.predictors.remaining_life import FEWEST_LIVES, RemainingLife, features_of

HELD_OUT = 0.3  # of the lives, the newest
FEWEST_ROWS = 48  # hours of operation: what ended sooner was no life to learn from
CUTS = np.arange(0.3, 1.0, 0.1)  # of a life: where it is asked how much is left
MOST_POINTS = 60


def build(organization_id: int, scope: str, at: datetime) -> Dataset | NotEnough:
    """Build the dataset of a class of assets, such as asset-class:pump, as it is at this moment."""
    if not scope.startswith(SCOPE):
        return NotEnough(f"Remaining life is learnt for a class such as {SCOPE}pump, not for {scope!r}.")
    assets = assets_in(organization_id, scope)
    labels = labels_of(assets)
    machines = [machine_of(asset, labels, at) for asset in assets]
    lives = [life for machine in machines for life in lives_of(machine, labels)[0]]
    lives = sorted((life for life in lives if len(life[0].ages) >= FEWEST_ROWS), key=lambda life: life[1])
    needed = FEWEST_LIVES + FEWEST_GROUPS
    if len(lives) < needed:
        return NotEnough(
            f"There are {len(lives)} lives up to a fault that a technician found; {needed - len(lives)} more"
            f" are needed ({FEWEST_LIVES} to learn from, {FEWEST_GROUPS} to judge by)."
        )
    return _split(labels, lives)


def _split(labels: tuple[str, ...], lives: Sequence[tuple[Unit, float]]) -> Dataset:
    judging = max(FEWEST_GROUPS, round(HELD_OUT * len(lives)))
    earlier, later = [one for one, _ in lives[:-judging]], [one for one, _ in lives[-judging:]]
    fleet = Fleet(
        sensors=tuple(label for label in labels if not is_setting(label)),
        settings=tuple(label for label in labels if is_setting(label)),
        units=tuple(earlier),
        unit=UNIT,
    )
    usual = float(np.median([one.ages[-1] for one in earlier]))
    naive = [
        np.abs(np.maximum(usual - cut.ages[-1], 0.0) - left) for one in later for cut, left in _cuts(one)
    ]
    return Dataset(
        learn=fleet,
        held_out=replace(fleet, units=tuple(later)),
        judge=_judge,
        measure="absolute error, hours of operation",
        rows=sum(len(one.ages) for one in earlier),
        data_from=moment_of(lives[0][1] - lives[0][0].ages[-1]),
        data_until=moment_of(lives[-1][1]),
        groups=[number for number, one in enumerate(later) for _ in _cuts(one)],
        features=features_of(fleet),
        outputs=({"name": UNIT, "kind": "number"},),
        describe=_describe,
        naive=np.array(naive),
        naive_name="who knows only how long they usually live",
        tags={"domain": "run-to-failure"},
    )


def _cuts(one: Unit) -> list[tuple[Unit, float]]:
    """Return the life as it was known at several ages, each with the life that was left."""
    rows = [max(1, int(share * len(one.ages))) for share in CUTS]
    return [(one.until(row), float(one.ages[-1] - one.ages[row - 1])) for row in rows]


def _asked(model: RemainingLife, held_out: Fleet) -> tuple[Floats, Floats]:
    """Return what the model says at each cut (N, 3), and what was left (N,)."""
    units = held_out.seen_by(model.sensors, model.settings)
    cuts = [cut for one in units for cut in _cuts(one)]
    return model.estimates([cut for cut, _ in cuts]), np.array([left for _, left in cuts])


def _judge(model: RemainingLife, held_out: Fleet) -> Floats:
    """Return the error at each cut; what lies beyond the horizon errs by what it exceeds it."""
    found, left = _asked(model, held_out)
    return np.abs(found[:, 0] - left)


def _describe(model: RemainingLife, held_out: Fleet) -> dict[str, Any]:
    """Say how far off it is within its horizon, how often the interval holds, and show one life."""
    found, left = _asked(model, held_out)
    within = left <= model.horizon
    found, left = found[within], left[within]
    return {
        "rmse": round(float(np.sqrt(np.mean((found[:, 0] - left) ** 2))), 2),
        "coverage_90": round(float(np.mean((found[:, 1] <= left) & (left <= found[:, 2]))), 3),
        "width": round(float(np.mean(found[:, 2] - found[:, 1])), 2),
        "horizon": round(model.horizon, 2),
        "back_test": _back_test(model, held_out),
    }


def _back_test(model: RemainingLife, held_out: Fleet) -> dict[str, list[float]]:
    """Return the newest life, at some of its ages."""
    one = held_out.seen_by(model.sensors, model.settings)[-1]
    rows = np.unique(np.linspace(0.1, 1.0, MOST_POINTS) * len(one.ages)).astype(int).clip(1)
    found = model.estimates([one.until(int(row)) for row in rows])
    ages = one.ages[rows - 1]
    columns = {"at": ages, "actual": one.ages[-1] - ages}
    columns |= dict(zip(("predicted", "low", "high"), found.T, strict=True))
    return {name: np.round(values, 2).tolist() for name, values in columns.items()}
