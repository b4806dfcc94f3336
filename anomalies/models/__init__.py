from __future__ import annotations

from anomalies.models.alerts import (
    Alert,
    AlertQuerySet,
    AlertSensor,
    AlertTransition,
    FeedEntry,
    FeedPosition,
)
from anomalies.models.baselines import Baseline
from anomalies.models.learning import Case, ThresholdStep
from anomalies.models.replays import Replay, TrialAlarm

__all__ = [
    "Alert",
    "AlertQuerySet",
    "AlertSensor",
    "AlertTransition",
    "Baseline",
    "Case",
    "FeedEntry",
    "FeedPosition",
    "Replay",
    "ThresholdStep",
    "TrialAlarm",
]
