"""Made-up readings of a sensor: as it usually is, drifting away, or going wrong at the end. A plain rule."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = 86_400.0
RISE = 0.5  # part of the time in which a drift comes to its full size
LAST = 0.2  # part of the time at whose end something goes wrong
KEPT = 0.6  # of a reading's deviation in the next one: neighbours are alike
CYCLE = 0.5  # of the daily cycle's height, in the noise's


@dataclass(frozen=True)
class Usual:
    """The level and the noise's standard deviation that are made up, in the sensor's unit."""

    level: float
    noise: float


@dataclass(frozen=True)
class Simulation:
    """`count` readings evenly over the time until `end`. `size`: how far off it goes, in the noise's."""

    usual: Usual
    count: int
    duration: timedelta
    end: datetime
    size: float = 0.0
    seed: int = 0

    def readings(self, kind: str) -> Iterator[tuple[datetime, float]]:
        """Yield moments and values: `normal`, `drift` or `anomaly`. The same seed gives the same values."""
        deviations, shape = self._deviations(), SHAPES[kind]
        for place, deviation in enumerate(deviations, 1):
            part = place / self.count
            moment = self.end - self.duration * (1 - part)
            turn = math.sin(2 * math.pi * (moment.timestamp() % DAY) / DAY)
            off = CYCLE * turn + deviation + self.size * shape(part)
            yield moment, self.usual.level + self.usual.noise * off

    def _deviations(self) -> Iterator[float]:
        chance = random.Random(self.seed)  # noqa: S311  (no secret)
        deviation = chance.gauss(0, 1)
        for _ in range(self.count):
            yield deviation
            deviation = KEPT * deviation + chance.gauss(0, math.sqrt(1 - KEPT**2))


SHAPES: dict[str, Callable[[float], float]] = {
    "normal": lambda part: 0.0,
    "drift": lambda part: min(1.0, part / RISE),
    "anomaly": lambda part: 1.0 if part > 1 - LAST else 0.0,
}
