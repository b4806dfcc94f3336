"""What is done about drift, and what is forgotten of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from mlops.models import DriftCheck, DriftFinding, ModelVersion, TrainingJob
from mlops.services.training import request_training

KEPT_FOR = timedelta(days=180)
STALLED = timedelta(hours=6)


@transaction.atomic
def answer_drift(
    *, organization_id: int, purpose: str, scope: str, finding_ids: Sequence[int], at: datetime
) -> TrainingJob | None:
    """Ask for a training where a trained model serves; what learns from each reading needs none."""
    serving = ModelVersion.objects.champions().with_artifact().filter(model__organization=organization_id)
    if not serving.filter(model__purpose=purpose, model__scope=scope).exists():
        return None
    job = request_training(
        organization_id=organization_id,
        purpose=purpose,
        scope=scope,
        cause=TrainingJob.Cause.DRIFT,
        at=at,
        by="drift",
    )
    findings = DriftFinding.objects.filter(organization=organization_id, pk__in=finding_ids)
    findings.update(job=job)
    return job


def fail_stalled(*, organization_id: int, at: datetime) -> None:
    """End a check that did not get on for hours, so that another one can begin."""
    running = DriftCheck.objects.filter(organization=organization_id, state=DriftCheck.State.RUNNING)
    running.filter(started_at__lt=at - STALLED).update(state=DriftCheck.State.FAILED, ended_at=at)


def prune_findings(*, at: datetime) -> None:
    """Forget what was found long ago, but not the newest of each subject."""
    DriftFinding.objects.filter(found_at__lt=at - KEPT_FOR, current=False).delete()
    DriftCheck.objects.filter(started_at__lt=at - KEPT_FOR, findings=None).delete()
