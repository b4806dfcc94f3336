"""What people choose against the rule: each choice is a row that stays."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from mlops.models import Model, ModelChoice
from mlops.services.stages import Who
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Unprocessable


@transaction.atomic
def choose_model(
    *,
    organization_id: int,
    purpose: str,
    subject: str,
    model: Model | None,
    reason: str,
    at: datetime,
    by: Who,
) -> ModelChoice:
    """Let a model answer for the subject (sensor:7, asset:3, asset-class:pump) whatever the rule says; None
    goes back to the rule.

    Raises:
        Unprocessable: the model is another organization's or has another purpose, or no reason is given.
    """
    if model and (model.organization_id, model.purpose) != (organization_id, purpose):
        raise Unprocessable(f"{model} is not a model of this organization for {purpose}.")
    if not reason.strip():
        raise Unprocessable("Say why.")
    return ModelChoice.objects.create(
        organization_id=organization_id,
        purpose=purpose,
        subject=subject,
        model=model,
        reason=reason.strip()[:1000],
        by=by.user if isinstance(by, Caller) else None,
        actor=(by if isinstance(by, str) else by.name)[:100],
        at=at,
    )
