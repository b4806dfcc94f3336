"""What `sensors` tells."""

from __future__ import annotations

from dataclasses import dataclass

from smartmaint.events.event import Event


@dataclass(frozen=True, kw_only=True)
class ReadingsStored(Event):
    """New readings were committed. `spans` maps a sensor's primary key to [first, last] measured_at
    (RFC 3339, UTC) of the readings this event tells of; `late` is true when they are history (a back-fill),
    which is scored and pages nobody."""

    spans: dict[int, tuple[str, str]]
    count: int
    late: bool = False


@dataclass(frozen=True, kw_only=True)
class SensorRegistered(Event):
    """A sensor was seen for the first time and registered by the organization's policy."""

    sensor_id: int
