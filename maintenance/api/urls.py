from __future__ import annotations

from django.urls import path

from maintenance.api import decisions, failures, forecasts, schedule, technicians, work

urlpatterns = [
    # /decisions
    path("decisions", decisions.decision_list, name="api-decisions"),
    path("decisions/submit", decisions.decision_submit, name="api-decision-submit"),
    # /maintenance/
    path("maintenance/schedule", schedule.schedule, name="api-schedule"),
    path("maintenance/scheduled", work.scheduled_list, name="api-scheduled"),
    path("maintenance/tasks/", work.task_list, name="api-tasks"),
    path("maintenance/tasks/<uuid:uid>/", work.task_detail, name="api-task"),
    path("maintenance/tasks/<uuid:uid>/start/", work.task_start, name="api-task-start"),
    path("maintenance/tasks/<uuid:uid>/complete/", work.task_complete, name="api-task-complete"),
    path("maintenance/tasks/<uuid:uid>/cancel/", work.task_cancel, name="api-task-cancel"),
    path("maintenance/tasks/<uuid:uid>/reschedule/", work.task_reschedule, name="api-task-reschedule"),
    path("maintenance/logs/", work.log_list, name="api-logs"),
    path("maintenance/failures", failures.failure_report, name="api-failures"),
    # /ml/
    path("ml/forecast", forecasts.forecast, name="api-ml-forecast"),
    # /technicians/
    path("technicians/", technicians.technician_list, name="api-technicians"),
    path("technicians/<int:technician_id>/", technicians.technician_detail, name="api-technician"),
]
