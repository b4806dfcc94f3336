"""`manage.py evaluate ai4i` and `azure` on a part of the real data, split here."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from sklearn.metrics import average_precision_score

from mlops.predictors.within_horizon import fails_within
from reports.evaluation.ai4i import MODES, read_sheet
from reports.evaluation.azure import read_fleet
from reports.evaluation.folders import find, open_text, recordings
from tests.evaluation.ai4i import halves

Rows = list[dict[str, str]]


def read(path: Path) -> Rows:
    with open_text(path) as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: Rows, *, without: tuple[str, ...] = ()) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = [name for name in rows[0] if name not in without]
    with gzip.open(path, "wt", newline="") if path.suffix == ".gz" else path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def presses(test_data) -> tuple[Rows, Rows]:
    """Half of AI4I's rows to learn from, and the others."""
    (path, _), *_ = recordings(test_data / "AI4I2020")
    rows, trains = read(path), halves(read_sheet(path).failed, 0)
    return [row for row, train in zip(rows, trains, strict=True) if train], [
        row for row, train in zip(rows, trains, strict=True) if not train
    ]


def test_it_tells_which_rows_of_ai4i_fail(presses, tmp_path):
    train, test = presses
    write(tmp_path / "train.csv", train, without=MODES)
    write(tmp_path / "test.csv.gz", test, without=("Machine failure", *MODES))
    call_command("evaluate", "ai4i", data=tmp_path, out=tmp_path / "out")
    said = read(tmp_path / "out" / "ai4i.csv")
    assert [row["udi"] for row in said] == [row["UDI"] for row in test]
    truth = [row["Machine failure"] == "1" for row in test]
    assert average_precision_score(truth, [float(row["probability"]) for row in said]) > 0.86


def test_a_table_that_nothing_can_be_learnt_from_is_named(presses, tmp_path):
    train, test = presses
    write(tmp_path / "train.csv", train[:50])
    write(tmp_path / "test.csv", test)
    with pytest.raises(CommandError, match=r"train\.csv: There are 50 rows; 200 are needed"):
        call_command("evaluate", "ai4i", data=tmp_path, out=tmp_path / "out")


def trains(row: dict[str, str]) -> bool:
    return int(row["machineID"]) <= 6


@pytest.fixture(scope="module")
def machines(test_data, tmp_path_factory) -> Path:
    """Machines 1 to 6 to learn from; of 7 to 10 all but the failures."""
    folder = tmp_path_factory.mktemp("azure")
    for name in ("telemetry", "errors", "maint", "machines", "failures"):
        rows = read(find(test_data / "AzurePdM", f"PdM_{name}.csv"))
        write(folder / "train" / f"PdM_{name}.csv.gz", [row for row in rows if trains(row)])
        if name != "failures":
            write(folder / "test" / f"PdM_{name}.csv", [row for row in rows if not trains(row)])
    return folder


def test_it_tells_which_machines_of_azure_fail_within_a_day(machines, test_data, tmp_path):
    call_command("evaluate", "azure", data=machines, out=tmp_path)
    said = read(tmp_path / "azure.csv")
    telemetry = read(machines / "test" / "PdM_telemetry.csv")
    assert [(row["machineID"], row["datetime"]) for row in said] == [
        (row["machineID"], row["datetime"]) for row in telemetry
    ]
    fleet = read_fleet(test_data / "AzurePdM", with_failures=True)
    truth = np.concatenate([fails_within(one) for one in fleet.machines if int(one.name) > 6])
    assert average_precision_score(truth, [float(row["probability"]) for row in said]) > 0.9


def test_a_table_that_is_missing_is_named(machines, tmp_path):
    write(tmp_path / "train" / "PdM_telemetry.csv", read(machines / "test" / "PdM_telemetry.csv")[:5])
    with pytest.raises(CommandError, match=r"PdM_errors\.csv is missing"):
        call_command("evaluate", "azure", data=tmp_path, out=tmp_path / "out")
