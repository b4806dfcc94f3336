"""What an alert of several sensors says: the most abnormal one speaks first, whoever was found last."""

from __future__ import annotations

from collections.abc import Iterable

from anomalies.findings import SensorFinding, headline
from anomalies.models import Alert, AlertSensor

LONGEST = 300  # characters of a sensor's sentence that are kept


def retell(alert: Alert, rows: Iterable[AlertSensor], thought: list[str]) -> None:
    """Write the summary and the reasons anew from all sensors that moved; `thought` follows them."""
    ranked = sorted(rows, key=lambda row: -row.score)
    sentences = [row.reason for row in ranked]
    alert.summary = headline(alert.asset.code, sentences)[:500]
    alert.reasons = [*sentences, *thought]


def opinions(reasons: Iterable[str], sensors: Iterable[AlertSensor | SensorFinding]) -> list[str]:
    """Return the reasons that are no sensor's own sentence, such as a model's opinion of them all."""
    own = {sensor.reason[:LONGEST] for sensor in sensors}
    return [reason for reason in reasons if reason[:LONGEST] not in own]
