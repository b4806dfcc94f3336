"""How far ahead a sensor can be forecast: in which steps, from when on, and what to offer first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from maintenance.outlook import Wish, finest_cadence
from mlops.predictors.forecasting.needs import fewest_rows
from sensors.storage.cutting import floor

HORIZONS = {  # name -> words, and the wish where readings come often enough
    "1h": ("1 h", Wish(1, 60)),
    "8h": ("8 h", Wish(5, 96, 5000)),
    "24h": ("24 h", Wish(15)),
    "4d": ("4 d", Wish(60)),
    "14d": ("14 d", Wish(240, 84)),
}
USUAL = timedelta(hours=24)  # is offered first, where there is enough history
FEWEST_STEPS_AHEAD = 8


@dataclass(frozen=True)
class Past:
    """When the first and the last reading came, and the seconds between two, as far as they are known."""

    first_at: datetime
    last_at: datetime
    interval: float | None

    @property
    def length(self) -> timedelta:
        return self.last_at - self.first_at


@dataclass(frozen=True)
class Horizon:
    """How far ahead, whether that can be forecast now, and if not from when on, readings going on.

    `opens_at` is None where the newest reading is so old that the forecast would lie in the past.
    """

    name: str
    words: str
    wish: Wish
    is_open: bool
    opens_at: datetime | None

    @property
    def hours_needed(self) -> float:
        """How many hours of readings it takes."""
        return fewest_rows(self.wish.horizon_steps) * self.wish.cadence_minutes / 60


def horizons(past: Past | None, at: datetime) -> list[Horizon]:
    """Return what can be offered, the shortest first; none where there are no readings."""
    if past is None:
        return []
    suited = [(name, words, _suited(wish, past.interval)) for name, (words, wish) in HORIZONS.items()]
    return [_horizon(*one, past, at) for one in suited if one[2].horizon_steps >= FEWEST_STEPS_AHEAD]


def pick(offered: Sequence[Horizon], name: str) -> Horizon | None:
    """Return the one of that name; else the longest up to a day that is open, or what opens first."""
    named = [one for one in offered if one.name == name]
    possible = [one for one in offered if one.is_open]
    usual = [one for one in possible if one.wish.reach <= USUAL]
    return next(iter([*named, *usual[::-1], *possible, *offered]), None)


def _suited(wish: Wish, interval: float | None) -> Wish:
    """Return the wish in steps that are no finer than readings come."""
    cadence = max(wish.cadence_minutes, finest_cadence(interval))
    return Wish(cadence, int(wish.reach / timedelta(minutes=cadence)), wish.history_window)


def _horizon(name: str, words: str, wish: Wish, past: Past, at: datetime) -> Horizon:
    ends_at = min(floor(at, wish.step), floor(past.last_at, wish.step) + wish.step)
    enough_at = floor(past.first_at, wish.step) + fewest_rows(wish.horizon_steps) * wish.step
    if at - ends_at >= wish.reach:
        return Horizon(name, words, wish, is_open=False, opens_at=None)
    return Horizon(name, words, wish, is_open=ends_at >= enough_at, opens_at=max(enough_at, at))
