import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sensors", "0003_connectors"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="What the file was called.", max_length=255)),
                ("folder", models.UUIDField(default=uuid.uuid4, help_text="Where the file is kept.", unique=True)),
                ("kind", models.CharField(choices=[("csv", "CSV"), ("csv.gz", "CSV.gz"), ("parquet", "Parquet")], max_length=8)),
                ("size", models.BigIntegerField(help_text="Bytes, as uploaded.")),
                ("sha256", models.CharField(max_length=64)),
                ("owner", models.CharField(help_text="The person or token that brought it.", max_length=200)),
                ("preview", models.JSONField(default=dict, help_text="Delimiter, encoding, columns and first rows.")),
                ("mapping", models.JSONField(help_text="Which column means what.", null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "waits for its columns"),
                            ("running", "running"),
                            ("done", "done"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="uploaded",
                        max_length=10,
                    ),
                ),
                ("error", models.CharField(blank=True, max_length=500)),
                ("correlation_id", models.UUIDField(default=uuid.uuid4)),
                ("table_size", models.BigIntegerField(help_text="Bytes to read; unknown until unpacked.", null=True)),
                ("position", models.BigIntegerField(default=0, help_text="Bytes read.")),
                ("line", models.BigIntegerField(default=0, help_text="Lines read, the heading counted.")),
                ("step", models.PositiveIntegerField(default=0, help_text="Chunks done: what a repeated event is known by.")),
                ("rows", models.BigIntegerField(default=0)),
                ("readings", models.BigIntegerField(default=0)),
                ("accepted", models.BigIntegerField(default=0)),
                ("duplicate", models.BigIntegerField(default=0)),
                ("rejected", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(help_text="When it was last started or resumed.", null=True)),
                ("started_rows", models.BigIntegerField(default=0, help_text="How many rows were done then.")),
                ("moved_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("file_deleted_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="imports", to="accounts.organization"),
                ),
                (
                    "owner_user",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization", "-created_at"], name="import_recent"),
                    models.Index(fields=["created_at"], name="import_age"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("readings", models.F("accepted") + models.F("duplicate") + models.F("rejected"))),
                        name="import_adds_up",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRejection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.BigIntegerField(help_text="Its line in the file; the heading is line 1.")),
                ("column", models.CharField(blank=True, max_length=200)),
                ("code", models.CharField(max_length=40)),
                ("reason", models.CharField(max_length=500)),
                ("text", models.CharField(blank=True, help_text="What stood there.", max_length=1000)),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rejections",
                        to="sensors.import",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["job", "id"], name="import_rejection_order")]},
        ),
    ]
