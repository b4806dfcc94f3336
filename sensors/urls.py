from __future__ import annotations

from django.urls import path

from sensors import views
from sensors.transfers import export_views
from sensors.transfers import views as import_views

urlpatterns = [
    # /quarantine/
    path("quarantine/", views.quarantine, name="quarantine"),
    path("quarantine/resubmit/", views.quarantine_resubmit_many, name="quarantine-resubmit-many"),
    path("quarantine/discard/", views.quarantine_discard_many, name="quarantine-discard-many"),
    path("quarantine/restore/", views.quarantine_restore_many, name="quarantine-restore-many"),
    path("quarantine/piece/", views.quarantine_piece, name="quarantine-piece"),
    path("quarantine/<int:pk>/", views.quarantine_detail, name="quarantine-detail"),
    path("quarantine/<int:pk>/resubmit/", views.quarantine_resubmit, name="quarantine-resubmit"),
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
