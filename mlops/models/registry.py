"""Models as things: each has versions; at most one of them serves (champion) and one is on trial."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from smartmaint.accounts.models import Organization


class Purpose(models.TextChoices):
    ANOMALY = "anomaly", _("detection")
    FAILURE = "failure", _("failure within a horizon")
    REMAINING_LIFE = "remaining-life", _("remaining useful life")
    CLASSIFICATION = "classification", _("classification")
    FORECAST = "forecast", _("forecast")


class Model(models.Model):
    """One purpose for one scope. Its name is what programs ask for."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="models")
    name = models.SlugField(max_length=100, help_text="Such as failure-pump; unique in the organization.")
    purpose = models.CharField(max_length=32, choices=Purpose)
    scope = models.CharField(max_length=100, help_text="Such as organization, sensor:7 or asset-class:pump.")
    tags = models.JSONField(default=dict, help_text='What it is for, such as {"domain": "bearing"}.')
    tracked = models.JSONField(default=dict, help_text="The aliases that MLflow has, with their versions.")
    tracking_error = models.CharField(max_length=500, blank=True, help_text="Why MLflow is behind.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="model_name_once"),
            models.UniqueConstraint(fields=["organization", "purpose", "scope"], name="model_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def champions(self) -> Self:
        return self.filter(stage=ModelVersion.Stage.CHAMPION)

    def challengers(self) -> Self:
        return self.filter(stage=ModelVersion.Stage.CHALLENGER)

    def with_artifact(self) -> Self:
        """Those that should have their file."""
        return self.exclude(sha256="").exclude(file_state=ModelVersion.FileState.PRUNED)


class ModelVersion(models.Model):
    """What one training, or a choice of settings, gave: where from, how good, is its file whole."""

    class Stage(models.TextChoices):
        CANDIDATE = "candidate", _("candidate")
        CHALLENGER = "challenger", _("challenger: runs in shadow")
        CHAMPION = "champion", _("champion: serves")
        RETIRED = "retired", _("retired")
        REFUSED = "refused", _("refused: its file is not what was registered")

    class FileState(models.TextChoices):
        NONE = "none", _("has no file")
        VERIFIED = "verified", _("verified")
        CHANGED = "changed", _("changed")
        MISSING = "missing", _("missing")
        PRUNED = "pruned", _("dropped as out of date")

    model = models.ForeignKey(Model, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.CANDIDATE)
    algorithm = models.CharField(max_length=64, help_text="Its name and format version.")
    settings = models.JSONField(default=dict, help_text="What was chosen rather than learnt.")
    features = models.JSONField(default=list, help_text="Of each input: name, kind, unit, low, high.")
    signature = models.JSONField(default=dict, help_text="Inputs and outputs, as MLflow writes them.")
    metrics = models.JSONField(default=dict, help_text="On held-out data, by name.")
    seed = models.IntegerField(default=0)
    rows = models.PositiveIntegerField(default=0, help_text="It learnt from so many.")
    data_from = models.DateTimeField(null=True)
    data_until = models.DateTimeField(null=True)
    libraries = models.JSONField(default=dict, help_text="Versions of what it was trained with.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of its file; empty where it has none.")
    size = models.PositiveIntegerField(default=0, help_text="Of its file, bytes.")
    file_state = models.CharField(max_length=10, choices=FileState, default=FileState.NONE)
    file_checked_at = models.DateTimeField(null=True)
    tracking_run = models.CharField(max_length=64, blank=True, help_text="The run in MLflow.")
    created_at = models.DateTimeField()
    actor = models.CharField(max_length=100, help_text="Who or what made it.")

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="model_version_once"),
            models.UniqueConstraint(
                fields=["model"], condition=Q(stage="champion"), name="model_champion_once"
            ),
            models.UniqueConstraint(
                fields=["model"], condition=Q(stage="challenger"), name="model_challenger_once"
            ),
        ]
        indexes = [models.Index(fields=["model", "stage"], name="model_version_stage")]

    def __str__(self) -> str:
        return f"{self.model_id} v{self.number}"


class ModelTransition(models.Model):
    """A change of a version's stage: who, when, why."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="transitions")
    action = models.CharField(
        max_length=16, help_text="registered, tried, promoted, rolled_back, retired, refused, pruned"
    )
    from_stage = models.CharField(max_length=12, blank=True)
    to_stage = models.CharField(max_length=12)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor = models.CharField(max_length=100)
    reason = models.CharField(max_length=1000)

    class Meta:
        indexes = [models.Index(fields=["version", "at"], name="model_version_history")]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor}"
