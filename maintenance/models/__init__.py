from maintenance.models.decisions import Action, Decision, DecisionAnswer, Joining, Prediction
from maintenance.models.estimates import FailureEstimate
from maintenance.models.forecasts import Forecast
from maintenance.models.notifications import Notification
from maintenance.models.people import Absence, Holiday, Shift, Skill, Technician
from maintenance.models.policy import DecisionRule
from maintenance.models.work import AlertFinding, MaintenanceLog, MaintenanceTask, TaskTransition

__all__ = [
    "Absence",
    "Action",
    "AlertFinding",
    "Decision",
    "DecisionAnswer",
    "DecisionRule",
    "FailureEstimate",
    "Forecast",
    "Holiday",
    "Joining",
    "MaintenanceLog",
    "MaintenanceTask",
    "Notification",
    "Prediction",
    "Shift",
    "Skill",
    "TaskTransition",
    "Technician",
]
