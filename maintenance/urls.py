from __future__ import annotations

from django.urls import URLPattern, path

from maintenance import views, work_views

urlpatterns: list[URLPattern] = [
    path("decisions/", views.decision_list, name="decision-list"),
    path("decisions/<uuid:request_id>/answer/", views.decision_answer, name="decision-answer"),
    path("decisions/<uuid:request_id>/outcome/", views.decision_outcome, name="decision-outcome"),
    path("alerts/<int:pk>/work/", views.alert_work, name="alert-work"),
    path("work/", work_views.task_list, name="task-list"),
    path("work/<uuid:uid>/", work_views.task_detail, name="task-detail"),
    path("work/<uuid:uid>/start/", work_views.task_start, name="task-start"),
    path("work/<uuid:uid>/complete/", work_views.task_complete, name="task-complete"),
    path("my-work/", work_views.my_work, name="my-work"),
]
