"""Machines that send as machines do: twice, out of order, broken, until they get an answer."""

from __future__ import annotations

import gzip
import json
import random
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import Any
from uuid import uuid4

import httpx

INGEST = "/api/v1/data/ingest"
AGAIN = {409, 429, 503}
PAUSE, RETRY = 0.05, 0.2  # seconds between requests, and before one that had no answer
Answer = dict[str, Any]


class Sender(threading.Thread):
    """One machine with one sensor. What it knows for sure is its ledger.

    `sent` are the places (instants) of good readings that left it, `acknowledged` those of requests that were
    answered by 200, `answers` the answers with the number of readings that were sent.
    """

    def __init__(self, door: str, url: str, headers: dict[str, str], number: int) -> None:
        super().__init__(daemon=True)
        self.door, self.code = door, f"ledger-{uuid4().hex[:6]}-{number}"
        self.client = httpx.Client(base_url=url, headers=headers, timeout=30)
        self.random = random.Random(number)
        self.keyed = number % 2 == 0
        self.begin = datetime.now(UTC) - timedelta(minutes=30)
        self.sent: set[int] = set()
        self.acknowledged: set[int] = set()
        self.answers: list[tuple[int, Answer]] = []
        self.codes = Counter[int | str]()
        self.enough = threading.Event()

    def run(self) -> None:
        while not self.enough.is_set():
            self.send(self.places())
            self.enough.wait(PAUSE)

    def places(self) -> list[int]:
        """Return one new place, or many of them out of order with some twice and some of earlier."""
        first = max(self.sent, default=-1) + 1
        if self.random.random() < 0.3:
            return [first]
        new = list(range(first, first + self.random.randint(2, 40)))
        earlier = self.random.sample(sorted(self.sent), min(3, len(self.sent)))
        places = new + earlier + self.random.sample(new, 2)
        self.random.shuffle(places)
        return places

    def reading(self, place: int) -> Answer:
        return {"sensor_id": self.code, "value": value_at(place), "timestamp": self.time(place).isoformat()}

    def time(self, place: int) -> datetime:
        return self.begin + timedelta(milliseconds=place)

    def send(self, places: list[int]) -> None:
        """Send the readings, many with a broken one among them, until there is an answer."""
        rows = [self.reading(place) for place in places]
        if len(rows) > 1 and self.random.random() < 0.3:
            rows.append({**rows[0], "value": "broken"})
        options = self.options(rows)
        self.sent.update(places)
        while (answer := self.attempt(options)) is None:
            sleep(RETRY)
        if answer.status_code == 200:
            self.acknowledged.update(places)
            self.answers.append((len(rows), answer.json()))

    def options(self, rows: list[Answer]) -> Answer:
        headers = {"Content-Type": "application/json"}
        if self.keyed:
            headers["Idempotency-Key"] = str(uuid4())
        body = json.dumps(rows if len(rows) > 1 else rows[0]).encode()
        if len(rows) > 1 and self.random.random() < 0.3:
            headers |= {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
            body = gzip.compress("\n".join(map(json.dumps, rows)).encode())
        return {"content": body, "headers": headers}

    def attempt(self, options: Answer) -> httpx.Response | None:
        """Return the answer, or None where the same must be sent again."""
        try:
            answer = self.client.post(INGEST, **options)
        except httpx.TransportError:
            self.codes["no answer"] += 1
            return None
        self.codes[answer.status_code] += 1
        return None if answer.status_code in AGAIN else answer

    @property
    def retried(self) -> bool:
        return bool(self.codes["no answer"] or self.codes[409])


def value_at(place: int) -> float:
    return float(place % 7)
