"""The joint detector on assets with nothing wrong, and on a sensor that leaves the others' course:
`python -m tests.evaluation.joint_calm`."""

from __future__ import annotations

import numpy as np

from mlops.detectors import joint, relations
from mlops.detectors.episodes import Change
from mlops.detectors.joint_alarm import Part
from mlops.detectors.settings import CALM, SENSITIVE, Settings
from mlops.detectors.window import Floats
from tests.mlops.signals import times
from tests.mlops.test_detectors import cuts
from tests.mlops.test_joint_detector import noise, pump

ROWS = 10_000
ASSETS = 40
FAULT = 1500


def opened(values: Floats, settings: Settings) -> Floats:
    """Return where alerts begin (S, T, 2) for assets' rows (S, T, n)."""
    state = joint.fresh(len(values), values.shape[2])
    moments = np.broadcast_to(times(values.shape[1]), values.shape[:2])
    steps = [
        joint.advance(state, values[:, cut], moments[:, cut], settings)
        for cut in cuts(0, values.shape[1], 16)
    ]
    return np.concatenate([step.told.changes for step in steps], axis=1) == Change.OPENED


def healthy() -> None:
    kinds = {
        "8 sensors, N(25,1)": np.stack([noise(ROWS, 8, seed) for seed in range(ASSETS)]),
        "a wandering load that two sensors follow": np.stack([pump(ROWS, seed) for seed in range(ASSETS)]),
    }
    for name, values in kinds.items():
        counts = [opened(values, settings).sum(axis=1).mean(axis=0) for settings in (CALM, SENSITIVE)]
        cells = [f"{count[Part.JOINT]:.2f} + {count[Part.SLOW]:.2f}" for count in counts]
        print(f"| {name} | {cells[0]} | {cells[1]} |", flush=True)


def departures(name: str) -> None:
    """Let one sensor leave the others' course by 4, which is within its own range."""
    values = np.stack([pump(FAULT + 200, seed) for seed in range(ASSETS)])
    values[:, FAULT:, 1] += 4
    begins = opened(values, CALM)[..., Part.JOINT]
    found = begins[:, FAULT:].any(axis=1)
    delay = np.median(begins[:, FAULT:].argmax(axis=1)[found]) if found.any() else np.nan
    print(f"| {name} | {found.sum()} of {ASSETS} | {delay:.0f} | {begins[:, :FAULT].sum()} |")


if __name__ == "__main__":
    healthy()
    departures("with relations")
    relations.EXPLAINED = 2.0
    departures("without")
