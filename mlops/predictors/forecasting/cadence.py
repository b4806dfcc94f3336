"""From means at irregular times to regular rows: gaps are filled and told, a long one ends the history."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mlops.predictors.forecasting.history import Array, Ints

DAY_SECONDS = 86_400
SHORT_GAP = 3  # rows: filled by a straight line
LONGEST_GAP = 2  # days that may be filled from the day before; rows beyond it are not used
LONGEST_WITHOUT_DAYS = 24  # rows
VISIBLE = 0.8  # of the difference half a day away: below, a day is seen
FEWEST_DAYS = 3


@dataclass(frozen=True)
class Regular:
    """`values` at every step up to number `last` (of steps since 1970), rows in a day, and what was done."""

    values: Array
    last: int
    season: int
    notes: tuple[str, ...]


def regular(places: Ints, means: Array, step_seconds: int) -> Regular:
    """Return the newest stretch without a long gap, its gaps filled.

    `places` are the numbers of the steps since 1970 that have a mean, ascending, at least one.
    """
    per_day = DAY_SECONDS // step_seconds if DAY_SECONDS % step_seconds == 0 else 1
    longest = max(LONGEST_GAP * per_day, LONGEST_WITHOUT_DAYS)
    breaks = np.flatnonzero(np.diff(places) > longest)
    start = int(breaks[-1]) + 1 if len(breaks) else 0
    own, known = places[start:], means[start:]
    values = np.full(int(own[-1] - own[0]) + 1, np.nan)
    values[own - own[0]] = known
    gaps = np.isnan(values)
    values = _fill(values, per_day)
    season = per_day if day_is_visible(values, per_day) else 1
    notes = _notes(int(gaps.sum()), len(values), cut=start > 0)
    return Regular(values, int(own[-1]), season, notes)


def day_is_visible(values: Array, per_day: int) -> bool:
    """Say whether values a day apart are more alike than values half a day less or more apart."""
    if per_day < 2 or len(values) < FEWEST_DAYS * per_day:
        return False
    near, day, far = (_apart(values, lag) for lag in (per_day // 2, per_day, per_day + per_day // 2))
    return day < VISIBLE * (near + far) / 2


def _apart(values: Array, lag: int) -> float:
    return float(np.mean((values[lag:] - values[:-lag]) ** 2))


def _fill(values: Array, per_day: int) -> Array:
    """Fill short gaps by straight lines, longer ones by the day before, moved to meet their edges."""
    known = np.flatnonzero(~np.isnan(values))
    straight = np.interp(np.arange(len(values)), known, values[known])
    filled = straight.copy()
    for left, right in pairwise(known):
        if right - left > SHORT_GAP + 1 and left >= per_day > 1:
            inside = np.arange(left + 1, right)
            before = filled[left + 1 - per_day : left + 1]
            shape = np.resize(before, right - left)
            tilt = np.linspace(filled[left] - before[-1], values[right] - shape[-1], right - left + 1)[1:]
            filled[inside] = (shape + tilt)[:-1]
    return filled


def _notes(missing: int, rows: int, *, cut: bool) -> tuple[str, ...]:
    notes = []
    if missing:
        notes.append(f"{missing} of {rows} steps had no reading and were filled from their neighbours.")
    if cut:
        notes.append("What lies before the last long gap was left out.")
    return tuple(notes)
