"""What a message on a topic says: a number, an object, an array, or `{"readings": [...]}`.

What the payload leaves out, the topic says: sensor, machine, unit. What has no time is of the moment it came.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from sensors.incoming import IncomingReading
from sensors.quality import Item, MalformedReading, Rejection

PLACE = re.compile(r"at `\$\.(\w+)|missing required field `(\w+)`")
SHAPES = "A message is a number, an object with `value`, an array of them, or an object with `readings`."
SHOWN = 2_000  # characters of an unreadable payload that are kept
UNITS = {"s": 1.0, "ms": 1e-3}


@dataclass(frozen=True)
class Origin:
    """What the topic says of the readings on it. `epoch` is the unit of timestamps that are numbers."""

    sensor: str
    asset: str
    unit: str = ""
    epoch: str | None = None


def read_payload(payload: bytes, origin: Origin, at: datetime) -> list[Item]:
    """Return the readings of a message that came at `at`; what cannot be read is a malformed one."""
    try:
        said = msgspec.json.decode(payload)
    except (ValueError, RecursionError) as error:
        shown = payload[:SHOWN].decode(errors="replace")
        return [_malformed({"sensor_id": origin.sensor, "payload": shown}, "payload", f"{SHAPES} {error}")]
    if isinstance(said, dict) and "readings" in said:
        said = said["readings"]
    rows = said if isinstance(said, list) else [said]
    return [_reading(row, origin, at) for row in rows]


def _reading(row: Any, origin: Origin, at: datetime) -> Item:
    if isinstance(row, int | float):
        row = {"value": row}
    if not isinstance(row, dict):
        return _malformed({"sensor_id": origin.sensor, "payload": row}, "payload", SHAPES)
    full = {"sensor_id": origin.sensor, "unit": origin.unit, "timestamp": at, **row}
    full["metadata"] = _metadata(row, origin)
    try:
        full["timestamp"] = _moment(full["timestamp"], origin.epoch) or at
        return msgspec.convert(full, IncomingReading)
    except msgspec.ValidationError as error:
        return _malformed({**full, "timestamp": str(full["timestamp"])}, _field(error), str(error))


def _metadata(row: Mapping[str, Any], origin: Origin) -> Any:
    given = row.get("metadata")
    asset = {"asset": origin.asset} if origin.asset else {}
    return {**asset, **given} if isinstance(given, dict) else given or asset


def _moment(given: Any, epoch: str | None) -> Any:
    """Return the time that a number means; anything else is left to the conversion.

    Raises:
        ValidationError: the number is no time.
    """
    if epoch is None or isinstance(given, bool) or not isinstance(given, int | float):
        return given
    try:
        return datetime.fromtimestamp(given * UNITS[epoch], UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise msgspec.ValidationError(f"{given} is no time in {epoch} - at `$.timestamp`") from error


def _field(error: msgspec.ValidationError) -> str:
    place = PLACE.search(str(error))
    return (place.group(1) or place.group(2)) if place else "reading"


def _malformed(payload: Any, code: str, detail: str) -> MalformedReading:
    return MalformedReading(payload, Rejection(code, detail))
