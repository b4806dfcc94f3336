"""A training is asked for, begins and ends; each step is a row that people see."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from mlops.events import TrainingFailed, TrainingFinished, TrainingRequested
from mlops.models import Model, ModelVersion, TrainingJob
from mlops.services.stages import Who
from smartmaint.accounts.models import Organization
from smartmaint.events.context import current_correlation_id
from smartmaint.events.outbox import publish

COOL_DOWN = timedelta(hours=24)  # drift asks at most so often
CHANCES = 3  # a training whose worker was lost is tried again so often

LOST = f"Its process was lost {CHANCES} times without a word, as when memory runs out."

State = TrainingJob.State
Cause = TrainingJob.Cause


@transaction.atomic
def request_training(
    *, organization_id: int, purpose: str, scope: str, cause: str, at: datetime, by: Who = "system"
) -> TrainingJob:
    """Ask for a training. One that is open for the same purpose and scope is returned instead; so is the last
    one that drift asked for, for 24 hours, where it is drift that asks.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
    jobs = TrainingJob.objects.filter(organization=organization_id, purpose=purpose, scope=scope)
    recent = jobs.filter(cause=Cause.DRIFT, asked_at__gt=at - COOL_DOWN)
    same = jobs.open().first() or (recent.order_by("-asked_at").first() if cause == Cause.DRIFT else None)
    if same:
        return same
    job = TrainingJob.objects.create(
        organization_id=organization_id,
        purpose=purpose,
        scope=scope,
        cause=cause,
        model=Model.objects.filter(organization=organization_id, purpose=purpose, scope=scope).first(),
        correlation_id=current_correlation_id(),
        actor=(by if isinstance(by, str) else by.name)[:100],
        asked_at=at,
    )
    _tell(TrainingRequested, job)
    return job


@transaction.atomic
def begin_training(*, job_id: int, at: datetime) -> TrainingJob | None:
    """Return the job, begun; None where it has ended, or its process was lost too often: then it fails."""
    job = TrainingJob.objects.select_for_update().open().filter(pk=job_id).first()
    if job is None:
        return None
    if job.attempts >= CHANCES:
        fail_training(job=job, reason=LOST, at=at)
        return None
    job.state, job.step, job.started_at = State.RUNNING, "begins", at
    job.attempts += 1
    job.save(update_fields=["state", "step", "started_at", "attempts"])
    return job


def note_step(*, job: TrainingJob, step: str) -> None:
    """Say what the training does now."""
    TrainingJob.objects.filter(pk=job.pk).open().update(step=step[:100])


@transaction.atomic
def finish_training(
    *,
    job: TrainingJob,
    state: str,
    outcome: str,
    at: datetime,
    version: ModelVersion | None = None,
    comparison: dict[str, Any] | None = None,
) -> TrainingJob:
    """End the job: promoted, kept or not enough data."""
    job.comparison = comparison or {}
    if version:
        job.version, job.model = version, version.model
    _end(job, state, outcome, at)
    _tell(TrainingFinished, job)
    return job


@transaction.atomic
def fail_training(*, job: TrainingJob, reason: str, at: datetime) -> TrainingJob:
    """End the job as failed, and tell people why."""
    _end(job, State.FAILED, reason, at)
    _tell(TrainingFailed, job)
    return job


def _end(job: TrainingJob, state: str, outcome: str, at: datetime) -> None:
    job.state, job.outcome, job.step, job.ended_at = state, outcome[:2000], "", at
    job.save()


def _tell(
    event: type[TrainingRequested] | type[TrainingFinished] | type[TrainingFailed], job: TrainingJob
) -> None:
    publish(event(organization_id=job.organization_id, correlation_id=job.correlation_id, job_id=job.pk))
