"""How surprising is worth an alert, and how many alerts a month are too many: for one sensor or each of S."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from mlops.detectors.window import Floats, Ints, Mask


@dataclass(frozen=True)
class Settings:
    """Thresholds in powers of ten, for a sensor of steady residuals and for one that wanders.

    `per_month` is the budget, alerts in 30 days on the long run; infinite where there is none. Each is one
    number for all sensors, or an array (S,).
    """

    steady: float | Floats = 2.5
    wandering: float | Floats = 1.95
    per_month: float | Floats = np.inf

    def of(self, which: Ints | Mask) -> Settings:
        """Return the settings of some of the sensors."""
        values = (getattr(self, one.name) for one in fields(self))
        return Settings(*(value if np.ndim(value) == 0 else np.asarray(value)[which] for value in values))


CALM = Settings()
SENSITIVE = Settings(steady=1.5, wandering=1.5)
SENSITIVITIES = {"calm": CALM, "sensitive": SENSITIVE}


def settings_for(sensitivity: str, per_month: float | None = None) -> Settings:
    """Return what a sensitivity ("calm" or "sensitive") and a budget of alerts a month mean.

    Raises:
        ValueError: there is no such sensitivity, or the budget is not above 0.
    """
    if sensitivity not in SENSITIVITIES:
        raise ValueError(f"a sensitivity is one of {', '.join(SENSITIVITIES)}, not {sensitivity!r}")
    if per_month is not None and not per_month > 0:
        raise ValueError(f"a budget is more than 0 alerts a month, not {per_month:g}")
    known = SENSITIVITIES[sensitivity]
    return Settings(known.steady, known.wandering, np.inf if per_month is None else float(per_month))


def together(settings: Sequence[Settings]) -> Settings:
    """Return the settings of S sensors, one each, as arrays (S,)."""
    return Settings(
        *(np.array([getattr(each, one.name) for each in settings], "f8") for one in fields(Settings))
    )
