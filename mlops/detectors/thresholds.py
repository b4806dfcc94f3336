"""From which surprise on a sensor's behaviour is an alert, and from how many readings on it is judged."""

from __future__ import annotations

import numpy as np

from mlops.detectors import seasonal
from mlops.detectors.episodes import Bounds
from mlops.detectors.settings import CALM, Settings
from mlops.detectors.window import Floats, States

WANDERING_STEADY = (0.1, 0.5)
LIMIT_QUIET, STUCK_QUIET = 5, 1


def bounds(state: States, settings: Settings) -> Bounds:
    """Return when episodes open and end: what is told by the settings, what is learnt always as if calm."""
    ones, habit = np.ones(len(state)), state["habits"]
    told, learnt = threshold(state, settings) + habit["told"], threshold(state, CALM) + habit["learnt"]
    return Bounds(
        np.stack([told, ones, ones, learnt], axis=1),
        np.stack([ones * settings.keep, ones, ones, ones * CALM.keep], axis=1),
        np.stack([ones * settings.quiet, ones * LIMIT_QUIET, ones * STUCK_QUIET, ones * CALM.quiet], axis=1),
    )


def threshold(state: States, settings: Settings) -> Floats:
    """Ask less of a wandering sensor: its rows depend on each other, so chance has fewer tries."""
    steadiness = seasonal.steadiness(state["views"][seasonal.NAME])
    low, high = WANDERING_STEADY
    share = np.clip((steadiness - low) / (high - low), 0.0, 1.0)
    return settings.wandering + share * (settings.steady - settings.wandering)


def needed(state: States, settings: Settings = CALM) -> Floats:
    """Return how many rows must be known before a sensor is judged (S,)."""
    return np.where(state["level"]["steady"], settings.needed, settings.needed_wandering)
