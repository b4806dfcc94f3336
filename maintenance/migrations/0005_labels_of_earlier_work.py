from django.db import migrations

BATCH = 1000


def label_earlier_work(apps, schema_editor):
    """Let what was found before labels were kept count as known failures; of no version, as none was noted."""
    MaintenanceLog = apps.get_model("maintenance", "MaintenanceLog")
    Outcome = apps.get_model("mlops", "Outcome")
    logs = MaintenanceLog.objects.select_related("task__alert").order_by("pk")
    rows = [_outcome(Outcome, log) for log in logs.iterator(BATCH)]
    Outcome.objects.bulk_create(rows, BATCH, ignore_conflicts=True)


def _outcome(Outcome, log):
    alert = log.task.alert
    return Outcome(
        organization_id=log.organization_id,
        scope=f"asset:{log.task.asset_id}",
        origin=f"task:{log.task.uid}",
        subject=f"alert:{alert.pk}" if alert else "",
        source="technician",
        finding=log.finding,
        failure_mode=log.failure_mode,
        raised_at=alert.raised_at if alert else None,
        found_at=log.completed_at,
        recorded_at=log.completed_at,
        actor=log.actor,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("maintenance", "0004_prediction_by_model"),
        ("mlops", "0003_outcomes"),
    ]

    operations = [migrations.RunPython(label_earlier_work, migrations.RunPython.noop)]
