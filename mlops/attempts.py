"""A worker's attempt at a training: a process of its own, which gives all its memory back and can be ended.

The process dies with the worker; where it dies alone it is tried again, so often as the job allows.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.utils import timezone

from mlops.models import TrainingJob
from mlops.services import fail_training
from mlops.services.training import CHANCES, begin_training, note_step
from mlops.tracking.behind import is_behind

logger = logging.getLogger(__name__)

LOOK = 0.2  # seconds
GRACE = 10.0  # seconds
MIRROR_LIMIT = 900.0  # seconds
STOPPED = -int(signal.SIGTERM)


def attempt(job_id: int, *, stopping: Callable[[], bool]) -> None:
    """Run the training in a process of its own, and wait for it. A worker that is stopping ends it: the job
    stays open, and goes on with the next worker."""
    for _ in range(CHANCES):
        code = _wait(_start(job_id), settings.TRAINING_LIMIT, stopping)
        if code == 0 or stopping():
            return
        if code is None:
            _fail(job_id, f"It took longer than {settings.TRAINING_LIMIT / 60:g} minutes and was ended.")
            return
        logger.warning("the process of training %s ended with %s", job_id, code)


def _start(job_id: int) -> subprocess.Popen[bytes]:
    return _manage("train", "--job", str(job_id))


def _manage(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "manage.py", *arguments, "--parent", str(os.getpid())]
    return subprocess.Popen(command, cwd=settings.BASE_DIR)  # noqa: S603  (our own command)


def _wait(process: subprocess.Popen[bytes], limit: float, stopping: Callable[[], bool]) -> int | None:
    """Return the exit code; None where the time was up."""
    deadline = time.monotonic() + limit
    try:
        while (code := process.poll()) is None:
            if stopping():
                return STOPPED
            if time.monotonic() > deadline:
                return None
            time.sleep(LOOK)
        return code
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _fail(job_id: int, reason: str) -> None:
    job = TrainingJob.objects.open().filter(pk=job_id).first()
    if job:
        fail_training(job=job, reason=reason, at=timezone.now())


def mirror(*, stopping: Callable[[], bool]) -> None:
    """Bring MLflow up to date, in a process of its own; what is left behind is tried again by the clock."""
    if settings.MLFLOW and is_behind():
        _wait(_manage("mlflow", "--mirror"), MIRROR_LIMIT, stopping)


def run(job_id: int, *, say: Callable[[str], None], now: Callable[[], datetime]) -> TrainingJob | None:
    """Train here. None where the job has ended, or is another process's at this moment."""
    with held(job_id) as mine:
        job = begin_training(job_id=job_id, at=now()) if mine else None
        if job is None:
            return None
        try:
            from mlops import training  # numpy, and what the algorithms need

            return training.train(job, lambda step: _tell(job, step, say), now)
        except Exception as error:
            logger.exception("training %s failed", job_id)
            return fail_training(job=job, reason=_words(error), at=now())


def _tell(job: TrainingJob, step: str, say: Callable[[str], None]) -> None:
    note_step(job=job, step=step)
    say(step)


def _words(error: Exception) -> str:
    said = str(error) or "without a word"
    return said if isinstance(error, LookupError | ValueError) else f"{type(error).__name__}: {said}"


@contextmanager
def held(job_id: int) -> Iterator[bool]:
    """Tell whether no other process works at the job, and keep it so. The lock ends with the process."""
    lock = f"mlops.training:{job_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [lock])
        (mine,) = cursor.fetchone()
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [lock])
