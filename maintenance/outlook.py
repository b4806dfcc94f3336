"""What may be asked of a forecast, how long an answer lasts, and when it meets a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

CADENCES = (1, 5, 10, 15, 30, 60, 240, 1440)  # minutes
FEWEST_STEPS = 500  # of history, that a cadence is chosen for
SHORTEST_LIFE, LONGEST_LIFE = timedelta(minutes=2), timedelta(hours=6)


@dataclass(frozen=True)
class Wish:
    """A step every `cadence_minutes`, so many ahead, learnt from so many."""

    cadence_minutes: int
    horizon_steps: int = 96
    history_window: int = 2000

    @property
    def step(self) -> timedelta:
        return timedelta(minutes=self.cadence_minutes)

    @property
    def reach(self) -> timedelta:
        return self.horizon_steps * self.step

    @property
    def life(self) -> timedelta:
        """How long an answer is as good as a new one: about until the next step."""
        return min(max(self.step, SHORTEST_LIFE), LONGEST_LIFE)


def fitting_cadence(history: timedelta, interval: float | None) -> int:
    """Return the coarsest cadence in minutes with 500 steps of history, none finer than readings come.

    `interval` is in seconds between readings, as far as it is known.
    """
    finest = finest_cadence(interval)
    hourly = [one for one in CADENCES if finest <= one <= 60]
    return next((one for one in reversed(hourly) if history >= FEWEST_STEPS * timedelta(minutes=one)), finest)


def finest_cadence(interval: float | None) -> int:
    """Return the finest cadence in minutes that is not finer than readings come."""
    return next((one for one in CADENCES if interval is None or one * 60 >= interval), CADENCES[-1])


@dataclass(frozen=True)
class Crossing:
    """When a limit may be met (by the interval), likely is (by the forecast), surely is; None: not seen."""

    side: str
    limit: float
    possible_at: datetime | None
    likely_at: datetime | None
    sure_at: datetime | None


def crossings(
    times: Sequence[datetime],
    steps: Sequence[Sequence[float]],
    *,
    lower: float | None,
    upper: float | None,
) -> list[Crossing]:
    """Return the limits that the forecast, or its interval, meets; `steps` are value, low and high."""
    found = []
    for side, limit, sign, order in (("upper", upper, 1, (2, 0, 1)), ("lower", lower, -1, (1, 0, 2))):
        if limit is not None:
            firsts = [_first(times, [sign * step[place] for step in steps], sign * limit) for place in order]
            found.append(Crossing(side, limit, *firsts))
    return [one for one in found if one.possible_at]


def _first(times: Sequence[datetime], values: Sequence[float], limit: float) -> datetime | None:
    return next((at for at, value in zip(times, values, strict=True) if value >= limit), None)


def as_json(crossing: Crossing) -> dict[str, object]:
    plain = asdict(crossing)
    return {key: one.isoformat() if isinstance(one, datetime) else one for key, one in plain.items()}
