"""Whether an organization's models are well: what serves, what is broken, what trains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlops.models import Model, ModelVersion, TrainingJob
from smartmaint.accounts.models import Organization

State = TrainingJob.State
Stage = ModelVersion.Stage
BROKEN = (ModelVersion.FileState.CHANGED, ModelVersion.FileState.MISSING)


def health_of(organization: Organization) -> dict[str, Any]:
    """Count what there is; `status` is degraded where people should look, `reasons` say why."""
    versions = ModelVersion.objects.filter(model__organization=organization)
    jobs = TrainingJob.objects.filter(organization=organization)
    counts = {
        "models": Model.objects.filter(organization=organization).count(),
        "serving": versions.champions().count(),
        "refused": versions.filter(stage=Stage.REFUSED, file_state__in=BROKEN).count(),
        "waiting": jobs.filter(state=State.WAITING).count(),
        "running": jobs.filter(state=State.RUNNING).count(),
        "untracked": versions.filter(tracking_run="").count(),
    }
    reasons = list(_reasons(organization, counts))
    return {"status": "degraded" if reasons else "up", "reasons": reasons, **counts}


def _reasons(organization: Organization, counts: dict[str, int]) -> Iterator[str]:
    if counts["refused"]:
        yield f"{counts['refused']} versions are refused: their files are not what was registered."
    newest = TrainingJob.objects.filter(organization=organization).exclude(state__in=TrainingJob.OPEN)
    last = newest.order_by("purpose", "scope", "-ended_at").distinct("purpose", "scope").values("pk")
    for job in TrainingJob.objects.filter(pk__in=last, state=State.FAILED).order_by("-ended_at")[:5]:
        yield f"The last training of {job.purpose} for {job.scope} failed: {job.outcome}"
    behind = Model.objects.filter(organization=organization).exclude(tracking_error="").first()
    if behind:
        yield f"MLflow is behind: {behind.tracking_error}"
