from sensors.models.connectors import ConnectorStatus, ConnectorStatusQuerySet, StaleSensor
from sensors.models.intake import IdempotencyKey, QuarantinedReading
from sensors.models.plant import Asset, Sensor, Site, validate_timezone
from sensors.models.readings import Reading, ReadingQuerySet, SensorSummary, StaleSpan
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
    "QuarantinedReading",
    "Reading",
    "ReadingQuerySet",
    "Sensor",
    "SensorSummary",
    "Site",
    "StaleSensor",
    "StaleSpan",
    "Waveform",
    "validate_timezone",
]
