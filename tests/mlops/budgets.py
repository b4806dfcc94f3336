"""Alerts of healthy sensors under a budget: `python -m tests.mlops.budgets` (a minute)."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from anomalies.detection.scan import Rows, scan
from mlops.detectors import sensor
from mlops.detectors.episodes import Change, Kind
from mlops.detectors.sensor import Limits
from mlops.detectors.settings import Settings, settings_for, together
from mlops.detectors.window import Floats, Ints
from tests.mlops.signals import times

INTERVAL = 300.0
DAYS = 90
A_DAY = int(86400 / INTERVAL)
MONTHS = DAYS / 30
ASKED = {"no budget": None, "1 a month": 1.0, "1 a week": 30 / 7}


def healthy(number: int, days: int = DAYS) -> Floats:
    """Return one sensor's readings: a daily load, weaker at weekends, under noise of four kinds in turn."""
    draw, rows = np.random.default_rng(number), np.arange(days * A_DAY)
    shift, swing, second = draw.uniform(0, 1), draw.uniform(2, 15), draw.uniform(0, 4)
    phase = 2 * np.pi * (rows / A_DAY + shift)
    week = 1 - draw.uniform(0, 0.3) * ((rows // A_DAY) % 7 >= 5)
    load = (swing * np.sin(phase) + second * np.sin(2 * phase)) * week
    return 50 + load + _noise(draw, number % 4, len(rows))


def _noise(draw: np.random.Generator, kind: int, rows: int) -> Floats:
    if kind == 1:
        return np.asarray(lfilter([1], [1, -0.9], draw.normal(size=rows)))
    if kind == 2:
        return draw.standard_t(5, rows)
    return draw.normal(size=rows) * (1 if kind == 0 else draw.uniform(0.3, 3))


def alerts(values: Floats, settings: list[Settings], interval: float = INTERVAL) -> Ints:
    """Return how often each sensor alerts: values (S, rows), settings of each."""
    sensors, rows = values.shape
    number = np.repeat(np.arange(sensors), rows)
    moments = np.tile(times(rows, interval), sensors)
    limits = Limits(np.full(sensors, -np.inf), np.full(sensors, np.inf))
    readings = Rows(number, moments, values.ravel(), np.ones(sensors * rows))
    found = scan(sensor.fresh(sensors), readings, limits, together(settings))
    begun = [one.sensor for one in found if (one.kind, one.change) == (Kind.BEHAVIOUR, Change.OPENED)]
    return np.bincount(begun, minlength=sensors)


def main(sensors: int = 100) -> None:
    values = np.stack([healthy(number) for number in range(sensors)])
    print("| sensitivity | asked for at most | alerts a sensor and month, mean | worst sensor |")
    print("|---|---|---|---|")
    for sensitivity in ("calm", "sensitive"):
        for words, per_month in ASKED.items():
            counts = alerts(values, [settings_for(sensitivity, per_month)] * sensors) / MONTHS
            print(f"| {sensitivity} | {words} | {counts.mean():.2f} | {counts.max():.2f} |", flush=True)


if __name__ == "__main__":
    main()
