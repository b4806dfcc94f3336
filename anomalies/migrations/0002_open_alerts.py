from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """What is open is a small part of all alerts, and is counted on each page."""

    atomic = False
    dependencies = [("anomalies", "0001_initial")]

    operations = [
        migrations.RunSQL("DROP INDEX IF EXISTS alert_open", migrations.RunSQL.noop),  # half built, if cut off
        AddIndexConcurrently(
            "alert",
            models.Index(
                condition=models.Q(("state", "normal"), _negated=True),
                fields=["organization", "priority"],
                name="alert_open",
            ),
        ),
    ]
