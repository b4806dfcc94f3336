"""The Celery application of the training worker, which is also where the clock ticks.

    celery -A smartmaint.training worker -P solo -Q training

One process does both: it trains nothing itself (`mlops.attempts` starts a process for each training), so the
clock's thread always gets its turn, and no process is kept for the clock alone.
"""

from __future__ import annotations

import logging
import os
from functools import cached_property
from threading import Event, Thread
from typing import Any

from celery import Celery
from celery.beat import Scheduler, Service
from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings
from kombu import Connection

from smartmaint.celery import app as app

logger = logging.getLogger(__name__)

BROKEN = 70  # exit code: software error

app.conf.update(
    broker_url=settings.TRAINING_BROKER_URL,
    broker_transport_options={
        **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
        "visibility_timeout": 2 * settings.TRAINING_LIMIT,
    },
)


class Clock(Scheduler):
    """Sends the clock's jobs to where everybody else listens."""

    @cached_property
    def connection(self) -> Connection:
        return self.app.connection_for_write(settings.CELERY_BROKER_URL)


@worker_ready.connect
def start_clock(**_: Any) -> None:
    Thread(target=tick, args=[app], name="clock", daemon=True).start()


def tick(celery: Celery) -> None:
    """Tick until the worker ends. A clock that breaks takes the worker along: both are started again."""
    ending = Event()
    worker_shutting_down.connect(lambda **_: ending.set(), weak=False)
    try:
        Service(celery, scheduler_cls=Clock, max_interval=5).start()
    except Exception:
        logger.exception("the clock broke")
    if not ending.is_set():
        os._exit(BROKEN)
