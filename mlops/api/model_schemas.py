"""What programs see of models."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from mlops.models import Model, ModelVersion


class ModelSerializer(serializers.ModelSerializer[Model]):
    tags = serializers.DictField(child=serializers.CharField())
    champion = serializers.SerializerMethodField(help_text="The number of the version that serves.")

    class Meta:
        model = Model
        fields = ["name", "purpose", "scope", "tags", "champion", "created_at"]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_champion(self, model: Any) -> int | None:
        return model.champions[0].number if model.champions else None


class VersionSerializer(serializers.ModelSerializer[ModelVersion]):
    name = serializers.CharField(source="model.name")
    purpose = serializers.CharField(source="model.purpose")
    settings = serializers.DictField()
    features = serializers.ListField(child=serializers.DictField())
    signature = serializers.DictField()
    metrics = serializers.DictField(help_text="On held-out data, by name.")
    libraries = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = ModelVersion
        fields = [
            "name",
            "purpose",
            "number",
            "stage",
            "algorithm",
            "settings",
            "features",
            "signature",
            "metrics",
            "seed",
            "rows",
            "data_from",
            "data_until",
            "libraries",
            "sha256",
            "size",
            "file_state",
            "file_checked_at",
            "tracking_run",
            "created_at",
            "actor",
        ]


class HealthSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["up", "degraded"])
    reasons = serializers.ListField(child=serializers.CharField(), help_text="Why it is degraded.")
    models = serializers.IntegerField()
    serving = serializers.IntegerField(help_text="Models of which a version serves.")
    refused = serializers.IntegerField(help_text="Versions whose file is not what was registered.")
    waiting = serializers.IntegerField(help_text="Trainings that wait.")
    running = serializers.IntegerField(help_text="Trainings under way.")
    untracked = serializers.IntegerField(help_text="Versions that MLflow does not have yet.")
