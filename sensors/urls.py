from __future__ import annotations

from django.urls import path

from sensors import views
from sensors.transfers import export_views
from sensors.transfers import views as import_views

urlpatterns = [
    path("quarantine/", views.quarantine, name="quarantine"),
    # /data/
    path("data/imports/", import_views.import_list, name="import-list"),
    path("data/imports/upload/", import_views.import_create, name="import-create"),
    path("data/imports/<int:import_id>/", import_views.import_detail, name="import-detail"),
    path("data/imports/<int:import_id>/start/", import_views.import_start, name="import-start"),
    path("data/imports/<int:import_id>/cancel/", import_views.import_cancel, name="import-cancel"),
    path("data/imports/<int:import_id>/resume/", import_views.import_resume, name="import-resume"),
    path("data/imports/<int:import_id>/report/", import_views.import_report, name="import-report"),
    path("data/exports/", export_views.export_form, name="export-form"),
    path("data/exports/download/", export_views.export_download, name="export-download"),
]
