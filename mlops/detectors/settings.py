"""How surprising is worth an alert, and how many alerts a month are too many: for one sensor or each of S."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from mlops.detectors.window import Floats, Ints, Mask


@dataclass(frozen=True)
class Settings:
    """What is told of what the detectors see; what they learn does not depend on it.

    `steady` and `wandering`: from which surprise on, in powers of ten, for a sensor of steady residuals and
    for one that wanders. `per_month`: the budget, alerts in 30 days on the long run; infinite where there is
    none. `habit`: how much more is asked for after an alert. An episode goes on above `keep` times its
    threshold, and ends after `quiet` rows. `needed` rows come first, of one that wanders `needed_wandering`.
    `ever`: whether surprise is measured by all that the sensor ever did, or by what it did while well.
    Each is one number for all sensors, or an array (S,).
    """

    steady: float | Floats = 2.5
    wandering: float | Floats = 1.95
    per_month: float | Floats = np.inf
    habit: float | Floats = 0.2
    keep: float | Floats = 0.8
    quiet: float | Floats = 40
    needed: float | Floats = 400
    needed_wandering: float | Floats = 1000
    ever: float | Floats = False

    def of(self, which: Ints | Mask) -> Settings:
        """Return the settings of some of the sensors."""
        values = (getattr(self, one.name) for one in fields(self))
        return Settings(*(value if np.ndim(value) == 0 else np.asarray(value)[which] for value in values))


CALM = Settings()
SENSITIVE = Settings(
    steady=1.5, wandering=1.5, habit=0.15, keep=0.9, quiet=20, needed=200, needed_wandering=200, ever=True
)
USUAL_SENSORS = 8  # of an asset
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
    return replace(SENSITIVITIES[sensitivity], per_month=np.inf if per_month is None else float(per_month))


def of_many(settings: Settings, sensors: int) -> Settings:
    """Return what is asked of each sensor of an asset with so many.

    Ten times as many have ten times as many tries at an alert by chance, so a power of ten more is asked of
    each (Bonferroni); of up to 8 no more than of one.
    """
    more = np.log10(max(sensors / USUAL_SENSORS, 1.0))
    return replace(settings, steady=settings.steady + more, wandering=settings.wandering + more)


def together(settings: Sequence[Settings]) -> Settings:
    """Return the settings of S sensors, one each, as arrays (S,)."""
    return Settings(
        *(np.array([getattr(each, one.name) for each in settings], "f8") for one in fields(Settings))
    )
