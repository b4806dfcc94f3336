"""Range of the last 60 readings, in units of the sensor's first spread."""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import Block, Floats, Mask, Now, States

NAME = "range"
STATE = np.dtype([])


def measure(state: States, now: Now) -> Floats:
    return now.recent.max(axis=-1) - now.recent.min(axis=-1)


def prime(state: States, ring: Floats) -> None:
    """Nothing to learn: the calibration knows what is usual."""


def learn(state: States, block: Block, where: Mask) -> None:
    """Nothing to learn: the calibration knows what is usual."""


def rebase(state: States, block: Block, where: Mask) -> None:
    """Nothing to change: the window moves by itself."""
