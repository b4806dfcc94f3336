"""`manage.py evaluate forecast`: what it reads, what it writes, what it refuses."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from reports.evaluation.forecast import read
from tests.evaluation.forecast import report

START = datetime(2020, 1, 1)


def write(path: Path, columns: dict[str, np.ndarray], step: timedelta = timedelta(hours=1)) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["date", *columns])
        for number, row in enumerate(zip(*columns.values(), strict=True)):
            writer.writerow([START + number * step, *row])


def run(data: Path, out: Path, **options: int) -> list[dict[str, str]]:
    call_command("evaluate", "forecast", data=data, out=out, **options)
    return [row for path in sorted(out.glob("*.csv")) for row in csv.DictReader(path.open(newline=""))]


def test_it_writes_every_step_of_each_origin_for_each_column(tmp_path):
    course = 10 + np.sin(np.arange(250) / 24 * 2 * np.pi)
    words = np.array(["warm"] * 250)
    write(tmp_path / "load.csv", {"a": course, "b/c": -course, "note": words})
    rows = run(tmp_path, tmp_path / "out", train_rows=200, horizon=3)
    assert {row["series"] for row in rows} == {"load_a", "load_b_c"}
    own = [row for row in rows if row["series"] == "load_a"]
    origins = list(dict.fromkeys(row["origin"] for row in own))
    assert origins == [str(START + timedelta(hours=199 + 24 * number)) for number in range(2)]
    ahead = [str(START + timedelta(hours=hour)) for hour in (200, 201, 202)]
    assert [row["timestamp"] for row in own[:3]] == ahead
    off = [abs(float(row["forecast"]) - course[200 + place]) for place, row in enumerate(own[:3])]
    assert max(off) < 0.01
    assert all(float(row["low"]) <= float(row["forecast"]) <= float(row["high"]) for row in rows)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"train_rows": 148, "horizon": 3}, "150 rows cannot hold 148 to learn from and 3 ahead"),
        ({"train_rows": 60, "horizon": 24}, "not enough data"),
    ],
)
def test_a_file_that_is_too_short_is_named(tmp_path, options, reason):
    write(tmp_path / "load.csv", {"a": np.arange(150.0)})
    with pytest.raises(CommandError, match=f"load: .*{reason}|load: {reason}"):
        run(tmp_path, tmp_path / "out", **options)


def test_a_file_without_dates_is_named(tmp_path):
    (tmp_path / "load.csv").write_text("time,a\n1,2\n")
    with pytest.raises(CommandError, match=r"load\.csv must have a column date"):
        run(tmp_path, tmp_path / "out")


def test_a_missing_value_counts_as_the_one_before(tmp_path):
    (tmp_path / "load.csv").write_text("date,a\n2020-01-01,\n2020-01-02,2\n2020-01-03,\n2020-01-04,5\n")
    assert read(tmp_path / "load.csv").values[:, 0].tolist() == [2, 2, 2, 5]


def test_it_beats_the_naive_forecast_of_a_transformer(test_data, tmp_path):
    with gzip.open(test_data / "ETT" / "ETTh1.csv.gz", "rt") as file:
        lines = [line.split(",") for line in list(file)[:3001]]
    (tmp_path / "part.csv").write_text("\n".join(f"{line[0]},{line[2]}" for line in lines))
    run(tmp_path, tmp_path / "out", train_rows=2400)
    whole = list(report("part", read(tmp_path / "part.csv"), tmp_path / "out", None))[-2].split()
    figures = dict(zip(whole[2::2], map(float, whole[3::2]), strict=True))
    assert figures["MSE"] < 0.95 * figures["seasonal-naive"]
    assert 0.8 < figures["coverage"] < 0.97
