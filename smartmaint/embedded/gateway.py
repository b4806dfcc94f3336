"""How the demo plant speaks to the product: over HTTP only, as a machine's gateway would."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from itertools import chain, repeat
from threading import Event
from typing import Any
from uuid import uuid4

import httpx

logger = logging.getLogger(__name__)

RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
IN_FLIGHT = 409  # the first request with this Idempotency-Key is still being answered
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0


class Refused(RuntimeError):
    """The product will not take this request however often it is sent; the message says why."""


class Stopped(Exception):
    """The gateway was told to stop while it waited for the product."""


class Gateway:
    """Sends until it is answered. `stopping` ends every wait."""

    def __init__(self, client: httpx.Client, stopping: Event) -> None:
        self.client = client
        self.stopping = stopping

    def post_readings(self, readings: list[dict[str, Any]]) -> dict[str, Any]:
        """Send the readings until they are acknowledged: committed, duplicate or in quarantine."""
        key = {"Idempotency-Key": str(uuid4())}
        return self.call("POST", "data/ingest", json={"readings": readings}, headers=key)

    def find_all(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of all pages of a list."""
        following: str | None = path
        while following:
            page = self.call("GET", following)
            yield from page["results"]
            following = page["next"]

    def call(self, method: str, path: str, **request: Any) -> Any:
        """Return the decoded answer; wait and repeat while the product is away or busy.

        Raises:
            Refused: a 4xx answer that asking again will not change.
            Stopped: told to stop before there was an answer.
        """
        for pause in _pauses():
            answer = self._try(method, path, request)
            if answer is not None and answer.is_success:
                return answer.json()
            wait = _asked_wait(answer) or pause
            logger.warning("%s %s: %s; again in %.1f s", method, path, _state(answer), wait)
            if self.stopping.wait(wait):
                raise Stopped
        raise AssertionError("unreachable: the pauses never end")

    def _try(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response | None:
        """Return an answer that is final or says to come back, or None where there was no answer."""
        try:
            answer = self.client.request(method, path, **request)
        except httpx.TransportError:
            return None
        if answer.is_success or answer.status_code in RETRIED:
            return answer
        if answer.status_code == IN_FLIGHT and "headers" in request:
            return answer
        raise Refused(f"{method} {answer.url} answered {answer.status_code}: {answer.text[:500]}")


def connect(url: str, token: str) -> httpx.Client:
    """Return a client for the API below `url`, such as http://localhost:8000."""
    return httpx.Client(
        base_url=f"{url.rstrip('/')}/api/v1/",
        headers={"Authorization": f"Bearer {token}"},
        timeout=httpx.Timeout(60.0, connect=5.0),
    )


def _pauses() -> Iterator[float]:
    """Yield 0.5 s, doubled up to 30 s, each shortened at random so that gateways do not march in step."""
    doubling = (FIRST_WAIT * 2**n for n in range(6))
    for pause in chain(doubling, repeat(LONGEST_WAIT)):
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311


def _asked_wait(answer: httpx.Response | None) -> float | None:
    """Return the seconds of a Retry-After header, at most 30."""
    asked = "" if answer is None else answer.headers.get("Retry-After", "")
    return min(float(asked), LONGEST_WAIT) if asked.isdigit() else None


def _state(answer: httpx.Response | None) -> str:
    return "no answer" if answer is None else f"answered {answer.status_code}"
