"""The joint detector over recordings of an asset's sensors (SKAB): which rows after 400 are abnormal."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mlops.detectors import joint
from mlops.detectors.settings import SENSITIVE
from mlops.detectors.window import BLOCK, Floats, Mask
from reports.evaluation.folders import BadFolder, open_text, recordings, target

HISTORY = joint.NEEDED
DELIMITER = ";"
LABELS = {"anomaly", "changepoint"}
JUMP = 1.5  # times the farthest jump of the history
APART = 60  # rows


def evaluate(data: Path, out: Path, options: Mapping[str, Any]) -> Iterator[str]:
    """Write a file for each recording, `datetime,anomaly,changepoint` for the rows after its history.

    Each row's answer depends on the rows up to it; labels are not read.
    """
    yield f"{joint.VERSION}, one configuration for all; the first {HISTORY} rows of a file are its history."
    files = 0
    for path, name in recordings(data):
        moments, values = read_recording(path)
        abnormal, jumped = judge(values)
        _write(target(out, name), moments[HISTORY:], abnormal[HISTORY:], jumped[HISTORY:])
        files += 1
    yield f"{files} files written to {out}."


def read_recording(path: Path) -> tuple[list[str], Floats]:
    """Return the moments as they are written and the values (rows, sensors), NaN where one is missing.

    Raises:
        BadFolder: the file has no column datetime, or a value is no number.
    """
    with open_text(path) as file:
        rows = csv.DictReader(file, delimiter=DELIMITER)
        names = [name for name in rows.fieldnames or () if name not in LABELS]
        if "datetime" not in names:
            raise BadFolder(f"{path} has no column datetime.")
        names.remove("datetime")
        moments, values = [], []
        for row in rows:
            moments.append(row["datetime"])
            values.append([_number(row[name], path, rows.line_num) for name in names])
    return moments, np.array(values, "f8").reshape(len(values), len(names))


def judge(values: Floats) -> tuple[Mask, Mask]:
    """Return which rows are abnormal and at which the course changes, for rows (T, n) of one asset."""
    state = joint.fresh(1, values.shape[1])
    abnormal, jumped = np.zeros(len(values), bool), np.zeros(len(values), bool)
    latest = -APART
    for start in range(0, len(values), BLOCK):
        rows = values[None, start : start + BLOCK]
        time = np.arange(start, start + rows.shape[1], dtype="f8")[None]
        step = joint.advance(state, rows, time, SENSITIVE)
        abnormal[start : start + BLOCK] = step.abnormal[0]
        for row in (start + np.flatnonzero((step.reach.jumps[0] >= JUMP).any(axis=1))).tolist():
            if row - latest >= APART:
                jumped[row], latest = True, row
    return abnormal, jumped


def _number(text: str | None, path: Path, line: int) -> float:
    if not text:
        return np.nan
    try:
        return float(text)
    except ValueError:
        raise BadFolder(f"{path}, line {line}: {text!r} is no number.") from None


def _write(path: Path, moments: list[str], abnormal: Mask, jumped: Mask) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["datetime", "anomaly", "changepoint"])
        writer.writerows(zip(moments, abnormal.astype(int), jumped.astype(int), strict=True))
