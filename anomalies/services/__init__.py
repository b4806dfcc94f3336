"""What may happen to an alert: found, ended, judged, and what people do with it."""

from anomalies.services.history import raise_overtaken, record_history
from anomalies.services.judging import validate_alert
from anomalies.services.people import acknowledge_alert, assign_alert, comment_alert, resolve_alert
from anomalies.services.raising import end_alert, raise_alert

__all__ = [
    "acknowledge_alert",
    "assign_alert",
    "comment_alert",
    "end_alert",
    "raise_alert",
    "raise_overtaken",
    "record_history",
    "resolve_alert",
    "validate_alert",
]
