from __future__ import annotations

from anomalies.models.alerts import (
    Alert,
    AlertQuerySet,
    AlertSensor,
    AlertTransition,
    FeedEntry,
    FeedPosition,
)
from anomalies.models.learning import Case, ThresholdStep
from anomalies.models.replays import Replay, TrialAlarm

__all__ = [
    "Alert",
    "AlertQuerySet",
    "AlertSensor",
    "AlertTransition",
    "Case",
    "FeedEntry",
    "FeedPosition",
    "Replay",
    "ThresholdStep",
    "TrialAlarm",
]
