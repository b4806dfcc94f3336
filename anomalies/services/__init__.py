"""What may happen to an alert: found, ended, judged, and what people do with it."""

from anomalies.services.history import raise_overtaken, record_history
from anomalies.services.judging import validate_alert
from anomalies.services.learning import learn_from_finding, report_missed, undo_step
from anomalies.services.people import acknowledge_alert, assign_alert, comment_alert, resolve_alert
from anomalies.services.raising import end_alert, raise_alert

__all__ = [
    "acknowledge_alert",
    "assign_alert",
    "comment_alert",
    "end_alert",
    "learn_from_finding",
    "raise_alert",
    "raise_overtaken",
    "record_history",
    "report_missed",
    "resolve_alert",
    "undo_step",
    "validate_alert",
]
