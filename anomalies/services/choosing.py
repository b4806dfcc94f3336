"""Settings of detection as versions: chosen, tried in shadow, promoted, rolled back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from anomalies.choices import ALGORITHM, ORGANIZATION, PURPOSE
from anomalies.detection.wishes import Wish
from mlops.models import ModelVersion
from mlops.services import Draft, promote_version, register_version
from smartmaint.accounts.callers import Caller

PRODUCT = "Smartmaint"


@transaction.atomic
def first_version(*, organization_id: int, scope: str, at: datetime) -> ModelVersion:
    """Return the first version of a scope: what the product comes with, or “as the organization”.

    It is written down when somebody first chooses or judges, so that there is something to go back to.
    """
    known = _versions(organization_id, scope).order_by("number").first()
    if known:
        return known
    wish = Wish(as_organization=scope != ORGANIZATION)
    version = _register(organization_id, scope, wish, at, PRODUCT, "what there is before anybody chooses")
    return promote_version(version=version, at=at, by=PRODUCT, reason="what there is before anybody chooses")


@transaction.atomic
def propose_settings(
    *,
    organization_id: int,
    scope: str,
    wish: Wish,
    at: datetime,
    by: Caller,
    reason: str,
    metrics: dict[str, Any] | None = None,
) -> ModelVersion:
    """Return a candidate with these settings; it serves nobody yet."""
    first_version(organization_id=organization_id, scope=scope, at=at)
    return _register(organization_id, scope, wish, at, by, reason, metrics)


def _register(
    organization_id: int,
    scope: str,
    wish: Wish,
    at: datetime,
    by: Caller | str,
    reason: str,
    metrics: dict[str, Any] | None = None,
) -> ModelVersion:
    draft = Draft(algorithm=ALGORITHM, settings=wish.kept(), metrics=metrics or {})
    return register_version(
        organization_id=organization_id,
        purpose=PURPOSE,
        scope=scope,
        draft=draft,
        at=at,
        by=by,
        reason=reason,
    )


def _versions(organization_id: int, scope: str) -> Any:
    return ModelVersion.objects.filter(
        model__organization=organization_id,
        model__purpose=PURPOSE,
        model__scope=scope,
        algorithm=ALGORITHM,
    ).select_related("model")
