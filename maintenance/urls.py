from __future__ import annotations

from django.urls import URLPattern, path

from maintenance import views

urlpatterns: list[URLPattern] = [
    path("decisions/", views.decision_list, name="decision-list"),
    path("work/", views.task_list, name="task-list"),
    path("work/<uuid:uid>/", views.task_detail, name="task-detail"),
    path("my-work/", views.my_work, name="my-work"),
    path("alerts/<int:pk>/work/", views.alert_work, name="alert-work"),
]
