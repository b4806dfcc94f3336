"""The figures of docs/models.md: `python -m tests.anomalies.figures FOLDER`, which holds NAB and SKAB."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from anomalies.detection.offline import detect_offline
from anomalies.detection.scan import Rows, scan
from mlops.detectors import sensor
from mlops.detectors.episodes import Change
from mlops.detectors.sensor import Limits
from mlops.detectors.window import Floats
from tests.anomalies.real_data import labelled_windows, single_series, touched, water_loop
from tests.mlops.signals import daily, noise, times

CALM_ROWS = 10_000


def nab(folder: Path) -> None:
    windows = labelled_windows(folder)
    totals = [0, 0, 0]
    for path in sorted((folder / "data").glob("*/*.csv*")):
        name = path.relative_to(folder / "data").as_posix().removesuffix(".gz")
        found = [touched(alert, windows[name]) for alert in detect_offline([single_series(path)])]
        row = len(set().union(*found)), len(windows[name]), sum(not one for one in found)
        totals = [total + one for total, one in zip(totals, row, strict=True)]
        print("| {} | {} of {} | {} |".format(name.removesuffix(".csv"), *row), flush=True)
    print("| all | {} of {} | {} |".format(*totals))


def skab(folder: Path) -> None:
    for path in sorted((folder / "data").glob("*/*.csv*")):
        series, fault = water_loop(path)
        alerts = detect_offline(series)
        announced = [alert for alert in alerts if fault and touched(alert, [fault])]
        delays = [f"{alert.started - fault[0]:+.0f} s" for alert in announced if fault]
        sensors = sorted({name for alert in announced for name in alert.sensors})
        name = path.relative_to(folder / "data").as_posix()
        false = len(alerts) - len(announced)
        print(f"| {name} | {', '.join(delays)} | {', '.join(sensors)} | {false} |", flush=True)


def calm() -> None:
    """Count the alerts of sensors with nothing wrong, 10,000 rows each."""
    report("N(25,1)", [noise(CALM_ROWS, seed) for seed in range(40)])
    report("daily sine + noise, 300 s", [daily(CALM_ROWS, 300, seed) for seed in range(40)], 300.0)
    draws = [np.random.default_rng(seed) for seed in range(20)]
    report("AR(1) .99", [lfilter([1], [1, -0.99], draw.normal(size=CALM_ROWS)) for draw in draws])
    report("lognormal", [draw.lognormal(size=CALM_ROWS) for draw in draws])
    report("Poisson(2)", [draw.poisson(2, CALM_ROWS).astype(float) for draw in draws])


def report(name: str, signals: list[Floats], interval: float = 60.0) -> None:
    sensors = len(signals)
    number, moments = np.repeat(np.arange(sensors), CALM_ROWS), np.tile(times(CALM_ROWS, interval), sensors)
    rows = Rows(number, moments, np.concatenate(signals), np.ones(len(number)))
    none = np.full(sensors, np.inf)
    found = scan(sensor.fresh(sensors), rows, Limits(-none, none))
    counts = np.bincount([one.sensor for one in found if one.change == Change.OPENED], minlength=sensors)
    print(f"| {name} | {np.mean(counts):.2f} | {max(counts)} |", flush=True)


if __name__ == "__main__":
    calm()
    nab(Path(sys.argv[1]) / "NAB")
    skab(Path(sys.argv[1]) / "SKAB")
