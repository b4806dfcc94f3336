"""Getting used to alerts: after each one a little more is asked for, which is given back with time.

Without a budget the excess fades over 5000 rows. With one of N alerts a month it is given back at a fixed
pace, N steps in 30 days. That is quantile tracking as in adaptive conformal inference (Gibbs and Candes 2021;
Angelopoulos, Candes and Tibshirani 2023): whatever the signal does, M months bring at most
N M + (highest surprise - threshold) / step + 1 alerts, as each one lifts what the next one has to reach.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from mlops.detectors.settings import CALM, Settings
from mlops.detectors.window import BLOCK, Floats, States

MEMORY = 5000
BUDGET_STEP = 0.5
MONTH = 30 * 86400.0

STATE = np.dtype([("told", "f4"), ("learnt", "f4"), ("opened", "i1"), ("abnormal", "i1"), ("ended", "?")])


class Timed(Protocol):
    """A block of S states: the seconds that went by in it, (S, any)."""

    @property
    def elapsed(self) -> Floats: ...


def get_used_to(state: States, block: Timed, settings: Settings) -> None:
    """Ask for more where something opened in the block; `told` by the settings, `learnt` always as calm."""
    elapsed = block.elapsed.sum(axis=1)
    state["told"] = _next(state["told"], state["opened"], elapsed, settings)
    state["learnt"] = _next(state["learnt"], state["abnormal"], elapsed, CALM)
    state["opened"], state["abnormal"], state["ended"] = 0, 0, False


def _next(excess: Floats, opened: Floats, elapsed: Floats, settings: Settings) -> Floats:
    tracked = np.isfinite(settings.per_month)
    budget = np.where(tracked, settings.per_month, 0.0)
    faded = excess * (1 - BLOCK / MEMORY) + settings.habit * opened
    given_back = np.maximum(excess - BUDGET_STEP * budget * elapsed / MONTH, 0.0) + BUDGET_STEP * opened
    return np.where(tracked, given_back, faded)
