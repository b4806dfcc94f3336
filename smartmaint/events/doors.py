"""Whether a PostgreSQL server answers at all: asked at its door, which no slow statement closes."""

from __future__ import annotations

import socket
import struct
from contextlib import closing
from threading import Lock
from time import monotonic

SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # the shortest question: every server answers it by one byte
PATIENCE = 0.8  # seconds
FRESH = 0.5  # seconds that an answer holds


class Door:
    """Asked by many threads at a time, of which one knocks."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._knocked, self._answered = float("-inf"), True

    def answers(self, host: str, port: int) -> bool:
        """Return whether the server answers; the host may be a folder with a unix socket."""
        with self._lock:
            if monotonic() - self._knocked > FRESH:
                self._answered = _knock(host, port)
                self._knocked = monotonic()
            return self._answered

    def was_shut(self) -> bool:
        """Return whether nobody answered a moment ago, without asking."""
        return not self._answered and monotonic() - self._knocked < FRESH + PATIENCE


def _knock(host: str, port: int) -> bool:
    try:
        with closing(_connect(host, port)) as door:
            door.sendall(SSL_REQUEST)
            return bool(door.recv(1))
    except OSError:
        return False


def _connect(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port), PATIENCE)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.settimeout(PATIENCE)
    door.connect(f"{host}/.s.PGSQL.{port}")
    return door
