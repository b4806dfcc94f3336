"""Remaining life of simulated engines (NASA C-MAPSS): learnt from train_FD00x, told for test_FD00x."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mlops.predictors import remaining_life
from mlops.predictors.answers import OUTSIDE_EXPERIENCE, NotEnoughData
from mlops.predictors.life.fleets import Fleet, Unit
from reports.evaluation.folders import BadFolder, find, open_text, recordings, target

SENSORS = tuple(f"sensor_{number}" for number in range(1, 22))
SETTINGS = tuple(f"op_setting_{number}" for number in range(1, 4))
COLUMNS = 2 + len(SETTINGS) + len(SENSORS)
HORIZON = 130.0  # cycles: how far ahead these sets are asked, as in the literature (125 to 130)
TRAIN, TEST, SUFFIX = "train_", "test_", ".txt"


def evaluate(data: Path, out: Path, options: Mapping[str, Any]) -> Iterator[str]:
    """Write `unit,rul,rul_low,rul_high` (90 % interval) at the last cycle of each test unit, a file a set.

    A set is a pair train_NAME.txt, test_NAME.txt, gzipped or not; `partial_` may stand before both.
    """
    yield f"{remaining_life.NAME}/{remaining_life.VERSION}, one configuration for all sets."
    for name, prefix in sorted(_sets(data).items()):
        fleet = read_fleet(find(data, f"{prefix}{TRAIN}{name}{SUFFIX}"))
        units = read_fleet(find(data, f"{prefix}{TEST}{name}{SUFFIX}")).units
        try:
            model = remaining_life.train(fleet)
        except NotEnoughData as error:
            raise BadFolder(f"{name}: {error}") from error
        _write(target(out, f"{name}.csv"), units, model.estimates(units))
        yield f"{name}: learnt from {len(fleet.units)} lives; {len(units)} units told{_doubts(model, units)}."
    yield f"Written to {out}."


def _sets(data: Path) -> dict[str, str]:
    """Return the sets' names with what stands before their files; a whole set goes before a part of it."""
    found: dict[str, str] = {}
    for path, _ in recordings(data, f"*{TRAIN}*{SUFFIX}"):
        prefix, _, name = path.name.partition(TRAIN)
        name = name.partition(SUFFIX)[0]
        found[name] = min(prefix, found.get(name, prefix))
    return found


def read_fleet(path: Path) -> Fleet:
    """Return the units of one file of 26 columns: unit, cycle, settings, sensors.

    Raises:
        BadFolder: it is not such a file.
    """
    try:
        with open_text(path) as file:
            rows = np.loadtxt(file, ndmin=2)
    except ValueError as error:
        raise BadFolder(f"{path}: {error}") from error
    if rows.shape[1] != COLUMNS:
        raise BadFolder(f"{path} has {rows.shape[1]} columns; {COLUMNS} are expected.")
    first = 2 + len(SETTINGS)
    units = []
    for number in np.unique(rows[:, 0]):
        own = rows[rows[:, 0] == number]
        own = own[np.argsort(own[:, 1], kind="stable")]
        units.append(Unit(f"{number:.0f}", own[:, 1], own[:, first:], own[:, 2:first]))
    return Fleet(SENSORS, SETTINGS, tuple(units), horizon=HORIZON)


def _doubts(model: remaining_life.RemainingLife, units: tuple[Unit, ...]) -> str:
    """Say of how many the product would rather say nothing; the files hold what it would have said."""
    refusals = [answer.refusal.code for answer in model.predict(units) if answer.refusal]
    outside = refusals.count(OUTSIDE_EXPERIENCE)
    return f" ({outside} outside its experience, {len(refusals) - outside} refused otherwise)"


def _write(path: Path, units: tuple[Unit, ...], estimates: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["unit", "rul", "rul_low", "rul_high"])
        for unit, row in zip(units, estimates, strict=True):
            writer.writerow([unit.name, *(f"{value:.3f}" for value in row)])
