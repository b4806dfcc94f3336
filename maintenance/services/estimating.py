"""How likely is a failure within a day? Each class's champion is asked for each of its assets, every hour."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from maintenance.datasets.machines import SCOPE, assets_in, fleet_of
from maintenance.models import FailureEstimate
from mlops import serving
from mlops.models import ModelVersion
from mlops.models.registry import Purpose
from mlops.predictors.answers import Answer
from mlops.predictors.within_horizon import HORIZON
from sensors.models import Asset

logger = logging.getLogger(__name__)

PAST = timedelta(days=30)  # an asset's own level is that of its last 30 days
KEPT_FOR = timedelta(days=90)


def estimate_failures(*, at: datetime, may_go_on: Callable[[], bool]) -> int:
    """Estimate for each asset that has a champion and no estimate of this hour yet. Return how many.

    What is not done while it may go on, or fails, is done by the next call.
    """
    hour, done = at.replace(minute=0, second=0, microsecond=0), 0
    FailureEstimate.objects.filter(hour__lt=at - KEPT_FOR).delete()
    for organization_id, scope in _served():
        for asset in _waiting(organization_id, scope, hour):
            if not may_go_on():
                return done
            done += estimate_failure(asset=asset, hour=hour, at=at) is not None
    return done


def _served() -> list[tuple[int, str]]:
    champions = ModelVersion.objects.champions().filter(model__purpose=Purpose.FAILURE)
    rows = champions.filter(model__scope__startswith=SCOPE).order_by("model")
    return list(rows.values_list("model__organization", "model__scope"))


def _waiting(organization_id: int, scope: str, hour: datetime) -> list[Asset]:
    done = FailureEstimate.objects.filter(organization=organization_id, hour=hour)
    known = set(done.values_list("asset", flat=True))
    return [asset for asset in assets_in(organization_id, scope) if asset.pk not in known]


@transaction.atomic
def estimate_failure(*, asset: Asset, hour: datetime, at: datetime) -> FailureEstimate | None:
    """Keep what the champion of the asset's class says at this hour; None where none serves.

    One that is kept already stays.
    """
    serves = serving.serve(asset.organization_id, Purpose.FAILURE, f"{SCOPE}{asset.asset_class}")
    if serves is None:
        return None
    answer = _ask(serves.model, asset, hour)
    estimate, _ = FailureEstimate.objects.get_or_create(
        asset=asset,
        hour=hour,
        defaults={
            "organization_id": asset.organization_id,
            "version": serves.version,
            "horizon_hours": HORIZON,
            "at": at,
            **_said(answer),
        },
    )
    return estimate


def _ask(model: Any, asset: Asset, hour: datetime) -> Answer:
    fleet = fleet_of([asset], model.naming.sensors, hour - PAST, hour)
    answer: Answer = model.estimate(fleet.machines[0])
    return answer


def _said(answer: Answer) -> dict[str, Any]:
    refusal = answer.refusal
    return {
        "probability": answer.prediction,
        "refusal": refusal.code if refusal else "",
        "detail": refusal.detail[:300] if refusal else "",
        "contributions": answer.as_json()["contributions"],
    }
