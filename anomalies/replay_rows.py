"""What the pages of replays show: names for scopes, progress, champions and trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from anomalies.detection.wishes import Wish
from anomalies.models import Replay
from anomalies.scope_names import scope_names
from anomalies.services.trying import Trial, trial_of
from mlops.models import ModelVersion
from mlops.precision import Tally
from mlops.services import tally_of
from mlops.services.promoting import served_before
from sensors.models import Asset, Sensor
from smartmaint.accounts.models import Organization

STALLED = timedelta(minutes=2)
MOST_SHOWN = 20


@dataclass(frozen=True)
class Named:
    """A replay with its scope and its wish in words, and names for the assets of its result."""

    row: Replay
    scope: str
    wish: str
    assets: dict[int, str]


@dataclass(frozen=True)
class Progress:
    """`share` of the work, 0 to 1; `rate`: readings a second; `days_a_minute`: days of one machine."""

    share: float
    rate: float | None
    days_a_minute: float | None
    stalled: bool


@dataclass(frozen=True)
class Serving:
    """A champion with what people found of it, and what it would go back to."""

    version: ModelVersion
    scope: str
    wish: str
    tally: Tally
    before: ModelVersion | None

    @property
    def before_wish(self) -> str:
        return Wish.of(self.before.settings).words if self.before else ""


@dataclass(frozen=True)
class OnTrial:
    """A challenger with its comparison, the scope and the wish in words."""

    trial: Trial
    scope: str
    wish: str


def named(organization: Organization, replays: Sequence[Replay]) -> list[Named]:
    scopes = scope_names(organization.pk, [replay.scope for replay in replays])
    numbers = {one["asset"] for replay in replays for one in replay.result.get("assets", ())}
    assets = dict(Asset.objects.filter(organization=organization, pk__in=numbers).values_list("pk", "name"))
    return [Named(replay, scopes[replay.scope], wish_words(replay), assets) for replay in replays]


def wish_words(replay: Replay) -> str:
    """Return what is tried: "calm, at most 1 false alarm a month on each asset", "limits 0 to 7.1"."""
    if not replay.limits:
        return Wish.of(replay.settings).words
    ends = [replay.limits["lower"], replay.limits["upper"]]
    low, high = ("none" if end is None else f"{end:g}" for end in ends)
    return f"lower limit {low}, upper limit {high}"


def progress_of(replay: Replay, at: datetime) -> Progress:
    done, within = _assets_done(replay), 0.0
    if replay.reached_at:
        within = max((replay.reached_at - replay.since) / (replay.until - replay.since), 0.0)
    rate = replay.readings / replay.seconds if replay.seconds else None
    return Progress(
        share=min((done + within) / max(replay.assets, 1), 1.0),
        rate=rate,
        days_a_minute=60 * replay.asset_days / replay.seconds if replay.seconds else None,
        stalled=replay.state == Replay.State.RUNNING and at - replay.moved_at > STALLED,
    )


def _assets_done(replay: Replay) -> int:
    if replay.state != Replay.State.RUNNING:
        return replay.assets
    rows = Sensor.objects.filter(organization=replay.organization_id, enabled=True)
    done: int = rows.filter(asset__lte=replay.place).values("asset").distinct().count()
    return min(done, replay.assets)


def champions(versions: QuerySet[ModelVersion]) -> list[Serving]:
    rows = list(versions.champions().order_by("model__scope")[:MOST_SHOWN])  # type: ignore[attr-defined]
    names = scope_names(rows[0].model.organization_id, [row.model.scope for row in rows]) if rows else {}
    return [
        Serving(row, names[row.model.scope], Wish.of(row.settings).words, tally_of(row), served_before(row))
        for row in rows
    ]


def trials(versions: QuerySet[ModelVersion], at: datetime) -> list[OnTrial]:
    rows = list(versions.challengers().order_by("model__scope")[:MOST_SHOWN])  # type: ignore[attr-defined]
    names = scope_names(rows[0].model.organization_id, [row.model.scope for row in rows]) if rows else {}
    return [OnTrial(trial_of(row, at), names[row.model.scope], Wish.of(row.settings).words) for row in rows]
