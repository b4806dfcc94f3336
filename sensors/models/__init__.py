from sensors.models.connectors import ConnectorStatus, ConnectorStatusQuerySet, StaleSensor
from sensors.models.intake import (
    IdempotencyKey,
    QuarantinedReading,
    QuarantineQuerySet,
    QuarantineTransition,
)
from sensors.models.plant import Asset, Sensor, Site, validate_timezone
from sensors.models.readings import Reading, ReadingQuerySet, SensorSummary, StaleSpan, StorageRun
from sensors.models.transfers import Import, ImportRejection
from sensors.models.waveforms import Bearing, Waveform

__all__ = [
    "Asset",
    "Bearing",
    "ConnectorStatus",
    "ConnectorStatusQuerySet",
    "IdempotencyKey",
    "Import",
    "ImportRejection",
    "QuarantineQuerySet",
    "QuarantineTransition",
    "QuarantinedReading",
    "Reading",
    "ReadingQuerySet",
    "Sensor",
    "SensorSummary",
    "Site",
    "StaleSensor",
    "StaleSpan",
    "StorageRun",
    "Waveform",
    "validate_timezone",
]
