"""What several sensors of an asset show together: whose part it is, and what people read of it."""

from __future__ import annotations

from dataclasses import dataclass

from mlops.detectors.joint_alarm import Part

NUMBERS = {Part.JOINT: -1, Part.SLOW: -2}  # beside sensors' ids, which are above 0


@dataclass(frozen=True)
class Share:
    """A sensor's part of the joint score, 0 to 1, and its 20-row mean with the range such means had, in its
    unit.

    `sensor` is its index; `beside` where it left the others' course rather than its own range.
    """

    sensor: int
    share: float
    score: float
    mean: float
    low: float
    high: float
    beside: bool


@dataclass(frozen=True)
class Together:
    """The part of the joint detector that speaks, and the sensors that it names, the strongest first."""

    part: Part
    shares: tuple[Share, ...]

    @property
    def number(self) -> int:
        return NUMBERS[self.part]
