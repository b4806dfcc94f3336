"""Wiring that would fail in silence: queues that no worker serves, jobs that no task answers."""

from __future__ import annotations

from typing import Any

from celery import current_app
from django.core.checks import CheckMessage, Error, Warning, register

from smartmaint.events.agents import AGENTS


@register()
def check_queues(**_: Any) -> list[CheckMessage]:
    """Every agent's queue must be declared."""
    queues = set(current_app.amqp.queues)
    return [
        Error(
            f"The agent {agent.name} is routed to the queue {agent.queue!r}, which is not declared.",
            hint="Add the queue to CELERY_TASK_QUEUES, or correct CELERY_TASK_ROUTES.",
            id="events.E001",
        )
        for agent in AGENTS.values()
        if agent.queue not in queues
    ]


@register()
def check_schedule(**_: Any) -> list[CheckMessage]:
    """Every clock-driven job must name a task that exists."""
    return [
        Warning(
            f"The job {name!r} names the task {job['task']!r}, which does not exist.",
            hint="Correct smartmaint/beat.py; tasks register in an app's tasks.py.",
            id="events.W001",
        )
        for name, job in current_app.conf.beat_schedule.items()
        if job["task"] not in current_app.tasks
    ]
