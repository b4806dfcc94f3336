"""How often drift is found where there is none, and where it was put in.

python -m tests.mlops.drift_figures [DATA]      (simulated; with DATA also NAB, Azure and ETT: 3 minutes)
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from mlops.drift.comparing import Comparison, compare
from mlops.drift.distances import Floats
from mlops.drift.judging import FEWEST_IN_BLOCK, MIN_SAMPLES, Asked, Outcome, conclude
from mlops.drift.planning import FEWEST_BLOCKS, Stretch, choose_window, plan, reference_of

ROWS = 288  # of a window: what is read of it, at most
DAYS = (4, 7, 14, 28)
RUNS = 300
CHANGES: dict[str, Callable[[Floats, float], Floats]] = {
    "none": lambda window, unit: window,
    "+0.5 sd": lambda window, unit: window + unit / 2,
    "+1 sd": lambda window, unit: window + unit,
    "+2 sd": lambda window, unit: window + 2 * unit,
    "spread x2": lambda window, unit: 2 * window - window.mean(),
}
Series = tuple[Floats, Floats]


def autoregression(rng: np.random.Generator, rows: int, kept: float) -> Floats:
    noise = rng.normal(size=rows + 3000) * np.sqrt(1 - kept**2)
    value, values = 0.0, []
    for one in noise:
        value = kept * value + one
        values.append(value)
    return np.array(values[3000:])


def simulated(kind: str, rng: np.random.Generator, days: int) -> Floats:
    """Return rows every 5 minutes."""
    rows = days * ROWS
    turn = np.sin(2 * np.pi * np.arange(rows) / ROWS)
    kinds: dict[str, Callable[[], Floats]] = {
        "independent": lambda: rng.normal(size=rows),
        "heavy tails": lambda: rng.standard_t(3, size=rows),
        "AR(1) .9": lambda: autoregression(rng, rows, 0.9),
        "AR(1) .99": lambda: autoregression(rng, rows, 0.99),
        "AR(1) .999": lambda: autoregression(rng, rows, 0.999),
        "daily cycle": lambda: 2 * turn + autoregression(rng, rows, 0.9),
        "level by day": lambda: np.repeat(rng.normal(size=days) / 2, ROWS) + autoregression(rng, rows, 0.9),
        "on and off": lambda: 5.0 * np.repeat(rng.random(rows // 12) < 0.4, 12) + rng.normal(size=rows) / 10,
    }
    return kinds[kind]()


KINDS = ("independent", "heavy tails", "AR(1) .9", "AR(1) .99", "AR(1) .999", "daily cycle")
KINDS = (*KINDS, "level by day", "on and off")


def drifted(found: Comparison, tests: int = 1) -> bool:
    """Judge it as one of so many tests of which no other is significant (Holm)."""
    judged = conclude(found, min(1.0, found.p * tests), tests, Asked())
    return judged.outcome is Outcome.DRIFTED


def shares(found: Sequence[Comparison]) -> str:
    """p below .05, that and an effect that counts, and the same as one of 100 sensors."""
    columns = ([one.p < 0.05 for one in found], map(drifted, found), (drifted(one, 100) for one in found))
    return " ".join(f"{np.mean(list(column)):.3f}" for column in columns)


def figures_of_simulated() -> Iterator[str]:
    for kind in KINDS:
        for days in DAYS:
            rng = np.random.default_rng(days)
            found: dict[str, list[Comparison]] = defaultdict(list)
            for _ in range(RUNS):
                *blocks, window = np.split(simulated(kind, rng, days + 1), days + 1)
                unit = float(np.std(np.concatenate(blocks)))
                for change, act in CHANGES.items():
                    found[change].append(compare(blocks, act(window, unit)))
            yield f"{kind:13} {days:3} " + "  ".join(f"{c}: {shares(found[c])}" for c in CHANGES)


def sample(series: Series, stretch: Stretch) -> Floats:
    """Return the first reading of each ROWS-th part, as the product reads it."""
    times, values = series
    slots = np.linspace(stretch.since.timestamp(), stretch.until.timestamp(), ROWS + 1)
    first, after = np.searchsorted(times, slots[:-1]), np.searchsorted(times, slots[1:])
    return values[first[first < after]]


def look(series: Series, until: datetime, bad: Sequence[Stretch]) -> dict[str, Comparison] | None:
    """Compare what came before a moment with the first weeks; None where that cannot be judged."""
    start = datetime.fromtimestamp(series[0][0], UTC)
    width = choose_window(start, until)
    if width is None:
        return None
    window = Stretch(until - width, until)
    reference = reference_of(start, window)
    if reference is None or any(window.meets(one) for one in bad):
        return None
    blocks = [sample(series, block) for block in plan(window, reference, bad).blocks]
    usable = [block for block in blocks if len(block) >= FEWEST_IN_BLOCK]
    values = sample(series, window)
    if len(usable) < FEWEST_BLOCKS or len(values) < MIN_SAMPLES:
        return None
    unit = float(np.std(np.concatenate(usable)))
    return {change: compare(usable, act(values, unit)) for change, act in CHANGES.items()}


def roll(series: Series, bad: Sequence[Stretch], every: timedelta) -> Iterator[dict[str, Comparison]]:
    until = datetime.fromtimestamp(series[0][0], UTC) + every
    while until.timestamp() <= series[0][-1]:
        if found := look(series, until, bad):
            yield found
        until += every


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        yield from csv.DictReader(file)


def series_of(moments: Sequence[str], values: Sequence[str]) -> Series:
    times = [datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() for moment in moments]
    return np.array(times), np.array(values, float)


def nab(data: Path) -> Iterator[tuple[Series, list[Stretch]]]:
    labels = json.loads((data / "NAB/labels/combined_windows.json").read_text())
    for path in sorted((data / "NAB/data").rglob("*.csv*")):
        rows = list(rows_of(path))
        name = str(path.relative_to(data / "NAB/data")).removesuffix(".gz")
        yield (
            series_of([row["timestamp"] for row in rows], [row["value"] for row in rows]),
            [
                Stretch(*(datetime.fromisoformat(at).replace(tzinfo=UTC) for at in pair))
                for pair in labels[name]
            ],
        )


def azure(data: Path) -> Iterator[tuple[Series, list[Stretch]]]:
    by_machine: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows_of(data / "AzurePdM/PdM_telemetry.csv.gz"):
        by_machine[row["machineID"]].append(row)
    for rows in list(by_machine.values())[:10]:
        rows = [dict(row, datetime=_american(row["datetime"])) for row in rows]
        for name in ("volt", "rotate", "pressure", "vibration"):
            yield series_of([row["datetime"] for row in rows], [row[name] for row in rows]), []


def _american(moment: str) -> str:
    return moment if "-" in moment else datetime.strptime(moment, "%m/%d/%Y %I:%M:%S %p").isoformat()


def ett(data: Path) -> Iterator[tuple[Series, list[Stretch]]]:
    rows = list(rows_of(data / "ETT/ETTh1.csv.gz"))[: 24 * 120]
    for name in rows[0]:
        if name != "date":
            yield series_of([row["date"] for row in rows], [row[name] for row in rows]), []


def figures_of_real(data: Path) -> Iterator[str]:
    for name, source, every in (("NAB", nab, 1), ("Azure", azure, 7), ("ETT", ett, 3)):
        found: dict[str, list[Comparison]] = defaultdict(list)
        for series, bad in source(data):
            for looks in roll(series, bad, timedelta(days=every)):
                for change, one in looks.items():
                    found[change].append(one)
        yield f"{name:13} {len(found['none'])} windows " + "  ".join(
            f"{c}: {shares(found[c])}" for c in CHANGES
        )


if __name__ == "__main__":
    print("each: p < .05 | drifted, tested alone | drifted, one of 100 sensors", flush=True)
    for line in figures_of_simulated() if len(sys.argv) < 3 else ():
        print(line, flush=True)
    for line in figures_of_real(Path(sys.argv[1])) if len(sys.argv) > 1 else ():
        print(line, flush=True)
