from __future__ import annotations

import csv

import numpy as np
import pytest

from reports.evaluation.cmapss import SENSORS, evaluate
from reports.evaluation.folders import BadFolder
from tests.mlops.engines import life


def write(path, units):
    """Write units as C-MAPSS does: unit, cycle, three settings, 21 sensors, of which most never move."""
    rows = []
    for number, unit in enumerate(units, start=1):
        own = np.ones((len(unit.ages), 5 + len(SENSORS)))
        own[:, 0], own[:, 1], own[:, 2] = number, unit.ages, unit.settings[:, 0]
        own[:, 5 : 5 + unit.readings.shape[1]] = unit.readings
        rows.append(own)
    np.savetxt(path, np.vstack(rows), fmt="%.6g")


def test_it_writes_an_interval_for_each_unit_of_each_set(tmp_path):
    cuts = [life(seed).until(60) for seed in (101, 102, 103)]
    write(tmp_path / "partial_train_FD009.txt.gz", [life(seed) for seed in range(8)])
    write(tmp_path / "partial_test_FD009.txt", cuts)
    lines = list(evaluate(tmp_path, tmp_path / "out", {}))
    assert "FD009: learnt from 8 lives; 3 units told (0 outside its experience" in lines[1]
    with (tmp_path / "out" / "FD009.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["unit"] for row in rows] == ["1", "2", "3"]
    assert all(0 <= float(row["rul_low"]) <= float(row["rul"]) <= float(row["rul_high"]) for row in rows)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("1 2 3\n", "has 3 columns; 26 are expected"), ("1 x\n", "could not convert"), ("", "26 are expected")],
)
@pytest.mark.filterwarnings("ignore:loadtxt")
def test_a_file_of_another_kind_is_refused(tmp_path, text, reason):
    (tmp_path / "train_FD009.txt").write_text(text)
    with pytest.raises(BadFolder, match=reason):
        list(evaluate(tmp_path, tmp_path / "out", {}))


def test_a_set_without_its_test_part_and_one_with_too_few_lives_are_refused(tmp_path):
    write(tmp_path / "train_FD009.txt", [life(1), life(2)])
    with pytest.raises(BadFolder, match=r"test_FD009\.txt is missing"):
        list(evaluate(tmp_path, tmp_path / "out", {}))
    write(tmp_path / "test_FD009.txt", [life(3).until(50)])
    with pytest.raises(BadFolder, match="FD009: There are 2 lives up to a failure; 8 are needed"):
        list(evaluate(tmp_path, tmp_path / "out", {}))
