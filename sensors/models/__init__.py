from sensors.models.intake import IdempotencyKey, QuarantinedReading
from sensors.models.plant import Asset, Sensor, Site, validate_timezone
from sensors.models.readings import Reading, ReadingQuerySet, SensorSummary

__all__ = [
    "Asset",
    "IdempotencyKey",
    "QuarantinedReading",
    "Reading",
    "ReadingQuerySet",
    "Sensor",
    "SensorSummary",
    "Site",
    "validate_timezone",
]
