"""The Celery application: agents are found in each app's `tasks.py`."""

from __future__ import annotations

import os
import sys

from celery import Celery
from celery.signals import (
    beat_init,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_before_create_process,
    worker_init,
)
from django.db import close_old_connections

from smartmaint.beat import SCHEDULE
from smartmaint.footprint import Trimmer, settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartmaint.settings")

app = Celery("smartmaint")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.conf.CELERY_DB_REUSE_MAX = sys.maxsize  # Celery must not close the connection at each task: see below
app.autodiscover_tasks()


@setup_logging.connect
def keep_logging(**_: object) -> None:
    """Django has configured the logs; being heard here keeps Celery from configuring them again."""


@worker_init.connect
@beat_init.connect
def keep_connection(**_: object) -> None:
    """One lasting connection a worker; a broken one is replaced between tasks."""
    from smartmaint.events.connections import keep_one_connection

    keep_one_connection()
    for moment in (task_prerun, task_postrun):
        moment.connect(close_old_connections, weak=False, dispatch_uid="close_old_connections")


@worker_before_create_process.connect
@beat_init.connect
def stay_small(**_: object) -> None:
    """A worker's children share with it what start-up made; each gives back what its tasks leave behind."""
    settle()
    task_postrun.connect(Trimmer(), weak=False, dispatch_uid="give_back")
