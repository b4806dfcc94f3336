from __future__ import annotations

from django.urls import path

from sensors import views

urlpatterns = [
    path("quarantine/", views.quarantine, name="quarantine"),
]
