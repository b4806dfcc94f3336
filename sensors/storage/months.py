"""Which months there are and when one may go. Plain rules: times are UTC."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

MONTHS_AHEAD = 3
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # a reading from before that has a wrong clock
DECEMBER = 12
SHORT = timedelta(days=800)


def month_of(moment: datetime) -> datetime:
    """Return the first instant of the month."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month: datetime) -> datetime:
    year, number = (month.year + 1, 1) if month.month == DECEMBER else (month.year, month.month + 1)
    return month.replace(year=year, month=number)


def months_between(first: datetime, last: datetime) -> Iterator[datetime]:
    """Yield the months of first <= t <= last."""
    month = month_of(first)
    while month <= last:
        yield month
        month = next_month(month)


def months_ahead(at: datetime) -> list[datetime]:
    """Return the months that must be ready: the running one and the next three."""
    months = [month_of(at)]
    for _ in range(MONTHS_AHEAD):
        months.append(next_month(months[-1]))
    return months


def months_needed(moments: Sequence[datetime], at: datetime) -> set[datetime]:
    """Return the months that hold the moments; of a short span those between them too, which is quicker.

    What only a wrong clock names is left out: such readings stay in the default partition.
    """
    end, first, last = next_month(months_ahead(at)[-1]), min(moments), max(moments)
    if first >= EARLIEST and last < end and last - first < SHORT:
        return set(months_between(first, last))
    return {month_of(moment) for moment in moments if EARLIEST <= moment < end}


def is_over_age(until: datetime, made_at: datetime, at: datetime, keep: timedelta) -> bool:
    """Tell whether readings from before `until`, in a part of the table made at `made_at`, may go.

    History that is imported is kept as long as what was measured: its part is made when it comes.
    """
    return max(until, made_at) < at - keep
