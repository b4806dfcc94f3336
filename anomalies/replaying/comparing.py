"""Alarms of both sides against what people found, over a replay or a shadow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from anomalies.choices import scope_of_asset
from anomalies.models import Alert, Replay, TrialAlarm
from anomalies.replaying.judging import Alarm, Known, in_words, judge
from anomalies.replaying.scopes import assets_in
from mlops.models import Outcome

FIELDS = ("asset_id", "raised_at", "ended_at")
Side = TrialAlarm.Side


def compare_replay(replay: Replay) -> tuple[dict[str, Any], str]:
    """Return what both sides are worth, in all and by asset, and the sentence for it."""
    rows = replay.alarms.filter(raised_at__gte=replay.since)
    present, proposed = (_alarms(rows.filter(side=side)) for side in (Side.PRESENT, Side.PROPOSED))
    assets = assets_in(replay.organization_id, replay.scope)
    known = known_of(replay.organization_id, assets, replay.since, replay.until)
    return compared(present, proposed, known)


def compared(
    present: Sequence[Alarm], proposed: Sequence[Alarm], known: Sequence[Known]
) -> tuple[dict[str, Any], str]:
    """Return what both are worth, in all and by asset where there is anything to tell, and the sentence."""
    ours, theirs = judge(proposed, known), judge(present, known)
    alarms = [*present, *proposed]
    touched = sorted({one.asset_id for one in alarms} | {one.asset_id for one in known})
    result = {
        "present": theirs.kept(),
        "proposed": ours.kept(),
        "assets": [
            {"asset": asset, "present": _of(asset, present, known), "proposed": _of(asset, proposed, known)}
            for asset in touched
        ],
    }
    return result, in_words(ours, theirs)


def _of(asset_id: int, alarms: Sequence[Alarm], known: Sequence[Known]) -> dict[str, Any]:
    mine = (one for one in alarms if one.asset_id == asset_id)
    return judge(mine, [one for one in known if one.asset_id == asset_id]).kept()


def compare_shadow(
    *, organization_id: int, version_id: int, assets: Sequence[int], since: datetime, until: datetime
) -> tuple[dict[str, Any], str]:
    """Return the same of a challenger's would-be alarms and the alerts that were raised meanwhile."""
    trial = TrialAlarm.objects.filter(version=version_id, raised_at__range=(since, until), asset__in=assets)
    alerts = Alert.objects.filter(
        organization=organization_id, raised_at__range=(since, until), asset__in=assets, historical=False
    ).filter(cause__in=("abnormal_behaviour", "limit_exceeded", "sensor_stuck"))
    known = known_of(organization_id, assets, since, until)
    return compared(_alarms(alerts), _alarms(trial), known)


def known_of(organization_id: int, assets: Sequence[int], since: datetime, until: datetime) -> list[Known]:
    """Return what people found at these assets in this time."""
    asset_of = {scope_of_asset(asset): asset for asset in assets}
    rows = Outcome.objects.counting().filter(
        organization=organization_id,
        purpose="anomaly",
        scope__in=asset_of,
        found_at__range=(since, until),
    )
    values = rows.order_by("pk").values_list("scope", "finding", "found_at", "raised_at")
    return [
        Known(asset_of[scope], finding in Outcome.FAILURES, found_at, raised_at)
        for scope, finding, found_at, raised_at in values
    ]


def _alarms(rows: Any) -> list[Alarm]:
    values: Iterable[Any] = rows.values_list(*FIELDS)
    return [Alarm(*one) for one in values]
