"""From a POST of a clear fault to its frame on the alert feed, while other readings flow."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
from websockets.sync.client import connect as connect_feed

FAULTS = 20
TAUGHT = 700  # readings of normal behaviour before the fault
EVERY = timedelta(seconds=10)
FLOW_PER_SECOND, FLOW_EVERY = 200, 0.1
MEAN, SPREAD, FAULT = 25.0, 1.0, 60.0
PATIENCE = 30.0


class NoFrame(RuntimeError):
    """The feed said nothing of a fault within the patience."""


@dataclass(frozen=True)
class Latency:
    """Seconds from the start of the POST to the frame, over `faults` faults, at `flow` other readings/s."""

    p50: float
    p95: float
    worst: float
    faults: int
    flow: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def told(self) -> str:
        p50, p95, worst = (f"{seconds * 1000:.0f} ms" for seconds in (self.p50, self.p95, self.worst))
        return (
            f"alert-latency: from POST to frame p50 {p50}, p95 {p95}, worst {worst} "
            f"over {self.faults} faults while {self.flow:.0f} other readings/s flowed."
        )


def measure(client: httpx.Client, feed_url: str, token: str) -> Latency:
    """Teach sensors what is normal, then let one after the other fail.

    Raises:
        NoFrame: a fault was not announced.
    """
    run = f"bench-{uuid4().hex[:8]}"
    codes = [f"{run}-{number}" for number in range(FAULTS)]
    _teach(client, codes)
    headers = {"Authorization": f"Bearer {token}"}
    with connect_feed(feed_url, additional_headers=headers) as feed, _flow(client, run) as flowed:
        began = time.perf_counter()
        seconds = [_time_fault(client, feed, code) for code in codes]
        rate = flowed.count / (time.perf_counter() - began)
    p50, p95 = np.quantile(seconds, [0.5, 0.95])
    return Latency(float(p50), float(p95), max(seconds), FAULTS, rate)


def _teach(client: httpx.Client, codes: list[str]) -> None:
    """Send normal readings up to now, and wait until they are learnt."""
    random, now = np.random.default_rng(0), datetime.now(UTC)
    times = [(now - EVERY * (TAUGHT - place)).isoformat() for place in range(TAUGHT)]
    for code in codes:
        values = random.normal(MEAN, SPREAD, TAUGHT).round(3).tolist()
        journey = _post(client, [_reading(code, *one) for one in zip(values, times, strict=True)])
        while not client.get(f"traces/{journey['correlation_id']}").raise_for_status().json()["settled"]:
            time.sleep(0.05)


def _time_fault(client: httpx.Client, feed: Any, code: str) -> float:
    began = time.perf_counter()
    _post(client, [_reading(code, FAULT, datetime.now(UTC).isoformat())])
    try:
        while True:
            frame = json.loads(feed.recv(timeout=PATIENCE))
            if frame["type"] == "alert.raised" and frame["alert"]["asset"] == code:
                return time.perf_counter() - began
    except TimeoutError:
        raise NoFrame(f"The fault of {code} was not announced within {PATIENCE:g} s.") from None


@dataclass
class _Flowed:
    count: int = 0


@contextmanager
def _flow(client: httpx.Client, run: str) -> Iterator[_Flowed]:
    """Send readings of other sensors in the background, at a steady rate."""
    enough, flowed = threading.Event(), _Flowed()
    codes = [f"{run}-flow-{number}" for number in range(int(FLOW_PER_SECOND * FLOW_EVERY))]

    def send() -> None:
        due = time.monotonic()
        while not enough.wait(max(0.0, due - time.monotonic())):
            at = datetime.now(UTC).isoformat()
            _post(client, [_reading(code, MEAN, at) for code in codes])
            flowed.count += len(codes)
            due += FLOW_EVERY

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    try:
        yield flowed
    finally:
        enough.set()
        sender.join()


def _reading(code: str, value: float, at: str) -> dict[str, Any]:
    return {"sensor_id": code, "value": value, "timestamp": at}


def _post(client: httpx.Client, readings: list[dict[str, Any]]) -> dict[str, Any]:
    return client.post("data/ingest", json=readings).raise_for_status().json()
