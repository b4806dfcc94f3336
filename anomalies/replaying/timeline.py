"""The picture of a replay: for each asset two lanes of alarms over the days, and what people found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anomalies.models import Replay, TrialAlarm
from anomalies.replaying.comparing import known_of
from anomalies.replaying.judging import Known
from sensors.models import Asset

MOST_ASSETS = 12
MOST_MARKS = 400  # of a lane; by then it is a band
NARROWEST = 0.3  # percent of the width, so that a short alarm is seen
Side = TrialAlarm.Side


@dataclass(frozen=True)
class Mark:
    """Where it lies, in percent of the time."""

    at: float
    width: float
    words: str
    when: datetime


@dataclass(frozen=True)
class Lane:
    """An asset's alarms as they are and as proposed, and failures that people found."""

    asset: Asset
    present: list[Mark]
    proposed: list[Mark]
    failures: list[Mark]
    counts: tuple[int, int]


@dataclass(frozen=True)
class Timeline:
    """The lanes of the busiest assets; `more` have alarms, too."""

    lanes: list[Lane]
    more: int
    since: datetime
    until: datetime


def timeline_of(replay: Replay) -> Timeline:
    """Return the picture of a replay that is done."""
    busiest = sorted(replay.result["assets"], key=_busy, reverse=True)
    shown = [one["asset"] for one in busiest[:MOST_ASSETS]]
    assets = Asset.objects.filter(organization=replay.organization_id).select_related("site").in_bulk(shown)
    known = known_of(replay.organization_id, shown, replay.since, replay.until)
    lanes = [_lane(replay, assets[number], known) for number in shown if number in assets]
    return Timeline(lanes, max(len(busiest) - len(shown), 0), _since(replay), replay.until)


def _busy(one: dict[str, Any]) -> tuple[int, int]:
    return one["present"]["known"], one["present"]["alarms"] + one["proposed"]["alarms"]


def _lane(replay: Replay, asset: Asset, known: Sequence[Known]) -> Lane:
    rows = replay.alarms.filter(asset=asset, raised_at__gte=replay.since).order_by("raised_at")
    present, proposed = (list(rows.filter(side=side)) for side in (Side.PRESENT, Side.PROPOSED))
    failures = [
        _mark(replay, one.found_at, one.found_at, "failure found")
        for one in known
        if one.asset_id == asset.pk and one.failure
    ]
    now, then = ([_of_alarm(replay, one) for one in some[:MOST_MARKS]] for some in (present, proposed))
    return Lane(asset, now, then, failures, (len(present), len(proposed)))


def _since(replay: Replay) -> datetime:
    """Return where the picture begins: with the window, or where readings are stored only since then."""
    return max(replay.since, replay.heard_since or replay.since)


def _of_alarm(replay: Replay, alarm: TrialAlarm) -> Mark:
    return _mark(replay, alarm.raised_at, alarm.ended_at or replay.until, alarm.summary)


def _mark(replay: Replay, start: datetime, end: datetime, words: str) -> Mark:
    whole = replay.until - _since(replay)
    at = max((start - _since(replay)) / whole, 0.0) * 100
    width = max((end - start) / whole * 100, NARROWEST)
    return Mark(round(min(at, 100 - NARROWEST), 2), round(min(width, 100 - at), 2), words, start)
