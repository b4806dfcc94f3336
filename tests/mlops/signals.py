"""Signals with known truth for tests of detectors."""

from __future__ import annotations

import numpy as np

from anomalies.detection.offline import Episode, Series, detect_offline
from mlops.detectors.window import Floats

START = 1_767_225_600.0  # 2026-01-01 00:00 UTC


def times(rows: int, interval: float = 60.0) -> Floats:
    return START + np.arange(rows) * interval


def noise(rows: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(25, 1, rows)


def daily(rows: int, interval: float, seed: int = 0) -> Floats:
    """A load that swings by 10 over the day, with noise of 1."""
    phase = 2 * np.pi * np.arange(rows) * interval / 86400
    return 50 + 10 * np.sin(phase) + np.random.default_rng(seed).normal(0, 1, rows)


def alerts(*values: Floats, interval: float = 60.0, batch: int = 1000) -> list[Episode]:
    """Return what detection finds in sensors of one asset."""
    series = [Series(f"s{n}", times(len(one), interval), one) for n, one in enumerate(values)]
    return detect_offline(series, batch=batch)
