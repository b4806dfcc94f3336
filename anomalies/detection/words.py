"""What people read: one plain sentence for what a sensor did, with its normal band."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from anomalies.detection.scan import Levels, Moment
from mlops.detectors.episodes import Kind


@dataclass(frozen=True)
class Named:
    """How a sensor is called: `label` such as "Vibration of P-101"; its unit; its site's time zone."""

    label: str
    unit: str
    zone: ZoneInfo


def reason(moment: Moment, named: Named, lower: float, upper: float) -> str:
    """Return the sentence for a moment; `lower` and `upper` are the sensor's fixed limits."""
    since = begun(moment, named.zone)
    value = _amount(moment.value, moment.levels, named.unit)
    if moment.kind == Kind.STUCK:
        return f"{named.label} has repeated {value} since {since}; it never did so for this long"
    if moment.kind == Kind.LIMIT:
        side, limit = ("above", upper) if moment.value > upper else ("below", lower)
        value = amount_of(moment.value, abs(limit) / 20, named.unit)  # the band may be none yet
        return (
            f"{named.label} has been {value} since {since}; {side} its limit of {limit:g}{_space(named.unit)}"
        )
    return f"{named.label} {_deed(moment, named.unit)} since {since}; {_normal(moment, named.unit)}"


def _normal(moment: Moment, unit: str) -> str:
    """Say what is normal; where each reading for itself is, that it is their course that is not."""
    band = _band(moment.levels, unit)
    if _is_outside(moment) or moment.because == "range":
        return f"{band} is normal"
    return f"single readings stay within the normal {band}, their course is new"


def _is_outside(moment: Moment) -> bool:
    return not moment.levels.low <= moment.value <= moment.levels.high


def _deed(moment: Moment, unit: str) -> str:
    levels = moment.levels

    def amount(value: float) -> str:
        return _amount(value, levels, unit)

    if _is_outside(moment):
        return f"has been {amount(moment.value)}"
    deeds = {
        "range": f"has swung between {amount(levels.lowest)} and {amount(levels.highest)}",
        "shift": f"has shifted from {amount(levels.mean_before)} to {amount(levels.short_mean)}",
        "pattern": f"has been spread unlike before, at {amount(levels.short_mean)},",
        "window": f"has run unlike before, between {amount(levels.lowest)} and {amount(levels.highest)},",
    }
    return deeds.get(moment.because, f"has averaged {amount(levels.mean)}")


def _band(levels: Levels, unit: str) -> str:
    return f"{number_of(levels.low, levels.high - levels.low)} to {_amount(levels.high, levels, unit)}"


def _amount(value: float, levels: Levels, unit: str) -> str:
    return amount_of(value, levels.high - levels.low, unit)


def amount_of(value: float, width: float, unit: str) -> str:
    return f"{number_of(value, width)}{_space(unit)}"


def number_of(value: float, width: float) -> str:
    """Write as many digits as the width of the normal band gives sense to."""
    if not 1e-9 < width < 1e9 or abs(value) >= 1e9:
        return f"{value:.6g}"
    digits = max(0, 1 - math.floor(math.log10(width)))
    return f"{value:.{digits}f}"


def _space(unit: str) -> str:
    return f" {unit}" if unit else ""


def begun(moment: Moment, zone: ZoneInfo) -> str:
    started, now = (datetime.fromtimestamp(at, UTC).astimezone(zone) for at in (moment.started, moment.time))
    return f"{started:%H:%M}" if started.date() == now.date() else f"{started:%d %b %H:%M}"
