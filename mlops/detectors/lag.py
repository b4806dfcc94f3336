"""Level shift: the mean of the last 12 readings against that of the 288 before."""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import Floats, Mask, Now, States

NAME = "shift"
STATE = np.dtype([])


def measure(state: States, now: Now) -> Floats:
    return np.abs(now.mean12 - now.mean_before)


def learn(state: States, now: Now, where: Mask) -> None:
    """Nothing to learn: the calibration knows what is usual."""


def rebase(state: States, now: Now, where: Mask) -> None:
    """Nothing to change: the window moves by itself."""
