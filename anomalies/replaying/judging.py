"""What a set of alarms is worth by what people found: a pure rule, one for replays, shadows and the present.

A known failure is caught where an alarm of its asset was raised, or still went on, in the week before it was
found; where it had been announced then, from three days before that announcement. An alarm is known to be
false where it goes on within an hour of an announcement that people called false. Of the others nothing is
known, and that is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

BEFORE_FOUND = timedelta(days=7)
BEFORE_SAID = timedelta(days=3)
NEAR = timedelta(hours=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Alarm:
    """`ended_at` None: it went on until the end."""

    asset_id: int
    raised_at: datetime
    ended_at: datetime | None

    def goes_on(self, start: datetime, end: datetime) -> bool:
        return self.raised_at <= end and (self.ended_at is None or self.ended_at >= start)


@dataclass(frozen=True)
class Known:
    """What people found. `raised_at`: when it had been announced; None: it was not."""

    asset_id: int
    failure: bool
    found_at: datetime
    raised_at: datetime | None

    @property
    def begin(self) -> datetime:
        week = self.found_at - BEFORE_FOUND
        return min(week, self.raised_at - BEFORE_SAID) if self.raised_at else week


@dataclass(frozen=True)
class Worth:
    """`lead` is the median in hours between the first alarm and the finding of what was caught."""

    alarms: int
    known: int
    caught: int
    false: int
    lead: float | None

    def kept(self) -> dict[str, float | None]:
        return dict(self.__dict__)

    @classmethod
    def of(cls, kept: dict[str, float | None]) -> Worth:
        return cls(**kept)  # type: ignore[arg-type]


def judge(alarms: Iterable[Alarm], known: Iterable[Known]) -> Worth:
    """Return what these alarms are worth."""
    by_asset: dict[int, list[Alarm]] = defaultdict(list)
    for alarm in alarms:
        by_asset[alarm.asset_id].append(alarm)
    found = list(known)
    failures = [one for one in found if one.failure]
    leads = [lead for one in failures if (lead := _lead(by_asset[one.asset_id], one)) is not None]
    wrong = [one for one in found if not one.failure and one.raised_at]
    return Worth(
        alarms=sum(map(len, by_asset.values())),
        known=len(failures),
        caught=len(leads),
        false=sum(_is_false(alarm, wrong) for some in by_asset.values() for alarm in some),
        lead=round(median(leads), 1) if leads else None,
    )


def _lead(alarms: Sequence[Alarm], failure: Known) -> float | None:
    """Return the hours from the first alarm to the finding; None where nothing announced it."""
    heard = [alarm for alarm in alarms if alarm.goes_on(failure.begin, failure.found_at)]
    if not heard:
        return None
    first = max(min(alarm.raised_at for alarm in heard), failure.begin)
    return (failure.found_at - first) / HOUR


def _is_false(alarm: Alarm, wrong: Sequence[Known]) -> bool:
    return any(
        one.asset_id == alarm.asset_id
        and one.raised_at is not None
        and alarm.goes_on(one.raised_at - NEAR, one.raised_at + NEAR)
        for one in wrong
    )


def in_words(proposed: Worth, present: Worth) -> str:
    """Return one sentence: "14 alarms instead of 212, 3 of 3 known failures caught, median lead 41 h".

    >>> in_words(Worth(14, 3, 3, 0, 41.0), Worth(212, 3, 3, 40, 44.0))
    '14 alarms instead of 212, 3 of 3 known failures caught (now 3), median lead 41 h (now 44 h), \
0 known to be false (now 40)'
    """
    parts = [f"{proposed.alarms} alarm{'s' if proposed.alarms != 1 else ''} instead of {present.alarms}"]
    if proposed.known:
        failures = "failure" if proposed.known == 1 else "failures"
        parts.append(f"{proposed.caught} of {proposed.known} known {failures} caught (now {present.caught})")
    else:
        parts.append("no failure is known in this time")
    if proposed.lead is not None:
        now = "" if present.lead is None else f" (now {present.lead:.0f} h)"
        parts.append(f"median lead {proposed.lead:.0f} h{now}")
    if proposed.false or present.false:
        parts.append(f"{proposed.false} known to be false (now {present.false})")
    return ", ".join(parts)


def is_better(proposed: Worth, present: Worth) -> bool:
    """Tell whether nothing is lost and something is gained: as many failures caught, as few known false ones,
    no more alarms, and one of the three better."""
    ours = (proposed.caught, -proposed.false, -proposed.alarms)
    theirs = (present.caught, -present.false, -present.alarms)
    return ours != theirs and all(our >= their for our, their in zip(ours, theirs, strict=True))
