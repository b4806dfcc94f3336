"""The parts that every change of a version's stage shares."""

from __future__ import annotations

from datetime import datetime

from mlops.events import ModelPromoted, ModelRegistered, ModelRetired, ModelRolledBack, ModelTried
from mlops.models import Model, ModelTransition, ModelVersion
from smartmaint.accounts.callers import Caller
from smartmaint.events.outbox import publish

Who = Caller | str
StageEvent = (
    type[ModelRegistered]
    | type[ModelTried]
    | type[ModelPromoted]
    | type[ModelRolledBack]
    | type[ModelRetired]
)


def lock_versions(version: ModelVersion) -> None:
    """Bring the version up to date, and keep others from changing its model until the transaction ends."""
    Model.objects.select_for_update(no_key=True).get(pk=version.model_id)
    version.refresh_from_db()


def enter_stage(
    version: ModelVersion, stage: str, action: str, *, at: datetime, by: Who, reason: str = ""
) -> None:
    """Move the version and write who did it, when and why. Saves the whole version."""
    before = version.stage if version.pk else ""
    version.stage = stage
    version.save()
    ModelTransition.objects.create(
        version=version,
        action=action,
        from_stage=before,
        to_stage=stage,
        at=at,
        by=by.user if isinstance(by, Caller) else None,
        actor=(by.name if isinstance(by, Caller) else by)[:100],
        reason=reason[:1000],
    )


def tell(event: StageEvent, version: ModelVersion) -> None:
    publish(
        event(organization_id=version.model.organization_id, model_id=version.model_id, version_id=version.pk)
    )
