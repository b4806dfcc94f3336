from __future__ import annotations

from importlib import import_module

from django.apps import apps

from maintenance.models import MaintenanceLog
from mlops.models import Outcome
from tests.anomalies.factories import AlertFactory
from tests.maintenance.factories import NOW, TaskFactory

MIGRATION = import_module("maintenance.migrations.0005_labels_of_earlier_work")


def test_what_was_found_before_labels_were_kept_counts_as_a_known_failure(organization):
    alert = AlertFactory(asset__organization=organization)
    task = TaskFactory(asset=alert.asset, alert=alert)
    log = {"organization": organization, "finding": "true", "failure_mode": "VIB", "actor": "Ana"}
    MaintenanceLog.objects.create(task=task, completed_at=NOW, **log)
    for _ in range(2):
        MIGRATION.label_earlier_work(apps, None)
    outcome = Outcome.objects.failures().get()
    assert (outcome.scope, outcome.subject) == (f"asset:{alert.asset_id}", f"alert:{alert.pk}")
    assert (outcome.raised_at, outcome.found_at, outcome.version) == (alert.raised_at, NOW, None)
