"""Which readings may be stored: a plain rule, one reading at a time."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sensors.incoming import IncomingReading

FUTURE_TOLERANCE = timedelta(minutes=5)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
DEEPEST = 8
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # NUL, and half of a surrogate pair


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a reading is not stored: a code for programs, a sentence for people."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class MalformedReading:
    """What came in place of a reading, as plain JSON values, and why it is none."""

    payload: Any
    rejection: Rejection

    @property
    def sensor_code(self) -> str:
        code = self.payload.get("sensor_id") if isinstance(self.payload, dict) else None
        return code if isinstance(code, str) else ""


Item = IncomingReading | MalformedReading


def check(reading: IncomingReading, at: datetime) -> Rejection | None:
    """Return why the reading may not be stored at `at`, or None where it may."""
    if not math.isfinite(reading.value):
        return Rejection("value", f"{reading.value} is not a finite number.")
    if not 0 <= reading.quality <= 1:
        return Rejection("quality", f"The quality {reading.quality:g} is not between 0 and 1.")
    return None if reading.timestamp is None else check_time(reading.timestamp, at)


def check_time(measured_at: datetime, at: datetime) -> Rejection | None:
    """Return what is wrong with the time: naive, before 1970, or more than 5 minutes ahead of `at`."""
    if measured_at.tzinfo is None:
        return Rejection("timestamp", "The time has no offset from UTC, such as Z or -03:00.")
    if measured_at > at + FUTURE_TOLERANCE:
        return Rejection("future", f"{measured_at.isoformat()} is more than 5 minutes in the future.")
    if measured_at < EARLIEST:
        return Rejection("timestamp", f"{measured_at.isoformat()} is before 1970.")
    return None


def is_deep(value: Any, depth: int = DEEPEST) -> bool:
    """Return whether plain JSON values are nested more than `depth` levels deep."""
    if not isinstance(value, dict | list):
        return False
    items = value.values() if isinstance(value, dict) else value
    return depth == 0 or any(is_deep(item, depth - 1) for item in items)


def check_code(code: str) -> Rejection | None:
    """Return why no sensor can be registered under this code."""
    if not code.strip() or code != code.strip() or not code.isprintable():
        return Rejection("sensor_id", "A code is printable text without spaces around it.")
    return None


def asset_code_of(reading: IncomingReading) -> str:
    """Return the code of the machine that an unknown sensor belongs to.

    It is `metadata.asset`, else what stands before the last `.` or `/` of the sensor's code, else that code.
    """
    named = (reading.metadata or {}).get("asset")
    if isinstance(named, str) and check_code(named) is None:
        return named[:128]
    cut = max(reading.sensor_id.rfind("."), reading.sensor_id.rfind("/"))
    return reading.sensor_id[:cut].strip() or reading.sensor_id if cut > 0 else reading.sensor_id
