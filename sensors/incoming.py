"""A reading on its way in, as a machine says it: the word between the transports and the store."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
AwareDatetime = Annotated[datetime, msgspec.Meta(tz=True)]


BEST_QUALITY = 1.0


class IncomingReading(msgspec.Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """`sensor_id` is the sensor's code; `value` is in `unit` (empty: the sensor's own).

    `timestamp` None means now; `quality` runs from 0 (worthless) to 1. `metadata` may name the `asset`.
    """

    sensor_id: Code
    value: float
    timestamp: AwareDatetime | None = None
    sensor_type: Annotated[str, msgspec.Meta(max_length=64)] = ""
    unit: Annotated[str, msgspec.Meta(max_length=32)] = ""
    quality: float = BEST_QUALITY
    correlation_id: UUID | None = None
    metadata: dict[str, Any] | None = None
