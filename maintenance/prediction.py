"""When will a sensor reach its limit? A robust trend with an interval, or an honest "no estimate".

Method: the Theil-Sen line (median of the slopes of all pairs; Theil 1950, Sen 1968) through the longest
recent window that one straight line describes, carried on to the limit. The 90 % interval is a sieve
bootstrap of the line's residuals (Bühlmann 1997) as first-order autoregression, whose coefficient is
corrected for its bias after a fitted trend (Kendall 1954): noise that remembers itself widens the interval.
Slope order statistics would hold for independent noise only; moving blocks covered 60 to 79 % where this
covers about 90 %. What is estimated is when the trend meets the limit: a noisy reading may touch it earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlops.predictors.recursion import decayed

Array = NDArray[np.float64]

METHOD = "theil-sen with sieve bootstrap, 2"
LEAST_POINTS = 24
DRAWS = 300
BURN_IN = 100  # steps until a draw has forgotten its start
OUTLIER = 6.0  # median absolute residuals: four standard deviations of a normal distribution
MOST_MEMORY = 0.97
WIDENING = 1.15  # of the noise: brings the coverage on simulated trends from 85 % to about 90 %
LEAST_SURE = 0.95  # share of the draws that must head for the limit
BENDING = 1.5  # of the bends' spread: the window was chosen for bending little; it bends more than it shows
FARTHEST = 2.0  # times the window's length: beyond, a straight line is a guess
INTERVAL = (0.05, 0.95)


@dataclass(frozen=True)
class Window:
    """A stretch of history, thinned evenly: `hours` rise and end near 0 (now); `values` in the unit."""

    hours: Array
    values: Array

    @property
    def length(self) -> float:
        return float(self.hours[-1] - self.hours[0]) if len(self.hours) else 0.0


@dataclass(frozen=True, kw_only=True)
class Limits:
    lower: float | None = None
    upper: float | None = None
    unit: str = ""

    def text(self, value: float) -> str:
        return f"{value:.4g} {self.unit}".rstrip()


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """`outcome` is one of Prediction.Outcome; hours from now, with their 5 % and 95 % bounds."""

    outcome: str
    reasons: tuple[str, ...]
    hours: float | None = None
    hours_low: float | None = None
    hours_high: float | None = None
    limit: float | None = None


@dataclass(frozen=True)
class Trend:
    """A line through a window, `level` at now, and what it might as well have been (the draws)."""

    window: Window
    slope: float
    level: float
    slopes: Array
    levels: Array
    bends: Array
    is_straight: bool


def time_to_limit(windows: Sequence[Window], limits: Limits, *, trouble: str = "") -> Forecast:
    """Estimate the hours until the trend meets a limit.

    `windows` are views of the same history, the longest first. `trouble` says in words what is wrong with
    the sensor itself, if anything is.
    """
    usable = [window for window in windows if len(window.hours) >= LEAST_POINTS]
    refusal = _refusal(usable, limits, trouble)
    if refusal:
        return refusal
    trend = _straight_trend(usable)
    if trend is None:
        return Forecast(
            outcome="no_trend", reasons=("No recent stretch of the readings follows one straight line.",)
        )
    return _extrapolate(trend, limits)


def _refusal(usable: list[Window], limits: Limits, trouble: str) -> Forecast | None:
    """Return the forecast where there is nothing to extrapolate."""
    if trouble:
        return Forecast(outcome="sensor_bad", reasons=(f"Its readings cannot be trusted: {trouble}.",))
    if limits.lower is None and limits.upper is None:
        return Forecast(outcome="no_limit", reasons=("No limit is set for this sensor.",))
    if not usable:
        return Forecast(
            outcome="not_enough_data",
            reasons=(f"Fewer than {LEAST_POINTS} points of history: too few for a trend.",),
        )
    return _reached(usable[-1], limits)


def _reached(window: Window, limits: Limits) -> Forecast | None:
    """Judge by the median of the newest three points, so that one spike is no limit reached."""
    now = float(np.median(window.values[-3:]))
    for limit, side, beyond in (
        (limits.upper, "upper", limits.upper is not None and now >= limits.upper),
        (limits.lower, "lower", limits.lower is not None and now <= limits.lower),
    ):
        if beyond and limit is not None:
            reason = f"It reads {limits.text(now)}; its {side} limit is {limits.text(limit)}."
            return Forecast(
                outcome="limit_reached",
                reasons=(reason,),
                hours=0.0,
                hours_low=0.0,
                hours_high=0.0,
                limit=limit,
            )
    return None


def _straight_trend(windows: list[Window]) -> Trend | None:
    """Return the trend of the first window that a straight line describes."""
    return next((trend for trend in map(fit_trend, windows) if trend.is_straight), None)


def fit_trend(window: Window) -> Trend:
    """Fit the line, draw its likely alternatives, and compare the slopes of the window's two halves."""
    hours, values = window.hours, window.values
    slope = float(_slopes(hours, values[None, :])[0])
    level = float(np.median(values - slope * hours))
    draws = slope * hours + level + _resampled(_tamed(values - slope * hours - level))
    slopes = _slopes(hours, draws)
    levels = np.median(draws - slopes[:, None] * hours, axis=1)
    bend, bends = _bends(hours, values[None, :])[0], _bends(hours, draws)
    is_straight = bool(abs(bend) <= np.quantile(np.abs(bends), 0.95) + 1e-12)
    return Trend(window, slope, level, slopes, levels, bend + bends, is_straight)


def _slopes(hours: Array, rows: Array) -> Array:
    """Return the Theil-Sen slope of each row."""
    first, second = np.triu_indices(len(hours), k=1)
    return np.median((rows[:, second] - rows[:, first]) / (hours[second] - hours[first]), axis=1)


def _bends(hours: Array, rows: Array) -> Array:
    middle = len(hours) // 2
    return _slopes(hours[middle:], rows[:, middle:]) - _slopes(hours[:middle], rows[:, :middle])


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


def _extrapolate(trend: Trend, limits: Limits) -> Forecast:
    slope = f"{trend.slope:.2g} {limits.unit}".rstrip()
    rate = f"{slope} per hour over the last {_span(trend.window.length)}"
    limit = limits.upper if trend.slope > 0 else limits.lower
    if limit is None or not _is_sure(trend):
        return Forecast(outcome="no_trend", reasons=(f"No trend towards a limit ({rate}).",))
    times = _crossings(trend, limit)
    low, middle, high = (
        float(np.quantile(times, q, method="nearest")) for q in (INTERVAL[0], 0.5, INTERVAL[1])
    )
    if middle > FARTHEST * trend.window.length:
        reason = f"At {rate}, {limits.text(limit)} is further ahead than this history can tell."
        return Forecast(outcome="no_trend", reasons=(reason,), limit=limit)
    return _estimate(
        low, middle, high, limit, (f"It moves by {rate}.", f"Its limit is {limits.text(limit)}.")
    )


def _estimate(low: float, middle: float, high: float, limit: float, reasons: tuple[str, ...]) -> Forecast:
    bound = f"{_span(low)} to {_span(high)}" if np.isfinite(high) else f"{_span(low)} or later, perhaps never"
    return Forecast(
        outcome="estimate",
        reasons=(*reasons, f"At this rate the limit is met in {_span(middle)} (90 % interval: {bound})."),
        hours=middle,
        hours_low=low,
        hours_high=high if np.isfinite(high) else None,
        limit=limit,
    )


def _is_sure(trend: Trend) -> bool:
    return trend.slope != 0 and bool(np.mean(trend.slopes * trend.slope > 0) >= LEAST_SURE)


def _crossings(trend: Trend, limit: float) -> Array:
    """Return the draws' hours to the limit, along their lines and, twice as many, along their bends where
    those hasten it.

    Wear accelerates: a line alone is late. A bend `c` (change of slope per hour) in a window of length w
    adds c w / 2 to the slope at now and c w² / 12 to the level, next to the line fitted through both; from
    there the slope grows as it did, by a constant share of itself.
    """
    side, length = np.sign(trend.slope), trend.window.length
    middle = np.mean(trend.bends)
    bends = middle + BENDING * (trend.bends - middle)
    change = np.maximum(side * bends / (length / 2), 0.0)
    gap, slopes = side * (limit - trend.levels), side * trend.slopes
    along_bend = _time_to_cover(gap - change * length**2 / 12, slopes + change * length / 2, change)
    return np.concatenate([_time_to_cover(gap, slopes, np.zeros_like(change)), along_bend, along_bend])


def _time_to_cover(gap: Array, speed: Array, change: Array) -> Array:
    """Return when a speed with this first change, growing by a constant share, has covered the gap: at once
    where there is none, never where it does not move."""
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.maximum(change / speed, 1e-9)
        time = np.log1p(gap * growth / speed) / growth
    return np.where(gap <= 0, 0.0, np.where(speed > 0, time, np.inf))


def _span(hours: float) -> str:
    """Say a time as people would: 35 min, 7.5 h, 12 days."""
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 72 else f"{hours / 24:.0f} days"
