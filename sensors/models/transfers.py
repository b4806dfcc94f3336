"""History that somebody brings as a file: how far it is, and what of it was refused."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from smartmaint.accounts.models import Organization, User


class Import(models.Model):
    """An uploaded file and its way into the store, chunk by chunk.

    `position` (bytes), `line` and the counts move in the transaction that stores a chunk's readings.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("waits for its columns")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    class Kind(models.TextChoices):
        CSV = "csv", "CSV"
        CSV_GZ = "csv.gz", "CSV.gz"
        PARQUET = "parquet", "Parquet"

    RESUMABLE = (State.FAILED, State.CANCELLED)

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="imports")
    name = models.CharField(max_length=255, help_text="What the file was called.")
    folder = models.UUIDField(default=uuid.uuid4, unique=True, help_text="Where the file is kept.")
    kind = models.CharField(max_length=8, choices=Kind)
    size = models.BigIntegerField(help_text="Bytes, as uploaded.")
    sha256 = models.CharField(max_length=64)
    owner = models.CharField(max_length=200, help_text="The person or token that brought it.")
    owner_user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    preview = models.JSONField(default=dict, help_text="Delimiter, encoding, columns and first rows.")
    mapping = models.JSONField(null=True, help_text="Which column means what.")
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    error = models.CharField(max_length=500, blank=True)
    correlation_id = models.UUIDField(default=uuid.uuid4)

    table_size = models.BigIntegerField(null=True, help_text="Bytes to read; unknown until unpacked.")
    position = models.BigIntegerField(default=0, help_text="Bytes read.")
    line = models.BigIntegerField(default=0, help_text="Lines read, the heading counted.")
    step = models.PositiveIntegerField(default=0, help_text="Chunks done: what a repeated event is known by.")
    rows = models.BigIntegerField(default=0)
    readings = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    duplicate = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)

    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, help_text="When it was last started or resumed.")
    started_rows = models.BigIntegerField(default=0, help_text="How many rows were done then.")
    moved_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    file_deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(readings=F("accepted") + F("duplicate") + F("rejected")), name="import_adds_up"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at"], name="import_recent"),
            models.Index(fields=["created_at"], name="import_age"),
        ]

    def __str__(self) -> str:
        return self.name


class ImportRejection(models.Model):
    """A reading, or a row, of an import that was not stored, as it stood in the file."""

    job = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rejections", db_index=False)
    row = models.BigIntegerField(help_text="Its line in the file; the heading is line 1.")
    column = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=500)
    text = models.CharField(max_length=1000, blank=True, help_text="What stood there.")

    class Meta:
        indexes = [models.Index(fields=["job", "id"], name="import_rejection_order")]

    def __str__(self) -> str:
        return f"row {self.row}: {self.code}"
