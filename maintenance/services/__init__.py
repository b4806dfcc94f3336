"""What may happen in maintenance: decided, answered, booked, worked on, told.

`services.predicting` and `services.estimating` are not gathered here: they need numpy, and most processes
never predict.
"""

from maintenance.services.answering import Changes, answer_decision, resume_deferred
from maintenance.services.booking import schedule_task
from maintenance.services.deciding import decide_action, request_maintenance
from maintenance.services.delivery import deliver_due, deliver_notification
from maintenance.services.finishing import Found, complete_task
from maintenance.services.people import save_technician
from maintenance.services.policy import ensure_policy
from maintenance.services.telling import announce
from maintenance.services.work import cancel_task, reschedule_task, start_task

__all__ = [
    "Changes",
    "Found",
    "announce",
    "answer_decision",
    "cancel_task",
    "complete_task",
    "decide_action",
    "deliver_due",
    "deliver_notification",
    "ensure_policy",
    "request_maintenance",
    "reschedule_task",
    "resume_deferred",
    "save_technician",
    "schedule_task",
    "start_task",
]
