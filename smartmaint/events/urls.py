from __future__ import annotations

from django.urls import URLPattern, path

from smartmaint.events import views

urlpatterns: list[URLPattern] = [
    path("system/", views.system, name="system"),
    path("system/dead-letters/<int:pk>/replay/", views.dead_letter_replay, name="dead-letter-replay"),
    path("system/dead-letters/<int:pk>/discard/", views.dead_letter_discard, name="dead-letter-discard"),
    path("trace/<uuid:correlation_id>/", views.trace, name="trace"),
]
