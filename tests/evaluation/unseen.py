"""What the default configuration does on kinds of data that nothing was chosen on.

`python -m tests.evaluation.unseen DATA [NAME]...`, with a folder that holds the data sets; names are
`batadal`, `eastman`, `ims`, `femto`, `hydraulic` (all without one). Sensors by themselves and together, in
calm mode.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from anomalies.detection.offline import Episode, Series, detect_offline
from mlops.detectors.window import Floats, Mask
from reports.evaluation.folders import open_text
from tests.mlops.signals import times

HOUR = 3600.0
NEAR = 30  # cycles after a change of the hydraulic rig
BEGIN = float(times(1)[0])

Table = Iterator[str]


def alerts(values: Floats, names: list[str], interval: float) -> list[tuple[float, float, Episode]]:
    """Return the alerts of one asset's rows (T, n): from which row to which."""
    moments = times(len(values), interval)
    series = [Series(name, moments, column) for name, column in zip(names, values.T, strict=True)]
    found = detect_offline(series, batch=500 * len(names))
    ends = [moments[-1] if one.ended is None else one.ended for one in found]
    return [
        ((one.started - BEGIN) / interval, (end - BEGIN) / interval, one)
        for one, end in zip(found, ends, strict=True)
        if one.cause == "abnormal_behaviour"
    ]


def blocks(flags: Mask) -> list[tuple[int, int]]:
    """Return the first and last row of each run of true ones."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return [(int(first), int(end) - 1) for first, end in edges.reshape(-1, 2)]


def read_table(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with open_text(path) as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames or ()), list(reader)


def numbers(rows: list[dict[str, str]], names: list[str]) -> Floats:
    return np.array([[float(row[name]) for name in names] for row in rows])


def batadal(data: Path) -> Table:
    """Attacks on a water network after a normal year; all 43 signals are one asset."""
    names, normal = read_table(data / "BATADAL/dataset03.csv.gz")
    _, attacked = read_table(data / "BATADAL/dataset04.csv.gz")
    sensors = [name for name in names if name not in ("DATETIME", "ATT_FLAG")]
    attacks = blocks(np.array([float(row["ATT_FLAG"]) == 1 for row in attacked]))
    found = alerts(numbers([*normal, *attacked], sensors), sensors, HOUR)
    here = [(start - len(normal), end - len(normal)) for start, end, _ in found]
    hit = {n for n, (first, last) in enumerate(attacks) for s, e in here if s <= last and e >= first}
    before = sum(end < 0 for _, end in here)
    outside = sum(
        end >= 0 and not any(start <= last and end >= first for first, last in attacks) for start, end in here
    )
    yield f"| alerts | {sum(end >= 0 for _, end in here)} |"
    yield f"| attacks touched | {len(hit)} of {len(attacks)} |"
    healthy = np.ones(len(attacked), bool)
    for first, last in attacks:
        healthy[first : last + 1] = False
    within = np.zeros(len(attacked), bool)
    for start, end in here:
        within[max(int(start), 0) : max(int(end) + 1, 0)] = True
    yield f"| hours without an attack within an alert | {100 * within[healthy].mean():.0f} % |"
    yield f"| alerts outside attacks, in {len(attacked)} h | {outside} |"
    yield f"| alerts in the normal year, which it learns from | {before} |"


def eastman(data: Path) -> Table:
    """Faults of a chemical plant from row 160 on, after 500 rows without one; 52 signals are one asset."""
    yield "| fault | delay, rows of 3 min | faulty rows within an alert | alerts before the fault |"
    folder = data / "TEP_Braatz"
    normal = _matrix(folder / "d00.dat.gz").T
    for path in sorted(folder.glob("d*_te.dat.gz")):
        rows = _matrix(path)
        found = alerts(np.vstack([normal, rows]), [f"x{n}" for n in range(rows.shape[1])], 180.0)
        here = [(start - len(normal) - 160, end - len(normal) - 160) for start, end, _ in found]
        during = [start for start, end in here if start >= 0]
        within = sum(max(end - max(start, 0) + 1, 0) for start, end in here) / (len(rows) - 160)
        before = sum(start < 0 and end >= -160 for start, end in here)
        delay = f"{during[0]:.0f}" if during else "-"
        yield f"| {path.name[1:3]} | {delay} | {100 * within:.0f} % | {before} |"


def ims(data: Path) -> Table:
    """Four bearings of one shaft to the failure of the first."""
    names, rows = read_table(data / "IMS_bearings/merged_dataset_BearingTest_2.csv")
    found = alerts(numbers(rows, names[1:]), names[1:], 600.0)
    for start, _, one in found:
        left = (len(rows) - start) / 6
        yield f"| row {start:.0f} of {len(rows)}, {left:.0f} h before the end | {', '.join(one.sensors)} |"


def femto(data: Path) -> Table:
    """Bearings to their end, each an asset with 22 features of two accelerometers."""
    names, rows = read_table(data / "FEMTO_PRONOSTIA/learning.csv.gz")
    features = [name for name in names if name.startswith(("h_", "v_"))]
    for bearing in sorted({row["bearing"] for row in rows}):
        values = numbers([row for row in rows if row["bearing"] == bearing], features)
        found = alerts(values, features, 10.0)
        first = f"{100 * found[0][0] / len(values):.0f} %" if found else "none"
        last = f"{100 * found[-1][0] / len(values):.0f} %" if found else "none"
        at_end = "yes" if found and found[-1][1] >= 0.98 * len(values) else "no"
        yield f"| {bearing} | {len(values)} | {first} | {last} | {len(found)} | {at_end} |"


def hydraulic(data: Path) -> Table:
    """Means of 60 s cycles of nine sensors; which changes of four conditions an alert begins at."""
    folder = data / "UCI_Hydraulic"
    paths = sorted(path for path in folder.glob("*.txt.gz"))
    values = np.stack([_matrix(path).mean(axis=1) for path in paths], axis=1)
    begins = [start for start, _, _ in alerts(values, [path.name.split(".")[0] for path in paths], 60.0)]
    profile = np.loadtxt(folder / "profile.txt")
    every: list[int] = []
    for name, column in zip(("cooler", "valve", "pump", "accumulator"), profile.T, strict=False):
        changes = [int(at) + 1 for at in np.flatnonzero(np.diff(column)) if at > 400]
        told = sum(any(0 <= begin - at <= NEAR for begin in begins) for at in changes)
        every += changes
        yield f"| {name} | {told} of {len(changes)} |"
    alone = sum(not any(0 <= begin - at <= NEAR for at in every) for begin in begins if begin > 400)
    yield f"| alerts with no change in the {NEAR} cycles before | {alone} of {len(begins)} |"


def _matrix(path: Path) -> Floats:
    with gzip.open(path, "rt") as file:
        return np.loadtxt(file)


TABLES: dict[str, Callable[[Path], Table]] = {
    "batadal": batadal,
    "eastman": eastman,
    "ims": ims,
    "femto": femto,
    "hydraulic": hydraulic,
}


if __name__ == "__main__":
    for chosen in sys.argv[2:] or TABLES:
        print(f"\n{chosen}: {TABLES[chosen].__doc__}")
        for line in TABLES[chosen](Path(sys.argv[1])):
            print(line, flush=True)
