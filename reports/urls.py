from __future__ import annotations

from django.urls import URLPattern, path

from reports import views

urlpatterns: list[URLPattern] = [
    path("", views.overview, name="overview"),
    path("frame/", views.frame, name="frame"),
    path("assets/", views.asset_list, name="asset-list"),
    path("assets/<int:pk>/", views.asset_detail, name="asset-detail"),
    path("sensors/<int:pk>/", views.sensor_detail, name="sensor-detail"),
]
