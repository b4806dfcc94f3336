"""An export to a file: whole or not there, from one moment's view of the database."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from sensors.transfers import increments
from sensors.transfers.encoding import encode
from sensors.transfers.exporting import Wish, export_pages
from sensors.transfers.increments import State, StateUnusable
from sensors.transfers.selection import FIRST, LAST, RAW, Page, find_sources, read_all, read_raw

Settle = Callable[[str], None]


@dataclass
class Tally:
    """What went out."""

    readings: int = 0
    sensors: int = 0

    def count(self, pages: Iterable[Page]) -> Iterator[Page]:
        last = None
        for page in pages:
            self.sensors += page.source.pk != last
            self.readings += len(page.rows)
            last = page.source.pk
            yield page


def export_full(*, wish: Wish, output: Path) -> Tally:
    """Write what is wished for, as it is at this moment."""
    tally = Tally()
    with _one_view():
        _write_whole(output, encode(tally.count(export_pages(wish)), wish.columns, wish.form))
    return tally


def export_news(*, wish: Wish, output: Path, state_path: Path, scope: str, at: datetime) -> Tally:
    """Write what arrived since the export that the state file tells of; at the first time all.

    Raises:
        StateUnusable: the state does not fit, or the output exists: an earlier part would be lost.
    """
    tally = Tally()
    with increments.open_state(state_path, scope=scope) as seen, _one_view():
        if output.exists():
            raise StateUnusable(f"{output} exists. Each incremental export needs a file of its own.")
        database, snapshot = increments.name_database(), increments.take_snapshot()

        def settle(digest: str) -> None:
            place = str(output.resolve())
            state = State(
                database=database, scope=scope, snapshot=snapshot, exported_at=at, output=place, sha256=digest
            )
            increments.announce(state_path, state)

        _write_whole(output, encode(tally.count(_news(wish, seen, at)), RAW, wish.form), settle)
        increments.conclude(state_path)
    return tally


def _news(wish: Wish, seen: State | None, at: datetime) -> Iterator[Page]:
    if seen is None:
        return export_pages(wish)
    sources = find_sources(wish.organization, sensors=wish.sensors, assets=wish.assets)
    start, end = wish.start or FIRST, wish.end or LAST
    changed = increments.narrow(wish.organization, sources, seen.exported_at, at)
    return read_all(changed, lambda source: read_raw(source, start, end, unseen_by=seen.snapshot))


@contextmanager
def _one_view() -> Iterator[None]:
    """Let all reads see the same, whatever is stored meanwhile."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _write_whole(output: Path, blocks: Iterable[bytes], settle: Settle | None = None) -> None:
    """Write beside the output and rename: whoever looks finds all of it or nothing."""
    partial, digest = output.with_name(f".{output.name}.{os.getpid()}.partial"), hashlib.sha256()
    try:
        with partial.open("wb") as file:
            for block in blocks:
                digest.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        if settle:
            settle(digest.hexdigest())
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
