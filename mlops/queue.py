"""The way to the training worker: a queue in a Redis database of its own, so that a long training holds up
nothing else, and its messages may wait for hours without being sent twice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from celery import current_app
from django.conf import settings

from mlops.attempts import held
from mlops.models import TrainingJob
from mlops.tracking.behind import is_behind

QUEUE = "training"


def send(job_ids: list[int]) -> None:
    """Tell the training worker; hearing of a job twice changes nothing."""
    with current_app.connection_for_write(settings.TRAINING_BROKER_URL) as broker:
        for job_id in job_ids:
            current_app.send_task("mlops.train", [job_id], queue=QUEUE, connection=broker, retry=False)


def send_mirror() -> None:
    """Let the training worker bring MLflow up to date, where that is wanted and something is behind."""
    if not (settings.MLFLOW and is_behind()):
        return
    with current_app.connection_for_write(settings.TRAINING_BROKER_URL) as broker:
        current_app.send_task("mlops.mirror", queue=QUEUE, connection=broker, retry=False)


def waiting() -> int:
    """Return how many messages wait."""
    with current_app.connection_for_read(settings.TRAINING_BROKER_URL) as broker:
        channel: Any = broker.default_channel
        return int(channel.queue_declare(QUEUE).message_count)


def send_forgotten(*, at: datetime) -> list[int]:
    """Send open jobs again where nothing waits and nobody works: Redis or a worker was lost. Return which."""
    jobs = list(TrainingJob.objects.open().filter(asked_at__lte=at).order_by("asked_at"))
    if not jobs or waiting() or any(_is_worked_at(job) for job in jobs):
        return []
    send(forgotten := [job.pk for job in jobs])
    return forgotten


def _is_worked_at(job: TrainingJob) -> bool:
    if job.state != TrainingJob.State.RUNNING:
        return False
    with held(job.pk) as free:
        return not free
