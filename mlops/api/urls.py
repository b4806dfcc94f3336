from __future__ import annotations

from django.urls import path

from mlops.api import views

urlpatterns = [
    path("ml/predict", views.predict, name="api-ml-predict"),
]
