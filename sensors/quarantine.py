"""Keeping what was refused, as it came: nothing that was sent is lost."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import JSONField, Value

from sensors.models import QuarantinedReading
from sensors.quality import UNSTORABLE, Item, MalformedReading, Rejection
from smartmaint.accounts.models import Organization

DEEPEST_KEPT = 10  # more than a reading may have
LARGEST = 2**63
FROM_QUARANTINE = "quarantine"


def quarantine_readings(
    *,
    organization: Organization,
    refused: Iterable[tuple[Item, Rejection]],
    at: datetime,
    journey: UUID,
    source: str,
) -> None:
    """Write a row for each refused reading; what came from quarantine has one."""
    if source == FROM_QUARANTINE:
        return
    rows = [
        QuarantinedReading(
            organization=organization,
            **as_it_came(reading),
            code=rejection.code,
            detail=rejection.detail[:500],
            source=source,
            correlation_id=journey,
            received_at=at,
        )
        for reading, rejection in refused
    ]
    QuarantinedReading.objects.bulk_create(rows, batch_size=1000)


def as_it_came(reading: Item) -> dict[str, Any]:
    """Return sensor code and payload, in a form that PostgreSQL can keep."""
    if isinstance(reading, MalformedReading):
        payload = storable(reading.payload)
        code = storable(reading.sensor_code[:128])
        return {"sensor_code": code, "payload": Value(None, JSONField()) if payload is None else payload}
    fields = msgspec.to_builtins(reading)
    given = {name: value for name, value in fields.items() if value is not None and value != ""}
    return {"sensor_code": storable(reading.sensor_id), "payload": storable(given)}


def storable(value: Any, depth: int = DEEPEST_KEPT) -> Any:
    """Return the JSON value without what PostgreSQL cannot keep: NaN, huge numbers, NUL, half surrogate
    pairs, deep nesting."""
    if isinstance(value, dict | list) and not depth:
        return "…"
    if isinstance(value, dict):
        return {storable(key): storable(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item, depth - 1) for item in value]
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, int | float) and not (math.isfinite(value) and abs(value) < LARGEST):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return value
