from __future__ import annotations

from django.urls import URLPattern, path

from reports import forecast_views as forecasts
from reports import machine_views as machines
from reports import model_views as models
from reports import table_views as tables
from reports import views

urlpatterns: list[URLPattern] = [
    path("", views.overview, name="overview"),
    path("frame/", views.frame, name="frame"),
    path("assets/", machines.asset_list, name="asset-list"),
    path("assets/<int:pk>/", machines.asset_detail, name="asset-detail"),
    path("assets/<int:pk>/chart/", machines.asset_chart, name="asset-chart"),
    path("sensors/<int:pk>/", machines.sensor_detail, name="sensor-detail"),
    path("sensors/<int:pk>/chart/", machines.sensor_chart, name="sensor-chart"),
    path("sensors/<int:pk>/forecast/", forecasts.sensor_forecast, name="sensor-forecast"),
    path(
        "sensors/<int:pk>/forecast/request/",
        forecasts.sensor_forecast_request,
        name="sensor-forecast-request",
    ),
    path("forecasts/<int:pk>/chart/", forecasts.forecast_chart, name="forecast-chart"),
    path("models/", models.model_list, name="model-list"),
    path("models/train/", models.model_train, name="model-train"),
    path("models/tables/upload/", tables.table_create, name="table-create"),
    path("models/tables/<int:pk>/", tables.table_detail, name="table-detail"),
    path("models/tables/<int:pk>/train/", tables.table_train, name="table-train"),
    path("models/<int:pk>/", models.model_detail, name="model-detail"),
    path("models/<int:pk>/choose/", models.model_choose, name="model-choose"),
    path("versions/<int:pk>/chart/", models.version_chart, name="version-chart"),
    path("versions/<int:pk>/promote/", models.version_promote, name="version-promote"),
    path("versions/<int:pk>/try/", models.version_try, name="version-try"),
    path("versions/<int:pk>/roll-back/", models.version_roll_back, name="version-roll-back"),
    path("alerts/<int:pk>/chart/", machines.alert_chart, name="alert-chart"),
]
