"""Tables that people gave to learn from."""

from __future__ import annotations

from django.db import models

from smartmaint.accounts.models import Organization


class TrainingTable(models.Model):
    """A table as it was given; its file lies in the store. The newest of a scope is learnt from."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    scope = models.CharField(max_length=100, help_text="Such as table:milling.")
    name = models.CharField(max_length=200, help_text="Of the file that was given.")
    sha256 = models.CharField(max_length=64)
    target = models.CharField(max_length=200, help_text="The column that says which rows failed.")
    without = models.JSONField(default=list, help_text="Columns that are no inputs.")
    warnings = models.JSONField(default=list, help_text="What people should look at, in words.")
    rows = models.PositiveIntegerField()
    given_at = models.DateTimeField()
    actor = models.CharField(max_length=100)

    class Meta:
        indexes = [models.Index(fields=["organization", "scope", "-given_at"], name="table_newest")]

    def __str__(self) -> str:
        return f"{self.name} for {self.scope}"
