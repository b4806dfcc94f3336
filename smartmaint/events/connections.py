"""How the backbone's own processes, Celery workers and the relay, talk to the database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection


def keep_one_connection() -> None:
    """Use one lasting, health-checked connection instead of the web processes' pool.

    A pool's threads do not survive Celery's fork, and Celery closes a whole pool before and after each task.
    Call it before the process first asks the database.
    """
    databases: dict[str, dict[str, Any]] = settings.DATABASES
    for database in databases.values():
        database["OPTIONS"].pop("pool", None)
        database["CONN_MAX_AGE"] = None
        database["CONN_HEALTH_CHECKS"] = True


def commit_lazily() -> None:
    """Let the running transaction's commit not wait for the disk.

    For the backbone's own notes only: a crash of PostgreSQL may forget the last of them, and they are made
    again. The transaction of an agent's effect waits as usual, and takes all earlier notes to the disk.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
