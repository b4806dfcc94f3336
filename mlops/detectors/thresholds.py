"""From which surprise on a sensor's behaviour is an alert, and from how many readings on it is judged."""

from __future__ import annotations

import numpy as np

from mlops.detectors import seasonal, window
from mlops.detectors.episodes import KINDS, Bounds, Kind
from mlops.detectors.settings import CALM, Settings
from mlops.detectors.window import Floats, States

WANDERING_STEADY = (0.1, 0.5)
LIMIT_QUIET = 5
OFTEN = 0.75


def bounds(state: States, settings: Settings) -> Bounds:
    """Return when episodes open and end: what is told by the settings, what is learnt always as if calm."""
    limits, keep, quiet = np.ones((3, len(state), KINDS))
    limits[:, Kind.BEHAVIOUR] = threshold(state, settings) + state["habits"]["told"]
    limits[:, Kind.ABNORMAL] = threshold(state, CALM) + state["habits"]["learnt"]
    keep[:, Kind.BEHAVIOUR], keep[:, Kind.ABNORMAL] = settings.keep, CALM.keep
    quiet[:, Kind.BEHAVIOUR], quiet[:, Kind.ABNORMAL] = settings.quiet, CALM.quiet
    quiet[:, Kind.LIMIT] = LIMIT_QUIET
    return Bounds(limits, keep, quiet)


def threshold(state: States, settings: Settings) -> Floats:
    """Ask less of a wandering sensor: its rows depend on each other, so chance has fewer tries. Ask more of
    one that is read often: chance has more tries an hour. An alert needs a stretch of odd rows, so a power of
    ten more tries want three quarters of a power of ten."""
    steadiness = seasonal.steadiness(state["views"][seasonal.NAME])
    low, high = WANDERING_STEADY
    share = np.clip((steadiness - low) / (high - low), 0.0, 1.0)
    asked = settings.wandering + share * (settings.steady - settings.wandering)
    return asked + OFTEN * np.log10(window.often(state["window"]))


def needed(state: States, settings: Settings = CALM) -> Floats:
    """Return how many rows must be known before a sensor is judged (S,)."""
    return np.where(state["level"]["steady"], settings.needed, settings.needed_wandering)
