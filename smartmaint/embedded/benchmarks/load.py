"""A load generator that costs little CPU: plain sockets, one thread, kept connections. Run as a script.

It reads one JSON object from stdin, {"host", "port", "path", "token", "connections", "seconds", "bodies"}
(`bodies`: a file with a request's JSON on each line, each sent once), and prints another: {"seconds",
"answered", "statuses", "p50", "p99", "worst", "refusal"}. Plain Python without imports from the project.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

PATIENCE = 30.0
ENOUGH = 1 << 18


class Connection:
    """One kept connection with one request at a time on it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began, self.answer = 0.0, b""

    def send(self, request: bytes) -> None:
        self.began, self.answer = time.perf_counter(), b""
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Read what is there; tell whether the answer is whole.

        Raises:
            ConnectionError: the server closed the connection.
        """
        piece = self.socket.recv(ENOUGH)
        if not piece:
            raise ConnectionError("the server closed the connection")
        self.answer += piece
        head, separator, body = self.answer.partition(b"\r\n\r\n")
        return bool(separator) and len(body) >= _length(head)

    @property
    def status(self) -> int:
        return int(self.answer[9:12])


def _length(head: bytes) -> int:
    place = head.lower().index(b"content-length:") + 15
    return int(head[place:].split(b"\r\n", 1)[0])


class Load:
    """What was sent and answered. An answer that began in time counts, also when it ends later."""

    def __init__(self, order: dict[str, Any], requests: Iterator[bytes]) -> None:
        self.order, self.requests = order, requests
        self.latencies: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.refusal = ""

    def run(self) -> float:
        """Send until the time is over or nothing is left; return the seconds it took."""
        with selectors.DefaultSelector() as waiting:
            began = time.perf_counter()
            for _ in range(self.order["connections"]):
                self.start(Connection((self.order["host"], self.order["port"])), waiting)
            end = began + self.order["seconds"]
            while waiting.get_map():
                for key, _ in waiting.select():
                    self.hear(key.data, waiting, more=time.perf_counter() < end)
            return time.perf_counter() - began

    def start(self, connection: Connection, waiting: selectors.BaseSelector) -> None:
        request = next(self.requests, None)
        if request is None:
            connection.socket.close()
        else:
            waiting.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(request)

    def hear(self, connection: Connection, waiting: selectors.BaseSelector, *, more: bool) -> None:
        if not connection.receive():
            return
        self.note(connection)
        request = next(self.requests, None) if more else None
        if request is not None:
            connection.send(request)
            return
        waiting.unregister(connection.socket)
        connection.socket.close()

    def note(self, connection: Connection) -> None:
        self.latencies.append(time.perf_counter() - connection.began)
        self.statuses[connection.status] += 1
        if connection.status != 200 and not self.refusal:
            self.refusal = connection.answer[:1000].decode(errors="replace")


def requests_of(order: dict[str, Any]) -> Iterator[bytes]:
    head = (
        f"POST {order['path']} HTTP/1.1\r\nHost: {order['host']}\r\n"
        f"Authorization: Bearer {order['token']}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode()
    with open(order["bodies"], "rb") as bodies:
        for line in bodies:
            body = line.rstrip(b"\n")
            yield head + str(len(body)).encode() + b"\r\n\r\n" + body


def main() -> None:
    order = json.load(sys.stdin)
    load = Load(order, requests_of(order))
    seconds = load.run()
    latencies = sorted(load.latencies) or [0.0]
    outcome = {
        "seconds": seconds,
        "answered": len(load.latencies),
        "statuses": load.statuses,
        "p50": latencies[len(latencies) // 2],
        "p99": latencies[int(len(latencies) * 0.99)],
        "worst": latencies[-1],
        "refusal": load.refusal,
    }
    sys.stdout.write(json.dumps(outcome))


if __name__ == "__main__":
    main()
