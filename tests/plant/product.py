"""A small HTTP server that keeps what it is sent, and can be told to be away, busy or broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

DROP_BEFORE, DROP_AFTER = "drop before", "drop after"


class Product(ThreadingHTTPServer):
    """`mishaps` are what comes next at data/ingest: a status, or a connection that ends without an answer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.mishaps: list[int | str] = []
        self.lists: dict[str, list[dict[str, Any]]] = {"sites/": [], "assets/": [], "sensors/": []}
        self.readings: dict[tuple[str, str], float] = {}
        self.keys: list[str] = []
        self.answers: dict[str, tuple[Any, dict[str, Any]]] = {}
        self.refuses_token = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def store(self, key: str, sent: dict[str, Any]) -> dict[str, Any]:
        """Store once for each key, as the Idempotency-Key draft wants it."""
        if key in self.answers:
            assert self.answers[key][0] == sent
            return self.answers[key][1]
        new = {(row["sensor_id"], row["timestamp"]): row["value"] for row in sent["readings"]}
        duplicate = len(new.keys() & self.readings.keys())
        self.readings |= new
        answer = {"accepted": len(new) - duplicate, "duplicate": duplicate, "rejected": 0, "errors": []}
        self.answers[key] = sent, answer
        return answer

    def summaries(self) -> list[dict[str, Any]]:
        times: dict[str, list[str]] = {sensor["code"]: [] for sensor in self.lists["sensors/"]}
        for code, moment in self.readings:
            times[code].append(moment)
        return [
            {"sensor_id": code, "first_reading": min(of, default=None), "last_reading": max(of, default=None)}
            for code, of in times.items()
        ]


class Handler(BaseHTTPRequestHandler):
    server: Product

    @property
    def name(self) -> str:
        return self.path.removeprefix("/api/v1/").partition("?")[0]

    def do_GET(self) -> None:
        if self.server.refuses_token:
            return self.answer(401, {"detail": "The token is unknown, expired or revoked."})
        rows = self.server.summaries() if self.name == "sensors/sensors" else self.server.lists[self.name]
        half = len(rows) // 2
        if half and "page=2" not in self.path:
            following = f"{self.server.url}{self.path}?page=2"
            return self.answer(200, {"results": rows[:half], "next": following})
        return self.answer(200, {"results": rows[half:], "next": None})

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.name == "data/ingest":
            return self.ingest(sent)
        rows = self.server.lists[self.name]
        rows.append({"id": len(rows) + 1, **sent})
        return self.answer(201, rows[-1])

    def ingest(self, sent: dict[str, Any]) -> None:
        mishap = self.server.mishaps.pop(0) if self.server.mishaps else None
        self.server.keys.append(self.headers["Idempotency-Key"])
        if isinstance(mishap, int):
            return self.answer(mishap, {"detail": "later"})
        answer = None if mishap == DROP_BEFORE else self.server.store(self.server.keys[-1], sent)
        if mishap is None:
            self.answer(200, answer)
        return None

    def answer(self, status: int, body: Any) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *args: Any) -> None:
        """Keep the test's output clean."""


@contextmanager
def serving() -> Iterator[Product]:
    with Product() as product:
        thread = Thread(target=product.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield product
        finally:
            product.shutdown()
            thread.join()
