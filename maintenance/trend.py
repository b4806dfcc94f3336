"""Is there a trend in the readings, and when may it meet a limit?

A stretch is trusted when its straight line rises by far more than lines through noise like its own do (a
sieve bootstrap of its residuals as first-order autoregression, Bühlmann 1997, the coefficient corrected for
its bias after a fitted trend, Kendall 1954), so far that a random walk seldom does, and, within a day, by
more than on the days before. Of the trusted stretches the newest speaks: wear begins late, and changes its
pace.

How wear goes on cannot be read from what it did so far. Four laws count alike: along the line; along the
bend that the stretch shows; a speed that grows in proportion to what is worn already (exponential), or to
its square (the inverse-rate law of material failure, Voight 1988). And the pace changes at random: the
spread of its logarithm grows with the root of the time ahead, in lengths of the stretch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlops.predictors.recursion import decayed

Array = NDArray[np.float64]

LEAST_POINTS = 24
NEWEST = 50  # points: half-way, in ratio, to the next shorter view
BLOCKS = 8  # of the history: the lowest one is the level before the wear
DRAWS = 300
BURN_IN = 100  # steps until a draw has forgotten its start
OUTLIER = 6.0  # median absolute residuals: four standard deviations of a normal distribution
ROUNDS = 3  # of fitting anew to tamed residuals
MOST_MEMORY = 0.97
WIDENING = 1.15  # of the noise, for what fitting took from it
DAY = 24.0  # hours
DAILY = 1.3  # swings of the day: a line through half a sine rises by 1.2 of them
SURE = (5.0, 2.0)  # times noise: for one stretch, and for each e-fold of stretches tried
PACE = 0.6  # of the logarithm of the pace, after one length of the stretch
PACE_SPAN = (0.05, 4.0)  # lengths ahead within which it grows
LINE, BEND = 1, 2  # degrees
INTERVAL = (0.05, 0.95)
TINY = 1e-9


@dataclass(frozen=True)
class Window:
    """A stretch of history, thinned evenly: `hours` rise and end near 0 (now); `values` in the unit."""

    hours: Array
    values: Array

    @property
    def length(self) -> float:
        return float(self.hours[-1] - self.hours[0]) if len(self.hours) else 0.0


@dataclass(frozen=True)
class Trend:
    """A stretch, its line's rise over it, how many times more than noise would rise that is, and what line
    (draws, 2) and bend (draws, 3) might as well have been: level, slope, curve at now, in lengths of it."""

    window: Window
    rise: float
    sureness: float
    lines: Array
    bends: Array

    @property
    def slope(self) -> float:
        """Per hour."""
        return self.rise / self.window.length


def sure_trends(windows: Sequence[Window]) -> list[Trend]:
    """Return the trends of the stretches that surely have one, the newest first; `windows` are the longest
    first."""
    tried = [fit_trend(stretch) for stretch in _stretches(windows)]
    least = SURE[0] + SURE[1] * np.log(max(len(tried), 1))
    sure = [trend for trend in reversed(tried) if trend.sureness > least]
    return [trend for trend in sure if not _may_be_the_time_of_day(trend, windows[0])]


def _may_be_the_time_of_day(trend: Trend, history: Window) -> bool:
    """Say whether a rise within a day is about as far as the days before knew one in that time."""
    before = history.hours < trend.window.hours[0]
    hours, values, length = history.hours[before], history.values[before], trend.window.length
    if length >= DAY or not before.any() or hours[-1] - hours[0] < DAY:
        return False
    later = np.searchsorted(hours, hours + length)
    moves = values[later[later < len(hours)]] - values[later < len(hours)]
    return abs(trend.rise) < DAILY * float(np.abs(moves).max())


def _stretches(windows: Sequence[Window]) -> list[Window]:
    """Return each window, and its newest points."""
    newer = [
        [window, Window(window.hours[-NEWEST:], window.values[-NEWEST:])][: 1 + (len(window.hours) > NEWEST)]
        for window in windows
    ]
    return [stretch for pair in newer for stretch in pair]


def fit_trend(window: Window) -> Trend:
    line, around_line = _fitted(window.values, LINE)
    bend, around_bend = _fitted(window.values, BEND)
    lines = line + _resampled(around_line) @ _projection(len(window.values), LINE).T
    bends = bend + _resampled(around_bend) @ _projection(len(window.values), BEND).T
    spread = float(lines[:, 1].std()) + TINY * float(np.abs(window.values).max() + 1)
    return Trend(window, float(line[1]), abs(float(line[1])) / spread, lines, bends)


def _powers(count: int, degree: int) -> Array:
    return np.vander(np.linspace(-1.0, 0.0, count), degree + 1, increasing=True)


def _projection(count: int, degree: int) -> Array:
    return np.asarray(np.linalg.pinv(_powers(count, degree)))


def _fitted(values: Array, degree: int) -> tuple[Array, Array]:
    """Return the least-squares polynomial that no spike moves, and what it leaves."""
    powers, projection = _powers(len(values), degree), _projection(len(values), degree)
    padded = np.concatenate([values[:1], values, values[-1:]])
    found = projection @ np.median(np.stack([padded[:-2], values, padded[2:]]), axis=0)
    for _ in range(ROUNDS):
        found = found + projection @ _tamed(values - powers @ found)
    return found, _tamed(values - powers @ found)


def _tamed(residuals: Array) -> Array:
    """Bring outliers in: a spike says nothing of the trend, and would be drawn over and over."""
    reach = OUTLIER * float(np.median(np.abs(residuals)))
    return np.clip(residuals, -reach, reach)


def _resampled(residuals: Array) -> Array:
    """Draw rows that look like the residuals; seeded, so that the same history gives the same answer."""
    count = len(residuals)
    memory = _memory(residuals)
    shocks = residuals[1:] - memory * residuals[:-1]
    shocks = (shocks - shocks.mean()) * WIDENING
    drawn = np.random.default_rng(count).choice(shocks, size=(DRAWS, BURN_IN + count))
    return decayed(drawn.T, memory)[BURN_IN:].T


def _memory(residuals: Array) -> float:
    """Return the residuals' first autocorrelation, corrected for what fitting a line takes from it."""
    power = float(np.sum(residuals**2))
    found = float(np.sum(residuals[1:] * residuals[:-1])) / power if power else 0.0
    return float(np.clip(found + (2 + 4 * found) / len(residuals), 0.0, MOST_MEMORY))


def hours_to(limit: float, trend: Trend, history: Window) -> tuple[float, float, float]:
    """Return the hours until the trend meets the limit it heads for, with 5 % and 95 % bounds; infinite where
    it never does. `history` is the longest view."""
    side = np.sign(trend.rise)
    level, speed, change = _at_now(trend, side)
    before = min(float(np.median(block)) for block in np.array_split(side * history.values, BLOCKS))
    gap, worn = side * limit - level, np.maximum(level - before, TINY)
    line = _time_to_cover(side * limit - side * trend.lines[:, 0], side * trend.lines[:, 1], 0.0 * speed)
    bend = _time_to_cover(gap, speed, change / speed)
    growing = _time_to_cover(gap, speed, speed / worn)
    running_away = _time_to_cover(worn * gap / np.maximum(worn + gap, worn), speed, 0.0 * speed)
    times = _at_any_pace(np.concatenate([line, bend, growing, running_away]))
    middle = np.quantile(np.concatenate([line, bend, growing]), 0.5, method="nearest")
    low, high = np.quantile(times, INTERVAL, method="nearest")
    length = trend.window.length
    return float(middle * length), float(min(low, middle) * length), float(max(high, middle) * length)


def _at_now(trend: Trend, side: float) -> tuple[Array, Array, Array]:
    """Return level, speed towards the limit, its change: along the bend where that hastens, else the line."""
    hastens = side * trend.bends[:, 2] > 0
    level, speed = np.where(hastens[:, None], side * trend.bends[:, :2], side * trend.lines).T
    return level, np.where(speed == 0, -TINY, speed), np.where(hastens, 2 * side * trend.bends[:, 2], 0.0)


def _time_to_cover(gap: Array, speed: Array, growth: Array) -> Array:
    """Return when a speed that grows by a constant share has covered the gap: at once where there is none,
    never where it does not move."""
    growth = np.maximum(growth, TINY)
    with np.errstate(divide="ignore", invalid="ignore"):
        time = np.log1p(gap * growth / speed) / growth
    return np.where(gap <= 0, 0.0, np.where(speed > 0, time, np.inf))


def _at_any_pace(times: Array) -> Array:
    spread = PACE * np.sqrt(np.clip(times, *PACE_SPAN))
    return times * np.exp(spread * np.random.default_rng(len(times)).normal(size=len(times)))
