"""Whether a machine fails within 24 h: learnt from DIR/train, said of each telemetry row of DIR/test.

What bears the hour of a row is known at that row (an error of 06:00 at the row of 06:00), nothing later; a
failure at the row's own hour is not one that is still to come. Failures of the test part are not read.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from mlops.predictors import within_horizon
from mlops.predictors.answers import NotEnoughData
from mlops.predictors.machines import Fleet, Machine, happenings, hourly
from reports.evaluation.folders import BadFolder, find, open_text, target

MACHINE, MOMENT = "machineID", "datetime"
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  the recordings bear no time zone
OTHER_FORM = "%m/%d/%Y %I:%M:%S %p"

Rows = dict[str, list[dict[str, str]]]  # by machine


def evaluate(data: Path, out: Path, options: dict[str, Any]) -> Iterator[str]:
    fleet = read_fleet(data / "train", with_failures=True)
    try:
        model = within_horizon.train(fleet)
    except NotEnoughData as error:
        raise BadFolder(f"{data / 'train'}: {error}") from error
    yield f"Learnt from {len(fleet.machines)} machines, {sum(map(_failures, fleet.machines))} failures."
    test = read_fleet(data / "test", with_failures=False)
    if test.sensors != fleet.sensors:
        raise BadFolder(f"train has the sensors {fleet.sensors}, test has {test.sensors}.")
    rows = _read(data / "test", "telemetry")
    with target(out, "azure.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([MACHINE, MOMENT, "probability"])
        for machine in test.machines:
            writer.writerows(_said(machine, rows[machine.name], model.predict(machine)))
    yield f"Wrote a probability for each of {sum(map(len, rows.values()))} rows of telemetry."


def _failures(machine: Machine) -> int:
    return len(machine.failures.hours)


def _said(machine: Machine, rows: list[dict[str, str]], probabilities: Any) -> Iterator[tuple[str, str, str]]:
    for row in rows:
        place = int(_hour(row[MOMENT]) - machine.start)
        yield machine.name, row[MOMENT], f"{probabilities[place]:.6f}"


def read_fleet(folder: Path, *, with_failures: bool) -> Fleet:
    """Read the tables of a folder: telemetry, errors, replaced components, machines, failures.

    Raises:
        BadFolder: a table is missing, or a machine of the telemetry is not among the machines.
    """
    names = ["telemetry", "errors", "maint", "machines", *(["failures"] if with_failures else [])]
    tables = {name: _read(folder, name) for name in names}
    first = next(iter(tables["telemetry"].values()))[0]
    sensors = tuple(name for name in first if name not in {MACHINE, MOMENT})
    lost = sorted(set(tables["telemetry"]) - set(tables["machines"]))
    if lost:
        raise BadFolder(f"{folder} says nothing about the machines {', '.join(lost)}.")
    return Fleet(sensors, tuple(_machine(name, tables, sensors) for name in tables["telemetry"]))


def _machine(name: str, tables: dict[str, Rows], sensors: tuple[str, ...]) -> Machine:
    def moments(table: str, kind: str) -> list[tuple[float, str]]:
        rows = tables[table][name] if table in tables else []
        return [(_hour(row[MOMENT]), row[kind]) for row in rows]

    rows, (facts, *_) = tables["telemetry"][name], tables["machines"][name]
    hours = np.array([_hour(row[MOMENT]) for row in rows])
    values = np.array([[float(row[sensor] or "nan") for sensor in sensors] for row in rows])
    start, telemetry = hourly(hours, values)
    return Machine(
        name=name,
        start=start,
        telemetry=telemetry,
        errors=happenings(moments("errors", "errorID")),
        replaced=happenings(moments("maint", "comp")),
        failures=happenings(moments("failures", "failure")),
        facts={key: _fact(text) for key, text in facts.items() if key != MACHINE},
    )


def _read(folder: Path, name: str) -> Rows:
    """Return the rows of a table by machine."""
    path = find(folder, f"PdM_{name}.csv")
    rows: Rows = defaultdict(list)
    with open_text(path) as file:
        for row in csv.DictReader(file):
            if MACHINE not in row:
                raise BadFolder(f"{path} has no column {MACHINE!r}.")
            rows[row[MACHINE]].append(row)
    if name == "telemetry" and not rows:
        raise BadFolder(f"{path} has no rows.")
    return rows


def _hour(text: str) -> float:
    """Return the whole hour since 1970."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.strptime(text, OTHER_FORM)  # noqa: DTZ007  no time zone, as above
    return float((moment - EPOCH).total_seconds() // 3600)


def _fact(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
