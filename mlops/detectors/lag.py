"""Level shift: the mean of the last 12 readings against that of the 288 normal ones before.

What is abnormal never enters the reference, so that a repaired machine does not look shifted.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import Block, Floats, Mask, Now, States

NAME = "shift"
STATE = np.dtype([])


def measure(state: States, now: Now) -> Floats:
    return np.abs(now.mean12 - now.before)


def prime(state: States, ring: Floats) -> None:
    """Nothing to learn: the calibration knows what is usual."""


def learn(state: States, block: Block, where: Mask) -> None:
    """Nothing to learn: the window keeps the reference."""


def rebase(state: States, block: Block, where: Mask) -> None:
    """Nothing to change: the window's reference moves."""
