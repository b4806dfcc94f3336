"""What the processes write, line by line, each with the name of its process."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

PIECE = 65_536  # bytes
TELLING = re.compile(r"FATAL|PANIC|ERROR|Error|error")
USUAL = re.compile(r"is (starting up|shutting down)|due to administrator command")


class Lines:
    """A circus stream: takes pieces of output, passes on whole lines, remembers the last few.

    Of a `quiet` process only lines that tell of trouble are passed on.
    """

    def __init__(self, label: str, say: Callable[[str], None], *, quiet: bool) -> None:
        self.label, self.say, self.quiet = label, say, quiet
        self.recent: deque[str] = deque(maxlen=8)
        self._rest: dict[tuple[int, str], bytes] = {}

    def __call__(self, piece: dict[str, Any]) -> None:
        key = piece["pid"], piece["name"]
        *whole, rest = (self._rest.pop(key, b"") + piece["data"]).split(b"\n")
        if rest:
            self._rest[key] = rest
        for line in whole:
            self._pass_on(line.decode(errors="replace").rstrip())

    def _pass_on(self, line: str) -> None:
        if not line:
            return
        self.recent.append(line)
        if not self.quiet or _tells(line):
            self.say(f"{self.label} | {line}")

    def reason(self) -> str:
        """Return the recent line that best says why the process ended, or nothing where it wrote nothing."""
        telling = [line for line in self.recent if _tells(line)]
        return (telling or list(self.recent) or [""])[-1]

    def close(self) -> None:
        """Pass on what had no end of line."""
        for rest in self._rest.values():
            self._pass_on(rest.decode(errors="replace").rstrip())
        self._rest.clear()


def read_rest(pipe: IO[bytes]) -> bytes:
    """Return what is in the pipe, without waiting for more: a child of the writer may still hold it."""
    os.set_blocking(pipe.fileno(), False)
    pieces = []
    with suppress(BlockingIOError):
        while piece := os.read(pipe.fileno(), PIECE):
            pieces.append(piece)
    return b"".join(pieces)


def _tells(line: str) -> bool:
    return bool(TELLING.search(line)) and not USUAL.search(line)
