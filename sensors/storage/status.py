"""How the readings lie: parts with their sizes, compression, policies, and how far the roll-ups are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from sensors.models import StorageRun
from sensors.storage.partitions import is_partitioned
from sensors.storage.timescale import keeps_rollups

PARTITIONS = """
SELECT c.relname, p.since, p.until, greatest(c.reltuples::bigint, pg_stat_get_live_tuples(c.oid)),
    pg_total_relation_size(c.oid), false
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid CROSS JOIN LATERAL (SELECT
    (regexp_match(pg_get_expr(c.relpartbound, c.oid), $$FROM \\('([^']+)'\\)$$))[1]::timestamptz AS since,
    (regexp_match(pg_get_expr(c.relpartbound, c.oid), $$TO \\('([^']+)'\\)$$))[1]::timestamptz AS until) p
WHERE i.inhparent = 'sensors_reading'::regclass ORDER BY since NULLS LAST
"""

CHUNKS = """
SELECT c.chunk_name, c.range_start, c.range_end,
    approximate_row_count(format('%I.%I', c.chunk_schema, c.chunk_name)::regclass), s.total_bytes,
    COALESCE(c.is_compressed, false)
FROM timescaledb_information.chunks c JOIN chunks_detailed_size('sensors_reading') s USING (chunk_name)
WHERE c.hypertable_name = 'sensors_reading' ORDER BY c.range_start
"""

RATIO = """
SELECT sum(before_compression_total_bytes)::float8 / NULLIF(sum(after_compression_total_bytes), 0)
FROM hypertable_compression_stats('sensors_reading')
"""

POLICIES = """
SELECT j.proc_name, j.hypertable_name, COALESCE(
        'after ' || (j.config ->> 'compress_after'), 'the last ' || (j.config ->> 'start_offset')),
    NULLIF(s.last_successful_finish, '-infinity')
FROM timescaledb_information.jobs j LEFT JOIN timescaledb_information.job_stats s USING (job_id)
WHERE j.hypertable_name LIKE 'sensors_reading%' ORDER BY 1, 2
"""

LAG = """
SELECT (SELECT count(*) FROM sensors_stalespan),
    (SELECT count(*) FROM sensors_sensorsummary
        WHERE last_reading_at >= COALESCE(rolled_up_until, '-infinity') + interval '1 hour'),
    pg_total_relation_size('sensors_reading_hourly'), pg_total_relation_size('sensors_reading_daily'),
    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
"""

PLACES = {"policy_compression": "compress", "policy_refresh_continuous_aggregate": "refresh roll-ups"}


@dataclass(frozen=True)
class Part:
    """A month or a chunk, or the default partition, which has no range. `rows` is the server's estimate."""

    name: str
    since: datetime | None
    until: datetime | None
    rows: int
    bytes: int
    compressed: bool


@dataclass(frozen=True)
class Policy:
    """What is done by itself, in words, and when it was last done."""

    name: str
    on: str
    rule: str
    last_run: datetime | None


@dataclass(frozen=True)
class Storage:
    """`kind` is "partitions" or "hypertable"; `compression` the ratio of sizes before and after, of what is
    compressed; `advice` what an administrator should know."""

    kind: str
    server: str
    parts: list[Part]
    compression: float | None
    policies: list[Policy]
    stale_spans: int
    sensors_behind: int
    default_rows: int
    advice: str

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.parts)

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.parts)

    @property
    def compressed_parts(self) -> int:
        return sum(part.compressed for part in self.parts)


def load_storage() -> Storage:
    """Return the state of this server's storage, of all organizations."""
    plain = is_partitioned()
    spans, behind, _, _, available = _ask(LAG)[0]
    return Storage(
        kind="partitions" if plain else "hypertable",
        server=_server(plain),
        parts=[Part(*row) for row in _ask(PARTITIONS if plain else CHUNKS)],
        compression=None if plain else _ask(RATIO)[0][0],
        policies=_policies(plain),
        stale_spans=spans,
        sensors_behind=behind,
        default_rows=_ask("SELECT count(*) FROM sensors_reading_default")[0][0] if plain else 0,
        advice=_advice(plain, available),
    )


def _server(plain: bool) -> str:
    version = _ask("SHOW server_version")[0][0].split()[0]
    if plain:
        return f"PostgreSQL {version}"
    extension = _ask("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'")[0][0]
    return f"PostgreSQL {version} with TimescaleDB {extension}"


def _policies(plain: bool) -> list[Policy]:
    own = {run.job: run.finished_at for run in StorageRun.objects.all()}
    keep: timedelta = settings.READINGS_RETENTION
    policies = [
        Policy("drop old readings", "sensors_reading", _words(keep), own.get("drop old readings")),
        Policy("roll up", "sensors_reading_hourly, _daily", "what is stale", own.get("roll up")),
    ]
    if plain:
        rule = "three months ahead, and what the default partition holds"
        return [*policies, Policy("make partitions", "sensors_reading", rule, own.get("make partitions"))]
    return policies + [Policy(PLACES.get(name, name), *rest) for name, *rest in _ask(POLICIES)]


def _words(keep: timedelta) -> str:
    return f"after {keep.days} days" if keep else "never: all are kept"


def _advice(plain: bool, available: bool) -> str:
    if plain and available:
        return (
            "This server has TimescaleDB, and the readings do not use it: `manage.py convert_storage` moves "
            "them into a compressed hypertable (docs/storage.md)."
        )
    if not plain and not keeps_rollups():
        return "This is TimescaleDB's Apache edition: readings are not compressed, roll-ups are tables."
    return ""


def _ask(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()
