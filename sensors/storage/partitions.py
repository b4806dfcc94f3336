"""The months of the table of readings on plain PostgreSQL: made ahead, made when history comes, tidied up.

A new month is made beside the table and attached, which no store into other months waits for; only the
default partition is locked, for as long as it takes to move what it holds of the month.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from sensors.storage.months import EARLIEST, months_ahead, months_needed, next_month

logger = logging.getLogger(__name__)

# Less than PostgreSQL waits before it looks for deadlocks: whoever makes a month gives way, never a store.
PATIENCE = "200ms"
DEFAULT = "sensors_reading_default"
MADE = "made at "

PARTITIONS = """
SELECT c.relname,
    (regexp_match(pg_get_expr(c.relpartbound, c.oid), $$FROM \\('([^']+)'\\)$$))[1]::timestamptz,
    (regexp_match(pg_get_expr(c.relpartbound, c.oid), $$TO \\('([^']+)'\\)$$))[1]::timestamptz,
    substr(obj_description(c.oid, 'pg_class'), %(skip)s)::timestamptz
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'sensors_reading'::regclass AND c.relname <> %(default)s
ORDER BY 2
"""

MONTHS_IN_DEFAULT = """
SELECT DISTINCT date_trunc('month', measured_at, 'UTC') FROM sensors_reading_default
WHERE measured_at >= %(earliest)s AND measured_at < %(end)s
"""

ATTACH = (
    "CREATE TABLE {name} (LIKE sensors_reading INCLUDING DEFAULTS INCLUDING CONSTRAINTS,"
    " CONSTRAINT {name}_pkey PRIMARY KEY (sensor_id, measured_at))",
    "WITH moved AS (DELETE FROM sensors_reading_default WHERE measured_at >= %(since)s"
    " AND measured_at < %(until)s RETURNING *) INSERT INTO {name} SELECT * FROM moved",
    "ALTER TABLE sensors_reading ATTACH PARTITION {name} FOR VALUES FROM (%(since)s) TO (%(until)s)",
)

_ready: set[datetime] = set()  # months that this process has seen a place for


class Partition(NamedTuple):
    """Holds since <= measured_at < until."""

    name: str
    since: datetime
    until: datetime
    made_at: datetime


def is_partitioned() -> bool:
    """Tell whether readings lie in partitions of our own; else TimescaleDB keeps them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind = 'p' FROM pg_class WHERE oid = 'sensors_reading'::regclass")
        return bool(cursor.fetchone()[0])


def list_partitions() -> list[Partition]:
    """Return the partitions but the default one, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(PARTITIONS, {"skip": len(MADE) + 1, "default": DEFAULT})
        return [Partition(*row) for row in cursor.fetchall()]


def make_room(moments: Sequence[datetime], *, at: datetime) -> None:
    """Make the months that readings of these moments need, if this process has not seen them yet.

    Called by whoever stores, in the same transaction. Where a month cannot be made at once, its readings
    go to the default partition, and `tidy_default` moves them later.
    """
    months = months_needed(moments, at)
    if months <= _ready:
        return
    if is_partitioned():
        for month in _missing(months):
            attach_month(month, at=at)
    transaction.on_commit(lambda: _ready.update(months))


def tend(*, at: datetime) -> int:
    """Make the months ahead, and those that the default partition holds readings of; return how many.

    What cannot be locked at this moment waits for the next time. TimescaleDB does this by itself."""
    return make_ahead(at=at) + tidy_default(at=at) if is_partitioned() else 0


def make_ahead(*, at: datetime) -> int:
    """Make the running month and the next three; return how many were missing and could be made."""
    return sum(attach_month(month, at=at) for month in _missing(months_ahead(at)))


def tidy_default(*, at: datetime) -> int:
    """Give the months that the default partition holds readings of a place; return for how many it was
    possible. Each takes a transaction of its own, in which nobody else reaches the default partition."""
    with connection.cursor() as cursor:
        cursor.execute(MONTHS_IN_DEFAULT, {"earliest": EARLIEST, "end": next_month(months_ahead(at)[-1])})
        months = [month for (month,) in cursor.fetchall()]
    return sum(attach_month(month, at=at) for month in months)


def _missing(months: Iterable[datetime]) -> list[datetime]:
    there = list_partitions()
    return sorted(month for month in months if not any(part.since <= month < part.until for part in there))


def attach_month(month: datetime, *, at: datetime) -> bool:
    """Make the month's partition, with what the default one holds of it; tell whether it could be locked."""
    return give_way(lambda: _attach(f"sensors_reading_p{month:%Y%m}", month, at))


def _attach(name: str, month: datetime, at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE sensors_reading IN SHARE UPDATE EXCLUSIVE MODE")
        if _missing([month]):
            cursor.execute(f"LOCK TABLE {DEFAULT} IN ACCESS EXCLUSIVE MODE")
            for statement in ATTACH:
                cursor.execute(statement.format(name=name), {"since": month, "until": next_month(month)})
            cursor.execute(f"COMMENT ON TABLE {name} IS %s", [f"{MADE}{at.isoformat()}"])
    return True


def give_way(change: Callable[[], bool]) -> bool:
    """Run the change in a transaction (or a savepoint) that waits for no lock longer than PATIENCE; tell
    whether it went through."""
    try:
        with transaction.atomic(), _impatiently():
            return change()
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        logger.info("left for later: %s", error)
        return False


@contextmanager
def _impatiently() -> Iterator[None]:
    """Wait for locks a short time only; the transaction may go on afterwards as before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, true)", [PATIENCE]
        )
        before = cursor.fetchone()[0]
        yield
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])
