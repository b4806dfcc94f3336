"""Single recordings (`timestamp,value`): how odd each row is, and where the product alarms.

Each file is one sensor, judged twice side by side as in production, sensitive and calm. A score from 0.5 on
is where an alert of the sensitive setting begins, from 0.9 on the calm setting is in alarm there, too; below,
it says how surprising the row is. A lasting anomaly is one alert.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from anomalies.detection.scan import Look, Rows, scan
from mlops.detectors import sensor
from mlops.detectors.episodes import Change, Kind
from mlops.detectors.sensor import Limits, Step
from mlops.detectors.settings import CALM, SENSITIVE, together
from mlops.detectors.window import Floats, Ints, Mask
from reports.evaluation.folders import BadFolder, open_text, recordings, target

SENSITIVE_MARK, CALM_MARK = 0.5, 0.9
HIGHEST_QUIET = 0.499
AT_ONCE = 1000


@dataclass(frozen=True)
class Recording:
    """A file's rows in their order; `heard` are what would be stored: numbers, each later than the last."""

    timestamps: list[str]
    time: Floats
    value: Floats

    @property
    def heard(self) -> Ints:
        numbers = np.flatnonzero(np.isfinite(self.value) & np.isfinite(self.time))
        before = np.maximum.accumulate(np.append(-np.inf, self.time[numbers]))[:-1]
        return numbers[self.time[numbers] > before]


@dataclass(frozen=True)
class Judged:
    """Of n rows: the surprise (n,); for the sensitive and the calm setting (2, n) the score of an alert that
    begins there, and whether one is open."""

    surprise: Floats
    begins: Floats
    open: Mask

    def look_from(self, start: int) -> Look:
        """Return what to be shown a scan of the rows from `start` on with, each row given twice."""

        def look(index: Ints, step: Step) -> None:
            rows = start + index[0]
            self.surprise[rows] = step.surprise[0]
            self.open[:, rows] = step.course.open[..., Kind.BEHAVIOUR]

        return look


def evaluate(data: Path, out: Path, options: Mapping[str, Any]) -> Iterator[str]:
    """Write `timestamp,anomaly_score` for each recording below `data`, one row for each of its rows."""
    for path, name in recordings(data):
        recording = read(path)
        scores = score(recording)
        _write(target(out, name), recording, scores)
        alerts, calm = ((scores >= mark).sum() for mark in (SENSITIVE_MARK, CALM_MARK))
        yield f"{name}: {len(scores)} rows, {alerts} alerts, the calm setting in alarm at {calm}"
    yield f"threshold: {SENSITIVE_MARK} (sensitive; the calm setting alerts at {CALM_MARK})"


def read(path: Path) -> Recording:
    """Return the rows of a file with the columns `timestamp` and `value`; times without a zone are UTC.

    Raises:
        BadFolder: the file has other columns, or a time that is none.
    """
    with open_text(path) as file:
        reader = csv.DictReader(file)
        if not {"timestamp", "value"} <= set(reader.fieldnames or ()):
            raise BadFolder(f"{path} has no columns timestamp and value.")
        rows = list(reader)
    stamps = [row["timestamp"] for row in rows]
    try:
        return Recording(
            stamps, np.array([_seconds(one) for one in stamps]), np.array([_number(row) for row in rows])
        )
    except ValueError as error:
        raise BadFolder(f"{path}: {error}") from error


def _seconds(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _number(row: Mapping[str, str]) -> float:
    return float(row["value"] or "nan")


def score(recording: Recording, at_once: int = AT_ONCE) -> Floats:
    """Return each row's score (n,), 0 to 1; 0 where the row is not heard."""
    scores = np.zeros(len(recording.time))
    scores[recording.heard] = _graded(judge(recording, at_once))
    return scores


def judge(recording: Recording, at_once: int = AT_ONCE) -> Judged:
    """Return what production says of the rows that are heard (n,)."""
    time, value = recording.time[recording.heard], recording.value[recording.heard]
    judged = Judged(np.zeros(len(time)), np.zeros((2, len(time))), np.zeros((2, len(time)), bool))
    states, settings = sensor.fresh(2), together([SENSITIVE, CALM])
    limits = Limits(np.full(2, -np.inf), np.full(2, np.inf))
    for start in range(0, len(time), at_once):
        cut = slice(start, start + at_once)
        rows, look = _twice(time[cut], value[cut]), judged.look_from(start)
        for moment in scan(states, rows, limits, settings, look=look):
            if (moment.kind, moment.change) == (Kind.BEHAVIOUR, Change.OPENED):
                judged.begins[moment.sensor, np.searchsorted(time, moment.time)] = moment.score
    return judged


def _twice(time: Floats, value: Floats) -> Rows:
    number = np.repeat([0, 1], len(time))
    return Rows(number, np.tile(time, 2), np.tile(value, 2), np.ones(len(number)))


def _graded(judged: Judged) -> Floats:
    """Return surprises in powers of ten as scores, by which setting is in alarm."""
    begins = judged.begins[0]
    alert = np.where(
        judged.open[1],
        _between(CALM_MARK, 1.0, begins),
        _between(SENSITIVE_MARK, CALM_MARK - 0.001, begins),
    )
    return np.where(begins > 0, alert, _between(0.0, HIGHEST_QUIET, judged.surprise))


def _between(low: float, high: float, surprise: Floats) -> Floats:
    return low + (high - low) * (1.0 - 10.0 ** (-surprise / 2))


def _write(path: Path, recording: Recording, scores: Floats) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["timestamp", "anomaly_score"])
        writer.writerows(
            (stamp, f"{one:.6f}") for stamp, one in zip(recording.timestamps, scores, strict=True)
        )
