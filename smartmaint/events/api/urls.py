from __future__ import annotations

from django.urls import URLPattern, path

from smartmaint.events.api import views

urlpatterns: list[URLPattern] = [
    path("traces/<uuid:correlation_id>", views.read_trace, name="api-trace"),
]
