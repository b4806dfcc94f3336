"""Settings: which queues there are, and which task goes to which (never in decorators)."""

from __future__ import annotations

from kombu import Queue

CELERY_TASK_QUEUES = [
    Queue(name)
    for name in ("default", "anomalies", "maintenance", "notifications", "imports", "models", "training")
]
CELERY_TASK_ROUTES = {
    "anomalies.advance_replay": {"queue": "models"},
    "anomalies.*_drift_check*": {"queue": "models"},
    "anomalies.*": {"queue": "anomalies"},
    "sensors.advance_import": {"queue": "imports"},
    "mlops.train": {"queue": "training"},
    "mlops.mirror": {"queue": "training"},
    "maintenance.make_forecast": {"queue": "models"},
    "maintenance.notify_*": {"queue": "notifications"},
    "maintenance.deliver_*": {"queue": "notifications"},
    "maintenance.*": {"queue": "maintenance"},
}
