"""Tables that people gave to learn from."""

from __future__ import annotations

from typing import Self

from django.db import models

from mlops.models.training import TrainingJob
from smartmaint.accounts.models import Organization


class TrainingTableQuerySet(models.QuerySet["TrainingTable"]):
    def chosen(self) -> Self:
        """Those of which somebody said which column is the target."""
        return self.exclude(target="")


class TrainingTable(models.Model):
    """A table as it was given; its file lies in the store. The newest of a scope that has a target is learnt
    from. Rows and columns are empty until a worker has looked at it."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    scope = models.CharField(max_length=100, help_text="Such as table:milling.")
    name = models.CharField(max_length=200, help_text="Of the file that was given.")
    sha256 = models.CharField(max_length=64)
    columns = models.JSONField(default=list, help_text="What was seen of each; see mlops.tables.looking.")
    target = models.CharField(
        max_length=200, blank=True, help_text="The column that says which rows failed; empty: not chosen yet."
    )
    without = models.JSONField(default=list, help_text="Columns that are no inputs.")
    warnings = models.JSONField(default=list, help_text="What people should look at, in words.")
    rows = models.PositiveIntegerField(default=0)
    job = models.ForeignKey(TrainingJob, null=True, on_delete=models.SET_NULL, related_name="tables")
    pruned_at = models.DateTimeField(null=True, help_text="When its file was dropped as out of date.")
    given_at = models.DateTimeField()
    actor = models.CharField(max_length=100)

    objects = TrainingTableQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organization", "scope", "-given_at"], name="table_newest")]

    def __str__(self) -> str:
        return f"{self.name} for {self.scope}"
