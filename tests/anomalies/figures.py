"""The figures of docs/models.md: `python -m tests.anomalies.figures FOLDER`, which holds NAB and SKAB."""

from __future__ import annotations

import sys
from pathlib import Path

from anomalies.detection.offline import detect_offline
from tests.anomalies.real_data import labelled_windows, single_series, touched, water_loop


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


if __name__ == "__main__":
    nab(Path(sys.argv[1]) / "NAB")
    skab(Path(sys.argv[1]) / "SKAB")
