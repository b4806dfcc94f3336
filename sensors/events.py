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


@dataclass(frozen=True, kw_only=True)
class ImportStarted(Event):
    """A file's columns are known, or an import that had stopped goes on: its chunk `step` is next."""

    import_id: int
    step: int


@dataclass(frozen=True, kw_only=True)
class ImportAdvanced(Event):
    """A chunk of an import was stored; its chunk `step` is next."""

    import_id: int
    step: int


@dataclass(frozen=True, kw_only=True)
class ImportFinished(Event):
    """All rows of a file are stored, known already, or in its report."""

    import_id: int


@dataclass(frozen=True, kw_only=True)
class SensorsWentStale(Event):
    """The connection to these sensors' machine died: `since` (RFC 3339, UTC) nothing is known of them."""

    sensor_ids: list[int]
    since: str
