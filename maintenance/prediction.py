"""When will a sensor reach its limit? A trend with an interval, or an honest "no estimate".

The trend is that of the newest stretch that surely has one and is long enough to look so far ahead
(`maintenance.trend`). What is estimated is when the trend meets the limit: a noisy
reading may touch it earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maintenance.trend import LEAST_POINTS, Trend, Window, hours_to, sure_trends

METHOD = "newest trend, four laws of wear, 3"
FARTHEST = 3.0  # times the stretch's length: beyond, a trend is a guess


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


NO_TREND = Forecast(
    outcome="no_trend",
    reasons=("No trend: no recent stretch of the readings moves more than noise may by itself.",),
)


def time_to_limit(windows: Sequence[Window], limits: Limits, *, trouble: str = "") -> Forecast:
    """Estimate the hours until the trend meets a limit.

    `windows` are views of the same history, the longest first. `trouble` says in words what is wrong with
    the sensor itself, if anything is.
    """
    usable = [window for window in windows if len(window.hours) >= LEAST_POINTS]
    refusal = _refusal(usable, limits, trouble)
    if refusal:
        return refusal
    forecasts = [_extrapolate(trend, usable[0], limits) for trend in sure_trends(usable)]
    estimates = [one for one in forecasts if one.outcome == "estimate"]
    return next(iter(estimates + forecasts), NO_TREND)


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


def _extrapolate(trend: Trend, history: Window, limits: Limits) -> Forecast:
    rate = f"{limits.text(trend.slope)} per hour over the last {_span(trend.window.length)}"
    limit = limits.upper if trend.slope > 0 else limits.lower
    if limit is None:
        return Forecast(outcome="no_trend", reasons=(f"No trend towards a limit ({rate}).",))
    middle, low, high = hours_to(limit, trend, history)
    if middle > FARTHEST * trend.window.length:
        reason = f"At {rate}, {limits.text(limit)} is further ahead than this history can tell"
        return Forecast(outcome="no_trend", reasons=(f"{reason}: {_span(low)} or more.",), limit=limit)
    return _estimate(
        low, middle, high, limit, (f"It moves by {rate}.", f"Its limit is {limits.text(limit)}.")
    )


def _estimate(low: float, middle: float, high: float, limit: float, reasons: tuple[str, ...]) -> Forecast:
    bound = f"{_span(low)} to {_span(high)}" if np.isfinite(high) else f"{_span(low)} or later, perhaps never"
    return Forecast(
        outcome="estimate",
        reasons=(
            *reasons,
            f"Going on so, the limit is met in {_span(middle)}"
            f" (90 % interval: {bound}; wear may speed up or slow down).",
        ),
        hours=middle,
        hours_low=low,
        hours_high=high if np.isfinite(high) else None,
        limit=limit,
    )


def _span(hours: float) -> str:
    """Say a time as people would: 35 min, 7.5 h, 12 days."""
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 72 else f"{hours / 24:.0f} days"
