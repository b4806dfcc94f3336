"""Batches of 10,000 readings over HTTP, beside the bare statement on the same table, in turns."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any, cast

import msgspec
import psycopg
from django.db import connection, transaction

from smartmaint.embedded.benchmarks.trial import Answers, Refused, Trial, trial

READINGS = 10_000
CONNECTIONS = 2
TURNS = 5
PREPARED_A_SECOND = 40  # batches
BARE = """
INSERT INTO sensors_reading (sensor_id, measured_at, value, quality)
SELECT * FROM unnest(%b::bigint[], %b::timestamptz[], %b::float8[], %b::float8[]) ON CONFLICT DO NOTHING
"""

Columns = tuple[list[int], list[datetime], list[float], list[float]]


@dataclass(frozen=True)
class Batch:
    """Readings a second over HTTP and by the bare statement, batches of `size`; latencies in seconds."""

    product: float
    reference: float
    p50: float
    p99: float
    acknowledged: int
    stored: int
    size: int
    connections: int
    seconds: float

    @property
    def ratio(self) -> float:
        return self.product / self.reference

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio}

    def told(self) -> str:
        return (
            f"ingest-batch: {self.product:,.0f} readings/s over HTTP, {self.size:,} a request, "
            f"{self.connections} connections (a request p50 {self.p50 * 1000:.0f} ms, p99 "
            f"{self.p99 * 1000:.0f} ms), {self.stored:,} stored of {self.acknowledged:,} acknowledged. "
            f"Reference, the bare statement: {self.reference:,.0f} rows/s; ratio {self.ratio:.0%}."
        )


def measure(api_url: str, *, seconds: float) -> Batch:
    """Take turns between HTTP and the bare statement, `seconds` each in all.

    Raises:
        Refused: a batch was not taken whole.
    """
    with trial(api_url) as plant:
        plant.send("data/ingest", bodies(plant, 4), connections=CONNECTIONS, seconds=5)
        plant.forget_readings()
        turns = [_turn(plant, seconds / TURNS) for _ in range(TURNS)]
        answers = [turn[0] for turn in turns]
        return Batch(
            product=READINGS * sum(one.good for one in answers) / sum(one.seconds for one in answers),
            reference=sum(turn[2] for turn in turns) / sum(turn[3] for turn in turns),
            p50=max(one.p50 for one in answers),
            p99=max(one.p99 for one in answers),
            acknowledged=READINGS * sum(one.good for one in answers),
            stored=sum(turn[1] for turn in turns),
            size=READINGS,
            connections=CONNECTIONS,
            seconds=seconds,
        )


def _turn(plant: Trial, seconds: float) -> tuple[Answers, int, int, float]:
    """Return the answers over HTTP, what is stored of them, and rows and seconds of the bare statement."""
    count = max(2, int(seconds * PREPARED_A_SECOND))
    answers = plant.send("data/ingest", bodies(plant, count), connections=CONNECTIONS, seconds=seconds)
    if answers.good < answers.answered:
        raise Refused(answers.refusal)
    stored = plant.count_readings()
    plant.forget_readings()
    rows, spent = _store_bare(plant, seconds)
    plant.forget_readings()
    return answers, stored, rows, spent


def _store_bare(plant: Trial, seconds: float) -> tuple[int, float]:
    """Store batches on one connection, each committed; what prepares them does not count."""
    rows, spent = 0, 0.0
    connection.ensure_connection()
    driver = cast(psycopg.Connection, connection.connection)
    driver.prepare_threshold = 0
    for columns in batches(plant, max(2, int(seconds * PREPARED_A_SECOND))):
        began = time.perf_counter()
        with transaction.atomic(), psycopg.Cursor(driver) as cursor:
            cursor.execute(BARE, columns)
        spent += time.perf_counter() - began
        rows += READINGS
        if spent >= seconds:
            break
    return rows, spent


def batches(plant: Trial, count: int) -> Iterator[Columns]:
    """Yield readings of all sensors, in time order."""
    chance = random.Random(0)  # noqa: S311
    keys = list(plant.sensors.values())
    for _ in range(count):
        moments = list(islice(plant.moments, READINGS // len(keys)))
        yield (
            keys * len(moments),
            [moment for moment in moments for _ in keys],
            [round(chance.gauss(20, 1), 3) for _ in range(READINGS)],
            [1.0] * READINGS,
        )


def bodies(plant: Trial, count: int) -> Iterator[bytes]:
    codes = {key: code for code, key in plant.sensors.items()}
    for keys, moments, values, _ in batches(plant, count):
        rows = zip(keys, moments, values, strict=True)
        yield msgspec.json.encode(
            [{"sensor_id": codes[key], "timestamp": moment, "value": value} for key, moment, value in rows]
        )
