"""From what an OPC UA server says of a variable to a reading, or to why it is none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from asyncua import ua

from sensors.incoming import IncomingReading
from sensors.quality import EARLIEST, Item, MalformedReading, Rejection

UNCERTAIN = 0.5
LARGEST_SHOWN = 200


class Target(msgspec.Struct, frozen=True):
    """A variable that is listened to, and the sensor that it is; `deadband` in its unit."""

    node: ua.NodeId
    sensor: str
    asset: str = ""
    unit: str = ""
    sensor_type: str = ""
    deadband: float = 0.0


def is_waiting(value: ua.DataValue) -> bool:
    """Tell whether the server has not read the variable yet: that is no news."""
    return value.StatusCode is not None and value.StatusCode.value == ua.StatusCodes.BadWaitingForInitialData


def is_bad(value: ua.DataValue) -> bool:
    return value.StatusCode is not None and value.StatusCode.is_bad()


def read_value(target: Target, value: ua.DataValue, at: datetime) -> Item:
    """Return the reading. A Good value has quality 1, an Uncertain one 0.5; what is Bad is no measurement
    (NAMUR NE 107: failure) and goes to quarantine with the server's reason.

    The time is that of the source, else of the server, else `at`.
    """
    status = value.StatusCode or ua.StatusCode()
    if status.is_bad():
        return _refused(target, value, "status", f"The server says {status.name}: {status.doc}")
    number = _number(value.Value)
    if number is None:
        return _refused(target, value, "value", "The variable holds no number.")
    return IncomingReading(
        sensor_id=target.sensor,
        value=number,
        timestamp=moment_of(value, at),
        sensor_type=target.sensor_type,
        unit=target.unit,
        quality=UNCERTAIN if status.is_uncertain() else 1.0,
        metadata={"asset": target.asset} if target.asset else None,
    )


def moment_of(value: ua.DataValue, at: datetime) -> datetime:
    """Return the time of the source, else of the server, else `at`; clocks that were never set say 1601."""
    for moment in (value.SourceTimestamp, value.ServerTimestamp):
        if moment is not None:
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            if aware > EARLIEST:
                return aware
    return at


def is_numeric(variant: ua.Variant | None) -> bool:
    return _number(variant) is not None


def _number(variant: ua.Variant | None) -> float | None:
    held: Any = variant.Value if variant is not None else None
    return float(held) if isinstance(held, bool | int | float) else None


def _refused(target: Target, value: ua.DataValue, code: str, detail: str) -> MalformedReading:
    held = value.Value.Value if value.Value is not None else None
    payload = {
        "sensor_id": target.sensor,
        "node": target.node.to_string(),
        "value": held if isinstance(held, bool | int | float | None) else repr(held)[:LARGEST_SHOWN],
        "status": value.StatusCode.name if value.StatusCode is not None else "Good",
        "timestamp": value.SourceTimestamp and value.SourceTimestamp.isoformat(),
    }
    return MalformedReading(payload, Rejection(code, detail))
