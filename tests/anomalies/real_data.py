"""Reads the labelled recordings: single series (NAB) and a water loop with eight sensors (SKAB)."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from anomalies.detection.offline import Episode, Series

Window = tuple[float, float]
LOOP_SENSORS = 8


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def rows_of(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        yield from csv.DictReader(file, delimiter=delimiter)


def single_series(path: Path, name: str = "Temperature") -> Series:
    rows = [(seconds(row["timestamp"]), float(row["value"])) for row in rows_of(path)]
    return Series(name, *np.array(rows).T)


def labelled_windows(folder: Path) -> dict[str, list[Window]]:
    """Return the windows of each file, by its name without .gz."""
    labels = json.loads((folder / "labels/combined_windows.json").read_text())
    return {name: [(seconds(first), seconds(last)) for first, last in ends] for name, ends in labels.items()}


def touched(alert: Episode, windows: list[Window]) -> set[int]:
    end = alert.ended or np.inf
    return {n for n, (first, last) in enumerate(windows) if alert.started <= last and end >= first}


def water_loop(path: Path) -> tuple[list[Series], Window | None]:
    """Return the sensors, and the first and last moment of the fault."""
    rows = list(rows_of(path, ";"))
    time = np.array([seconds(row["datetime"]) for row in rows])
    fault = time[[float(row.get("anomaly", 0)) > 0 for row in rows]]
    names = list(rows[0])[1 : LOOP_SENSORS + 1]
    series = [Series(name, time, np.array([float(row[name]) for row in rows])) for name in names]
    return series, (fault[0], fault[-1]) if len(fault) else None
