from __future__ import annotations

from django.urls import path

from sensors.api import (
    assets,
    bearings,
    exports,
    imports,
    ingest,
    kept_waveforms,
    quarantine,
    readings,
    reference,
    sensors,
    simulate,
    sites,
    waveforms,
)

urlpatterns = [
    # /data/
    path("data/ingest", ingest.ingest, name="api-ingest"),
    path("data/waveforms", waveforms.send_waveform, name="api-waveforms"),
    path("data/imports", imports.import_list, name="api-imports"),
    path("data/imports/<int:import_id>", imports.import_detail, name="api-import"),
    path("data/imports/<int:import_id>/cancel", imports.import_cancel, name="api-import-cancel"),
    path("data/imports/<int:import_id>/resume", imports.import_resume, name="api-import-resume"),
    path("data/imports/<int:import_id>/report", imports.import_report, name="api-import-report"),
    path("data/exports/readings", exports.export_readings, name="api-export-readings"),
    path("data/quarantine", quarantine.quarantine_list, name="api-quarantine"),
    path("data/quarantine/resubmit", quarantine.quarantine_resubmit_many, name="api-quarantine-resubmit"),
    path("data/quarantine/discard", quarantine.quarantine_discard_many, name="api-quarantine-discard"),
    path("data/quarantine/<int:reading_id>", quarantine.quarantine_detail, name="api-quarantined"),
    path(
        "data/quarantine/<int:reading_id>/resubmit",
        quarantine.quarantine_resubmit,
        name="api-quarantined-resubmit",
    ),
    path(
        "data/quarantine/<int:reading_id>/discard",
        quarantine.quarantine_discard,
        name="api-quarantined-discard",
    ),
    path(
        "data/quarantine/<int:reading_id>/restore",
        quarantine.quarantine_restore,
        name="api-quarantined-restore",
    ),
    # /sensors/ (what is stored), before the sensors themselves
    path("sensors/readings", readings.list_readings, name="api-readings"),
    path("sensors/sensors", readings.list_summaries, name="api-sensor-summaries"),
    path("sensors/waveforms", kept_waveforms.list_waveforms, name="api-kept-waveforms"),
    path("sensors/waveforms/<int:waveform_id>", kept_waveforms.read_waveform, name="api-kept-waveform"),
    path("sensors/", sensors.sensor_list, name="api-sensors"),
    path("sensors/<int:sensor_id>/", sensors.sensor_detail, name="api-sensor"),
    path("benchmark/reference", reference.reference, name="api-benchmark-reference"),
    # /simulate/
    path("simulate/normal-data", simulate.normal_data, name="api-simulate-normal"),
    path("simulate/drift-event", simulate.drift_event, name="api-simulate-drift"),
    path("simulate/anomaly-event", simulate.anomaly_event, name="api-simulate-anomaly"),
    # /sites/, /assets/
    path("sites/", sites.site_list, name="api-sites"),
    path("sites/<int:site_id>/", sites.site_detail, name="api-site"),
    path("assets/", assets.asset_list, name="api-assets"),
    path("assets/<int:asset_id>/", assets.asset_detail, name="api-asset"),
    path("assets/<int:asset_id>/bearing", bearings.asset_bearing, name="api-asset-bearing"),
]
