from __future__ import annotations

from django.urls import path

from sensors.api import assets, ingest, readings, sensors, sites

urlpatterns = [
    # /data/
    path("data/ingest", ingest.ingest, name="api-ingest"),
    # /sensors/ (what is stored), before the sensors themselves
    path("sensors/readings", readings.list_readings, name="api-readings"),
    path("sensors/sensors", readings.list_summaries, name="api-sensor-summaries"),
    path("sensors/", sensors.sensor_list, name="api-sensors"),
    path("sensors/<int:sensor_id>/", sensors.sensor_detail, name="api-sensor"),
    # /sites/, /assets/
    path("sites/", sites.site_list, name="api-sites"),
    path("sites/<int:site_id>/", sites.site_detail, name="api-site"),
    path("assets/", assets.asset_list, name="api-assets"),
    path("assets/<int:asset_id>/", assets.asset_detail, name="api-asset"),
]
