from __future__ import annotations

from django.urls import URLPattern, path

from reports import machine_views as machines
from reports import views

urlpatterns: list[URLPattern] = [
    path("", views.overview, name="overview"),
    path("frame/", views.frame, name="frame"),
    path("assets/", machines.asset_list, name="asset-list"),
    path("assets/<int:pk>/", machines.asset_detail, name="asset-detail"),
    path("assets/<int:pk>/chart/", machines.asset_chart, name="asset-chart"),
    path("sensors/<int:pk>/", machines.sensor_detail, name="sensor-detail"),
    path("sensors/<int:pk>/chart/", machines.sensor_chart, name="sensor-chart"),
    path("alerts/<int:pk>/chart/", machines.alert_chart, name="alert-chart"),
]
