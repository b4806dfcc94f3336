"""A progress bar for people who watch: nothing is drawn where the output is no terminal."""

from __future__ import annotations

import time
from typing import Any, Self

WIDTH = 40
DRAW_SECONDS = 0.1


class ProgressBar:
    def __init__(self, output: Any, total: int) -> None:
        self.output, self.total, self.done = output, total, 0
        self.shown = bool(output.isatty())
        self.drawn = 0.0

    def __enter__(self) -> Self:
        self.draw()
        return self

    def __exit__(self, *error: object) -> None:
        self.draw()
        if self.shown:
            self.output.write("", ending="\n")

    def add(self, count: int) -> None:
        self.done += count
        if time.monotonic() - self.drawn > DRAW_SECONDS:
            self.draw()

    def draw(self) -> None:
        if not self.shown:
            return
        self.drawn = time.monotonic()
        share = self.done / self.total
        bar = "#" * int(share * WIDTH)
        self.output.write(f"\r[{bar:<{WIDTH}}] {share:4.0%} {self.done:,} of {self.total:,} rows", ending="")
        self.output.flush()
