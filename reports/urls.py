from __future__ import annotations

from django.urls import URLPattern, path

from reports import machines, views

urlpatterns: list[URLPattern] = [
    path("", views.overview, name="overview"),
    path("frame/", views.frame, name="frame"),
    path("assets/", machines.asset_list, name="asset-list"),
    path("assets/<int:pk>/", machines.asset_detail, name="asset-detail"),
    path("sensors/<int:pk>/", machines.sensor_detail, name="sensor-detail"),
]
