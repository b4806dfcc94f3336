"""What a machine's last hours say, as numbers that mean the same on every machine.

A sensor's deviation is that of its mean over some hours from the machine's own level (the mean of all hours
up to a day ago, drawn towards the fleet's), in standard deviations of such a mean. *Typed* signs name the
sensor, the kind of error, the component; *free* signs do not: the largest deviation of any sensor, errors of
any kind. A kind of failure that nobody has seen yet can be told by the free ones only.

A *steady* deviation is on the same side in both halves of the day (the lesser of the two counts); at the
error it tells what was wrong for long from what only just began. Errors from before the last replacement do
not count any more: it was for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlops.predictors.machines import DAY, Floats, Hours, Machine

PRIOR_HOURS = 72  # of the fleet's level in the machine's own
LONG_AGO = 2500.0  # hours: a component that was not replaced as far as is known

FREE = {  # name: whether more of it makes a failure more (1) or less (-1) likely, as far as that is certain
    "largest deviation, 24 h": 1,
    "largest deviation, 12 h": 1,
    "second largest deviation, 24 h": 0,
    "errors, 24 h": 1,
    "kinds of error, 24 h": 1,
    "largest deviation x errors": 1,
    "largest deviation x kinds of error": 1,
    "steady deviation": 1,
    "deviation at the error": 1,
    "steady deviation at the error": 1,
    "steady deviation at the error, quarters": 1,
    "deviation a day before the error": -1,
    "errors in the error's hour": 1,
    "hours since the error": 0,
    "second steady deviation at the error": 0,
    "steady deviation x that at the error": 1,
}
AT_ERROR = 7
NO_ERROR = np.array([0, 0, 0, 0, 0, 2 * DAY, 0], float)


@dataclass(frozen=True)
class Level:
    """What is usual in the fleet: mean and standard deviation of each sensor (sensors,)."""

    mean: Floats
    spread: Floats


def level_of(machines: Sequence[Machine]) -> Level:
    """Learn the fleet's level; the spread is that within machines."""
    sums, counts = zip(*(_sums(machine.telemetry) for machine in machines), strict=True)
    each = [total / np.maximum(count, 1) for total, count in zip(sums, counts, strict=True)]
    squares = [_sums((one.telemetry - own) ** 2)[0] for one, own in zip(machines, each, strict=True)]
    known = np.maximum(np.sum(counts, axis=0), 1)
    spread = np.sqrt(np.sum(squares, axis=0) / known)
    return Level(np.sum(sums, axis=0) / known, np.where(spread > 0, spread, 1.0))


def _sums(values: Floats) -> tuple[Floats, Floats]:
    """Return the sum and the number of the values of each column, without those that are missing."""
    known = np.isfinite(values)
    return np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0).astype(float)


class Deviations:
    """Deviations (T, sensors) of a machine from its own level, over windows that end at or before a row."""

    def __init__(self, machine: Machine, level: Level) -> None:
        z = (machine.telemetry - level.mean) / level.spread
        known = np.isfinite(z)
        self._sums = _from_zero(np.where(known, z, 0.0))
        self._counts = _from_zero(known.astype(float))
        self._rows = np.arange(len(z))
        past = np.maximum(self._rows - DAY + 1, 0)
        self._own = self._sums[past] / (PRIOR_HOURS + self._counts[past])

    def over(self, hours: int, ago: int = 0) -> Floats:
        """Return the deviation of the mean over so many hours, which ended so many hours ago."""
        end = np.maximum(self._rows + 1 - ago, 0)
        begin = np.maximum(end - hours, 0)
        count = self._counts[end] - self._counts[begin]
        total = self._sums[end] - self._sums[begin] - count * self._own
        return total / np.sqrt(np.maximum(count, 1))


def _from_zero(values: Floats) -> Floats:
    return np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])


@dataclass(frozen=True)
class Signs:
    """Of each hour (T,): signed deviations by sensor (T, sensors), counts by kind of error (T, kinds), hours
    since each component's replacement (T, components), and the free signs (T, 16)."""

    deviations: Floats
    errors: Floats
    since: Floats
    free: Floats


def signs_of(machine: Machine, level: Level, *, kinds: Sequence[str], components: Sequence[str]) -> Signs:
    """Read the signs of each hour from what was known at it. Kinds that are not named count as one of any."""
    deviations, hours = Deviations(machine, level), machine.hours
    day = deviations.over(DAY)
    renewed = _last(machine.replaced.hours, hours)
    every = [*kinds, *sorted(set(machine.errors.kinds) - set(kinds))]
    errors = _columns([_count(machine.errors.of(kind), hours, renewed) for kind in every], len(hours))
    since = [hours - _last(machine.replaced.of(component), hours) for component in components]
    return Signs(
        deviations=day,
        errors=errors[:, : len(kinds)],
        since=np.minimum(_columns(since, len(hours)), LONG_AGO),
        free=_free(machine, deviations, day, errors),
    )


def _columns(columns: list[Floats], rows: int) -> Floats:
    return np.column_stack(columns) if columns else np.zeros((rows, 0))


def _last(moments: Hours, hours: Hours) -> Hours:
    """Return the last moment up to each hour."""
    place = np.searchsorted(moments, hours, side="right")
    return np.append(-np.inf, moments)[place]


def _count(moments: Hours, hours: Hours, renewed: Hours) -> Floats:
    """Count the moments of the last day, without those before the last replacement."""
    upto = np.searchsorted(moments, hours, side="right")
    gone = np.searchsorted(moments, hours - DAY, side="right")
    void = np.searchsorted(moments, renewed, side="left")
    return (upto - np.minimum(np.maximum(gone, void), upto)).astype(float)


def _free(machine: Machine, deviations: Deviations, day: Floats, errors: Floats) -> Floats:
    side = np.sign(day)
    halves = np.minimum(*(deviations.over(DAY // 2, ago) * side for ago in (0, DAY // 2)))
    quarters = np.min([deviations.over(DAY // 4, ago) * side for ago in range(0, DAY, DAY // 4)], axis=0)
    before = deviations.over(DAY, DAY) * side
    largest, steady = _greatest(np.abs(day)), _greatest(halves)
    count, kinds = errors.sum(axis=1), (errors > 0).sum(axis=1)
    at_error = _at_errors(machine, np.abs(day), halves, quarters, before)
    columns = [
        *(largest[:, 0], _greatest(np.abs(deviations.over(DAY // 2)))[:, 0], largest[:, 1]),
        *(count, kinds, largest[:, 0] * count, largest[:, 0] * kinds),
        *(steady[:, 0], *at_error.T, steady[:, 0] * at_error[:, 1]),
    ]
    return np.column_stack(columns)


def _greatest(values: Floats) -> Floats:
    """Return the greatest and the second greatest of each row (T, 2); 0 where there is none."""
    padded = np.column_stack([values, np.zeros((len(values), max(0, 2 - values.shape[1])))])
    return -np.sort(-padded, axis=1)[:, :2]


def _at_errors(machine: Machine, *seen: Floats) -> Floats:
    """Return what the sensors said as an error came, in the day after it (T, 7).

    Of several errors that count, the one with the steadiest deviation; `seen` are deviation, steady one, that
    of quarters and the day before (T, sensors) each.
    """
    hours, found = machine.hours, np.tile(NO_ERROR, (len(machine.telemetry), 1))
    moments, together = np.unique(np.floor(machine.errors.hours), return_counts=True)
    rows = np.searchsorted(hours, moments, side="right") - 1
    usable = (rows >= 0) & (moments - hours[np.maximum(rows, 0)] < 1) if len(hours) else np.zeros(0, bool)
    told = [
        (_told(row, seen, many), row, _ends(machine, moment))
        for moment, row, many, use in zip(moments, rows, together, usable, strict=True)
        if use
    ]
    for values, row, end in sorted(told, key=lambda one: (one[0][1], one[1])):
        stop = min(row + DAY, int(np.searchsorted(hours, end, side="left")))
        found[row:stop] = values
        found[row:stop, 5] = np.arange(max(stop - row, 0))
    return found


def _told(row: int, seen: tuple[Floats, ...], together: int) -> Floats:
    """Return the seven numbers of one error, by the sensor with the steadiest deviation at it."""
    _, steady, *_ = seen
    sensor = int(np.argmax(steady[row]))
    others = np.delete(steady[row], sensor)
    second = float(others.max()) if len(others) else 0.0
    return np.array([*(values[row, sensor] for values in seen), float(together), 0.0, second])


def _ends(machine: Machine, moment: float) -> float:
    """Return when a replacement after the error made it void; never: infinity."""
    later = machine.replaced.hours[machine.replaced.hours > moment]
    return float(later[0]) if len(later) else np.inf
