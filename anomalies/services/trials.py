"""Alarms that would have been, kept for comparison: no alert, no event, nobody is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction

from anomalies.detection.grouping import Ended, News
from anomalies.findings import Finding
from anomalies.models import Alert, TrialAlarm

Key = tuple[int, str, int | None]


@transaction.atomic
def note_trials(
    *,
    news: Sequence[News],
    organization_id: int,
    version_id: int | None = None,
    replay_id: int | None = None,
    side: str = TrialAlarm.Side.PROPOSED,
) -> None:
    """Open and end the trial alarms of a challenger, or of one side of a replay, in the order of the news."""
    if not news:
        return
    mine = {"version_id": version_id, "replay_id": replay_id, "side": side}
    rows = TrialAlarm.objects.open().filter(**mine, asset__in={one.asset_id for one in news})
    open_ = {(row.asset_id, row.cause, row.subject_sensor_id): row for row in rows}
    done, fresh = [], {"organization_id": organization_id, **mine}
    for one in news:
        key = (one.asset_id, one.cause, one.subject_sensor_id)
        if isinstance(one, Ended):
            done += _ended(open_, key, one)
        else:
            open_[key] = _grown(open_.get(key), one, fresh)
    _write([*done, *open_.values()])


def _ended(open_: dict[Key, TrialAlarm], key: Key, news: Ended) -> list[TrialAlarm]:
    known = open_.pop(key, None)
    if known is None:
        return []
    known.ended_at = max(news.ended_at, known.started_at)
    return [known]


def _grown(known: TrialAlarm | None, finding: Finding, fresh: dict[str, Any]) -> TrialAlarm:
    if known is None:
        return TrialAlarm(
            **fresh,
            asset_id=finding.asset_id,
            cause=finding.cause,
            subject_sensor_id=finding.subject_sensor_id,
            summary=finding.summary[:500],
            score=finding.score,
            started_at=finding.started_at,
            raised_at=_raised_at(finding),
        )
    if finding.score > known.score:
        known.score, known.summary = finding.score, finding.summary[:500]
    known.started_at = min(known.started_at, finding.started_at)
    return known


def _raised_at(finding: Finding) -> Any:
    """Return the reading that raised it: a stuck sensor is known only once it has repeated itself a while."""
    stuck = finding.cause == Alert.Cause.SENSOR_STUCK
    return finding.latest_at if stuck else finding.started_at


def _write(rows: Iterable[TrialAlarm]) -> None:
    known = [row for row in rows if row.pk]
    TrialAlarm.objects.bulk_update(known, ["ended_at", "score", "summary", "started_at"])
    TrialAlarm.objects.bulk_create(row for row in rows if not row.pk)
