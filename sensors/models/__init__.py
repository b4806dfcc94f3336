from sensors.models.connectors import ConnectorStatus, ConnectorStatusQuerySet, StaleSensor
from sensors.models.intake import IdempotencyKey, QuarantinedReading
from sensors.models.plant import Asset, Sensor, Site, validate_timezone
from sensors.models.readings import Reading, ReadingQuerySet, SensorSummary
from sensors.models.transfers import Import, ImportRejection

__all__ = [
    "Asset",
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
    "validate_timezone",
]
