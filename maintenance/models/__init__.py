from maintenance.models.decisions import Decision, DecisionAnswer, DecisionRule, Prediction
from maintenance.models.notifications import Notification
from maintenance.models.people import Absence, Holiday, Shift, Skill, Technician
from maintenance.models.work import MaintenanceLog, MaintenanceTask

__all__ = [
    "Absence",
    "Decision",
    "DecisionAnswer",
    "DecisionRule",
    "Holiday",
    "MaintenanceLog",
    "MaintenanceTask",
    "Notification",
    "Prediction",
    "Shift",
    "Skill",
    "Technician",
]
