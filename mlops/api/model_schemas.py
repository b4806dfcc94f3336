"""What programs see of models."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from mlops.models import Model, ModelVersion
from mlops.standing import WORST_FIRST


class LivePrecision(serializers.Serializer[Any]):
    share = serializers.FloatField(allow_null=True, help_text="0 to 1; null where nobody has said.")
    low = serializers.FloatField(help_text="Of its 90 % interval.")
    high = serializers.FloatField()
    count = serializers.FloatField(help_text="Announcements judged; said from the screen, one counts half.")


class InputDriftOut(serializers.Serializer[Any]):
    state = serializers.ChoiceField([str(one) for one in WORST_FIRST], help_text="The worst of its inputs.")
    inputs = serializers.IntegerField(help_text="So many are in this state.")
    looked = serializers.IntegerField(help_text="Of so many that were looked at.")


class ModelSerializer(serializers.ModelSerializer[Model]):
    """Takes the organization's `standings` from its context."""

    tags = serializers.DictField(child=serializers.CharField())
    champion = serializers.SerializerMethodField(help_text="The number of the version that serves.")
    precision = serializers.SerializerMethodField(help_text="Of what was found in the last 90 days.")
    drift = serializers.SerializerMethodField(help_text="Null where no input was looked at.")

    class Meta:
        model = Model
        fields = ["name", "purpose", "scope", "tags", "champion", "precision", "drift", "created_at"]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_champion(self, model: Any) -> int | None:
        return model.champions[0].number if model.champions else None

    @extend_schema_field(LivePrecision)
    def get_precision(self, model: Model) -> Any:
        return LivePrecision(self.context["standings"].of(model).precision).data

    @extend_schema_field(InputDriftOut(allow_null=True))
    def get_drift(self, model: Model) -> Any:
        drift = self.context["standings"].of(model).drift
        return InputDriftOut(drift).data if drift else None


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
