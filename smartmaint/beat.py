"""The clock-driven jobs: name -> task and how often. Each is listed here and nowhere else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {
    "prune events": {"task": "events.prune_events", "schedule": timedelta(hours=1)},
    "watch for silent sensors": {"task": "anomalies.watch_silence", "schedule": timedelta(seconds=15)},
    "ask again about deferred decisions": {
        "task": "maintenance.resume_deferred",
        "schedule": timedelta(minutes=1),
    },
    "deliver notifications that are due": {
        "task": "maintenance.deliver_due",
        "schedule": timedelta(seconds=20),
    },
    "estimate failures of the hour": {
        "task": "maintenance.estimate_failures",
        "schedule": timedelta(minutes=2),
    },
    "send forgotten trainings again": {"task": "mlops.tend_trainings", "schedule": timedelta(seconds=30)},
    "bring MLflow up to date": {"task": "mlops.tend_tracking", "schedule": timedelta(minutes=10)},
    "check the files of models": {"task": "mlops.verify_models", "schedule": timedelta(minutes=10)},
    "drop models' files that are out of date": {"task": "mlops.prune_files", "schedule": timedelta(hours=1)},
    "begin the daily check for drift": {
        "task": "anomalies.start_drift_checks",
        "schedule": timedelta(minutes=10),
    },
    "bring roll-ups up to date": {"task": "sensors.keep_rollups", "schedule": timedelta(seconds=20)},
    "make room for readings": {"task": "sensors.tend_partitions", "schedule": timedelta(minutes=5)},
    "drop old readings": {"task": "sensors.drop_old_readings", "schedule": timedelta(hours=1)},
    "forget old forecasts": {"task": "maintenance.forget_forecasts", "schedule": timedelta(hours=1)},
    "end replays that do not get on": {"task": "anomalies.tend_replays", "schedule": timedelta(minutes=1)},
    "review trials of settings": {"task": "anomalies.review_trials", "schedule": timedelta(hours=1)},
    "forget old feed entries": {"task": "anomalies.forget_feed", "schedule": timedelta(hours=1)},
    "forget old imports' files": {"task": "sensors.forget_imports", "schedule": timedelta(hours=1)},
    "forget old waveforms": {"task": "sensors.prune_waveforms", "schedule": timedelta(hours=1)},
    "forget old refused readings": {"task": "sensors.prune_quarantine", "schedule": timedelta(hours=1)},
    "forget old idempotency keys": {"task": "sensors.prune_idempotency", "schedule": timedelta(hours=1)},
}
