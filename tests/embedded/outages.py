"""Servers that are taken away from a running stack, and machines that go on sending meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx
import psutil

from tests.stack import Stack

INGEST = "/api/v1/data/ingest"


@contextmanager
def hanging(stack: Stack, name: str) -> Iterator[None]:
    """Let the process and its children neither answer nor close their connections for a while."""
    (pid,) = stack.pids(name)
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in family:
        process.suspend()
    try:
        yield
    finally:
        for process in family:
            process.resume()


class Feeder(threading.Thread):
    """Sends a reading at a time to one door; keeps each answer with how long it took, in seconds."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.code = f"outage-{uuid4().hex[:8]}"
        self.client = httpx.Client(base_url=url, headers=headers, timeout=30)
        self.answers: list[tuple[httpx.Response, float]] = []
        self.enough = threading.Event()

    def run(self) -> None:
        while not self.enough.is_set():
            began = time.monotonic()
            answer = self.client.post(INGEST, json={"sensor_id": self.code, "value": 1})
            self.answers.append((answer, time.monotonic() - began))
            self.enough.wait(0.02)

    @property
    def acknowledged(self) -> int:
        return sum(answer.status_code == 200 for answer, _ in self.answers)


@contextmanager
def feeders(stack: Stack, count: int = 4) -> Iterator[list[Feeder]]:
    """Let machines send at both doors: the pages' process and the machines' own."""
    doors = [stack.url, stack.credentials["api_url"]]
    started = [Feeder(doors[number % 2], stack.headers) for number in range(count)]
    for one in started:
        one.start()
    try:
        stack.wait_until(lambda: all(one.acknowledged > 2 for one in started), 120, "nobody sends")
        yield started
    finally:
        for one in started:
            one.enough.set()
        for one in started:
            one.join(60)
