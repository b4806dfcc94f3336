"""What detection found, in plain values: the word between detectors and alerts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class SensorFinding:
    """A sensor that moved. `score` is surprise in powers of ten; values are in the sensor's unit."""

    sensor_id: int
    score: float
    value: float
    normal_low: float | None
    normal_high: float | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A lasting trouble of one asset with one cause (`Alert.Cause`), as far as it is known now.

    `started_at` and `latest_at` are the readings' own times. `subject_sensor_id` is set when the sensor
    itself is in trouble. `historical`: found in back-filled history, so it pages nobody.
    `settings_version` is the version of the settings that it was found by.
    """

    organization_id: int
    asset_id: int
    cause: str
    subject_sensor_id: int | None = None
    started_at: datetime
    latest_at: datetime
    score: float
    priority: int
    summary: str
    reasons: tuple[str, ...]
    sensors: tuple[SensorFinding, ...]
    detector: str
    settings_version: int | None = None
    correlation_id: UUID
    caused_by: UUID | None = None
    historical: bool = False


def headline(label: str, sentences: list[str]) -> str:
    """Return one line for an alert: the strongest sentence, and how many other sensors moved."""
    others = len(sentences) - 1
    if not others:
        return sentences[0]
    return f"{len(sentences)} sensors of {label} moved. {sentences[0]}"
