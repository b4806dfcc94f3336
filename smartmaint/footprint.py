"""Giving memory back: what start-up or a big piece of work left behind."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable
from functools import cache
from time import monotonic

SELDOM = 60.0  # seconds


def settle() -> None:
    """Give back what importing left behind, and never look again at what stays for good.

    Call it when all is imported, before the process forks: a child then shares with its parent what neither
    changes, as its garbage collector no longer writes into each object.
    """
    gc.collect()
    _trim()
    gc.freeze()


class Trimmer:
    """Gives back what work left behind, once in a while; the call itself costs a look at the clock."""

    def __init__(self) -> None:
        self._last = monotonic()

    def __call__(self, **_: object) -> None:
        if monotonic() - self._last > SELDOM:
            self._last = monotonic()
            _trim()


def _trim() -> None:
    _give_back()(0)


@cache
def _give_back() -> Callable[[int], object]:
    """Return glibc's `malloc_trim`; elsewhere a function that does nothing."""
    if sys.platform == "linux":
        return getattr(ctypes.CDLL(None), "malloc_trim", int)
    return int
