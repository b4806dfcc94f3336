"""How often a rolling bearing's parts meet a fault: from its geometry and the speed of the shaft."""

from __future__ import annotations

import math
from dataclasses import dataclass

FEWEST_ELEMENTS, MOST_ELEMENTS = 3, 200
FASTEST = 200_000.0


@dataclass(frozen=True)
class Geometry:
    """A bearing: `contact_angle` in degrees, both diameters in the same unit.

    Raises:
        ValueError: with the field, where no such bearing can be.
    """

    rolling_elements: int
    ball_diameter: float
    pitch_diameter: float
    contact_angle: float = 0.0

    def __post_init__(self) -> None:
        if not FEWEST_ELEMENTS <= self.rolling_elements <= MOST_ELEMENTS:
            raise ValueError(f"rolling_elements is a number from {FEWEST_ELEMENTS} to {MOST_ELEMENTS}.")
        if not 0 < self.ball_diameter < self.pitch_diameter < math.inf:
            raise ValueError("ball_diameter is above 0 and below pitch_diameter.")
        if not 0 <= self.contact_angle < 90:
            raise ValueError("contact_angle is from 0 to below 90 degrees.")
        if self.rolling_elements * self.ball_diameter > math.pi * self.pitch_diameter:
            raise ValueError("rolling_elements of this ball_diameter do not fit around the pitch circle.")


def fault_frequencies(geometry: Geometry, shaft_speed: float) -> dict[str, float]:
    """Return in Hz, at `shaft_speed` in rpm with the outer race at rest: `bpfo` and `bpfi`, at which rolling
    elements pass a point of the outer and of the inner race, `bsf`, at which an element spins, and `ftf`, at
    which the cage turns.

    Source: Randall and Antoni, Rolling element bearing diagnostics: a tutorial, Mechanical Systems and Signal
    Processing 25 (2011), equations 1 to 4. Slip makes the true ones 1 to 2 % lower or higher.
    """
    turns = shaft_speed / 60
    ratio = geometry.ball_diameter / geometry.pitch_diameter * math.cos(math.radians(geometry.contact_angle))
    passes = geometry.rolling_elements * turns / 2
    spins = turns * geometry.pitch_diameter / (2 * geometry.ball_diameter)
    return {
        "bpfo": passes * (1 - ratio),
        "bpfi": passes * (1 + ratio),
        "bsf": spins * (1 - ratio**2),
        "ftf": turns / 2 * (1 - ratio),
    }
