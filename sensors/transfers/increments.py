"""Incremental exports: what is new since the last one, by the transactions that stored it, not by its times.

Each reading knows the transaction it arrived in, and a state file keeps which transactions the last export
could see: PostgreSQL's snapshot, exact however late a reading comes and in whatever order transactions are
committed. `ReadingsStored` events say where to look; for longer than those are kept all is looked through.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from django.conf import settings
from django.db import connection

from sensors.events import ReadingsStored
from sensors.transfers.selection import Source
from smartmaint.accounts.models import Organization
from smartmaint.events.models import EventRecord

MARGIN = timedelta(hours=1)  # an event's row is written before its transaction commits, never so long before
EVENTS_AT_ONCE = 2000


class StateUnusable(ValueError):
    """The state file does not fit this export; the message says why, and what to do."""


class State(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the last export could see, and which export that was."""

    version: int = 1
    database: str
    scope: str
    snapshot: str
    exported_at: datetime
    output: str
    sha256: str


def take_snapshot() -> str:
    """Return which transactions the running one can see; in it every read sees the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_current_snapshot()::text")
        return str(cursor.fetchone()[0])


def name_database() -> str:
    """Return what tells this database from a copy of it: transactions are numbered by each server anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || oid::text"
            " FROM pg_database WHERE datname = current_database()"
        )
        return str(cursor.fetchone()[0])


@contextmanager
def open_state(path: Path, *, scope: str) -> Iterator[State | None]:
    """Hold the state file for one export at a time; give what is in it, None at the first.

    An export that was killed when its file was complete is counted as done here.

    Raises:
        StateUnusable: another export uses it, or it is of another database or choice.
    """
    with Path(f"{path}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateUnusable(f"Another export uses {path} at this moment.") from None
        _settle(path)
        yield _check(path, _load(path), scope)


def _load(path: Path) -> State | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=State)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, OSError) as error:
        raise StateUnusable(f"{path} is no state of an export: {error}") from None


def _check(path: Path, state: State | None, scope: str) -> State | None:
    if state is None:
        return None
    if state.scope != scope:
        raise StateUnusable(f"{path} is the state of an export of {state.scope}, not of {scope}.")
    if state.database != name_database():
        raise StateUnusable(
            f"{path} belongs to another database, or this one was restored. Begin again with a new state."
        )
    return state


def announce(path: Path, state: State) -> None:
    """Write down, before the output gets its name, what the state will be once it has it."""
    _write(_next(path), state)


def conclude(path: Path) -> None:
    """Make the announced state the state."""
    _next(path).replace(path)


def _next(path: Path) -> Path:
    return Path(f"{path}.next")


def _settle(path: Path) -> None:
    announced = _load(_next(path))
    if announced is None:
        return
    output = Path(announced.output)
    if output.exists() and digest_of(output) == announced.sha256:
        conclude(path)
    else:
        _next(path).unlink()


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, state: State) -> None:
    partial = Path(f"{path}.partial")
    with partial.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(state)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def narrow(
    organization: Organization, sources: Iterable[Source], since: datetime, at: datetime
) -> list[Source]:
    """Return the sensors that something arrived of since then, each with the span to look through."""
    if since - MARGIN < at - settings.EVENTS_RETENTION + MARGIN:
        return list(sources)
    spans = _arrived(organization, since - MARGIN)
    return [
        source._replace(first_at=spans[source.pk][0], last_at=spans[source.pk][1])
        for source in sources
        if source.pk in spans
    ]


def _arrived(organization: Organization, since: datetime) -> dict[int, tuple[datetime, datetime]]:
    """Return, of each sensor that events tell of, its first and last new reading."""
    records = EventRecord.objects.filter(
        organization=organization, name=ReadingsStored.name, published_at__gte=since
    )
    spans: dict[int, tuple[datetime, datetime]] = {}
    for payload in records.values_list("payload", flat=True).iterator(chunk_size=EVENTS_AT_ONCE):
        for key, (first, last) in payload["spans"].items():
            sensor_id, start, end = int(key), datetime.fromisoformat(first), datetime.fromisoformat(last)
            known = spans.get(sensor_id, (start, end))
            spans[sensor_id] = min(known[0], start), max(known[1], end)
    return spans
