"""Single readings over many connections, beside a bare view on the same server, in turns."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import msgspec

from sensors.events import ReadingsStored
from smartmaint.embedded.benchmarks.trial import Answers, Trial, trial
from smartmaint.events.backlog import find_oldest_waiting

CONNECTIONS = 32
MOST_PER_SECOND = 8_000  # bodies that are prepared
TURNS = 2
PATIENCE = 60.0


@dataclass(frozen=True)
class Single:
    """Requests a second, latencies in seconds. `backlog` is how long the oldest news waited for detection at
    the end of the load, `drained` how long the rest then took."""

    product: float
    reference: float
    p50: float
    p99: float
    worst: float
    reference_p99: float
    errors: int
    refusal: str
    acknowledged: int
    stored: int
    backlog: float
    drained: float
    connections: int
    seconds: float

    @property
    def ratio(self) -> float:
        return self.product / self.reference

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio}

    def told(self) -> str:
        return (
            f"ingest-single: {self.product:,.0f} acknowledged/s over {self.connections} connections (p50 "
            f"{self.p50 * 1000:.0f} ms, p99 {self.p99 * 1000:.0f} ms, worst {self.worst * 1000:.0f} ms), "
            f"{self.errors} errors, {self.stored:,} stored of {self.acknowledged:,} acknowledged; news "
            f"waited {self.backlog:.1f} s for detection at the end, the rest took {self.drained:.1f} s. "
            f"Reference, a bare view: {self.reference:,.0f}/s (p99 {self.reference_p99 * 1000:.0f} ms); "
            f"ratio {self.ratio:.0%}."
        )


@dataclass(frozen=True)
class Turn:
    """How ingestion and the bare view answered, what was stored, and how far behind detection was."""

    product: Answers
    reference: Answers
    stored: int
    backlog: float
    drained: float


def measure(api_url: str, *, seconds: float) -> Single:
    """Take turns between ingestion and the bare view, `seconds` each in all."""
    with trial(api_url) as plant:
        plant.send("data/ingest", bodies(plant, 200), connections=1, seconds=5)
        plant.forget_readings()
        turns = [_turn(plant, seconds / TURNS) for _ in range(TURNS)]
    product, references = [turn.product for turn in turns], [turn.reference for turn in turns]
    everything = product + references
    return Single(
        product=_rate(product),
        reference=_rate(references),
        p50=max(answers.p50 for answers in product),
        p99=max(answers.p99 for answers in product),
        worst=max(answers.worst for answers in product),
        reference_p99=max(answers.p99 for answers in references),
        errors=sum(answers.answered - answers.good for answers in everything),
        refusal=next((answers.refusal for answers in everything if answers.refusal), ""),
        acknowledged=sum(answers.good for answers in product),
        stored=sum(turn.stored for turn in turns),
        backlog=max(turn.backlog for turn in turns),
        drained=max(turn.drained for turn in turns),
        connections=CONNECTIONS,
        seconds=seconds,
    )


def _turn(plant: Trial, seconds: float) -> Turn:
    count = int(seconds * MOST_PER_SECOND)
    product = plant.send("data/ingest", bodies(plant, count), connections=CONNECTIONS, seconds=seconds)
    backlog, began = oldest_age(), time.monotonic()
    while oldest_age() and time.monotonic() - began < PATIENCE:
        time.sleep(0.1)
    drained = time.monotonic() - began
    stored = plant.count_readings()
    plant.forget_readings()
    reference = plant.send(
        "benchmark/reference", bodies(plant, count), connections=CONNECTIONS, seconds=seconds
    )
    plant.forget_readings()
    return Turn(product, reference, stored, backlog, drained)


def _rate(parts: list[Answers]) -> float:
    return sum(answers.good for answers in parts) / sum(answers.seconds for answers in parts)


def oldest_age() -> float:
    """Return for how many seconds the oldest news waits for detection."""
    oldest = find_oldest_waiting(ReadingsStored)
    return (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0


def bodies(plant: Trial, count: int) -> Iterator[bytes]:
    """Yield single readings of all sensors in turn, each at an instant of its own."""
    codes, chance = list(plant.sensors), random.Random(0)  # noqa: S311
    for number, moment in enumerate(islice(plant.moments, count)):
        value = round(chance.gauss(20, 1), 3)
        yield msgspec.json.encode(
            {"sensor_id": codes[number % len(codes)], "value": value, "timestamp": moment}
        )
