"""The agents of `mlops`, and its jobs by the clock."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from mlops import answering, attempts, queue, services  # noqa: F401  (answering registers its tasks)
from mlops.events import (
    DriftDetected,
    ModelPromoted,
    ModelRefused,
    ModelRegistered,
    ModelRetired,
    ModelRolledBack,
    ModelTried,
    TrainingRequested,
)
from mlops.models import ModelVersion
from mlops.services import drift_answers
from smartmaint.events.agents import agent
from smartmaint.events.event import Event


@agent(on=TrainingRequested)
def send_training(event: TrainingRequested) -> None:
    """Pass the job on to the training worker, whose queue is in a database of its own."""
    queue.send([event.job_id])


@agent(on=DriftDetected)
def retrain_after_drift(event: DriftDetected) -> None:
    """Ask for a training where a trained model serves what has drifted."""
    drift_answers.answer_drift(
        organization_id=event.organization_id,
        purpose=event.purpose,
        scope=event.scope,
        finding_ids=event.finding_ids,
        at=timezone.now(),
    )


@agent(on=(ModelRegistered, ModelTried, ModelPromoted, ModelRolledBack, ModelRetired, ModelRefused))
def tell_tracking(event: Event) -> None:
    """Let the training worker bring MLflow up to date."""
    queue.send_mirror()


@shared_task(name="mlops.train")
def train(job_id: int) -> None:
    """In the training worker."""
    attempts.attempt(job_id, stopping=_is_stopping)


def _is_stopping() -> bool:
    from celery.worker import state

    return any(wish is not None and wish is not False for wish in (state.should_stop, state.should_terminate))


@shared_task(name="mlops.mirror")
def mirror() -> None:
    """In the training worker."""
    attempts.mirror(stopping=_is_stopping)


@shared_task(name="mlops.tend_tracking")
def tend_tracking() -> None:
    """What MLflow lacks because it was away is told again."""
    queue.send_mirror()


@shared_task(name="mlops.tend_trainings")
def tend_trainings() -> None:
    queue.send_forgotten(at=timezone.now())


@shared_task(name="mlops.prune_files")
def prune_files() -> None:
    services.prune_files(at=timezone.now())


@shared_task(name="mlops.verify_models")
def verify_models() -> None:
    services.verify_versions(versions=ModelVersion.objects.all(), at=timezone.now())
