"""How processes talk to the database: those of the backbone, and those that people wait for."""

from __future__ import annotations

from collections.abc import Generator
from time import monotonic
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from smartmaint.events.doors import Door

CHECK_PATIENCE = 1.0  # seconds
SUSPICION = 1.2  # seconds until it is asked whether the server itself still answers
STATEMENT_PATIENCE = 30.0  # seconds; what is asked for a person or a machine takes far less

database_door = Door()


class ImpatientConnection(psycopg.Connection[Any]):
    """Gives up a server that does not answer, with an OperationalError, and closes itself.

    A server that hangs keeps its sockets open, so that neither its own time limits nor those of TCP end the
    waiting: only the client can. A statement that is slow on a server that lives may take its time.
    """

    patience = STATEMENT_PATIENCE

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(self._watched(gen), interval, self.patience if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the database gave no answer in {self.patience:g} s") from None

    def _watched(self, gen: Any) -> Generator[Any, Any, Any]:
        """Pass on what the socket is ready for; at each interval without anything, look whether to go on."""
        began = monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and monotonic() - began > SUSPICION:
                    self._look_at_door()
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value

    def _look_at_door(self) -> None:
        if not database_door.answers(self.info.host, self.info.port):
            self.pgconn.finish()
            raise psycopg.OperationalError("the database hangs: it does not answer new connections either")

    def execute(self, *arguments: Any, **options: Any) -> Any:
        """Ask what the pool asks before it lends the connection: a server that lives answers at once."""
        if database_door.was_shut():
            raise psycopg.OperationalError("the database hung a moment ago")
        self.patience = CHECK_PATIENCE
        try:
            return super().execute(*arguments, **options)
        finally:
            self.patience = STATEMENT_PATIENCE


def answer_in_time() -> None:
    """Let the web process wait for the database only as long as somebody waits for the web process.

    Call it before the process first asks the database. Commands and workers wait as long as it takes.
    """
    databases: dict[str, dict[str, Any]] = settings.DATABASES
    for database in databases.values():
        if pool := database["OPTIONS"].get("pool"):
            pool["connection_class"] = ImpatientConnection


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
