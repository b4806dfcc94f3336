"""What programs give and get of tables to learn from."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from mlops.models import TrainingJob, TrainingTable
from mlops.services.tables import LONGEST


class TableUpload(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="CSV with a header, commas, UTF-8; maybe packed by gzip.")
    name = serializers.RegexField(
        r"^[\w.-]{1,80}\Z",
        help_text="What it is about, such as milling: later tables of this name are compared with its model.",
    )


class TableChoice(serializers.Serializer[Any]):
    target = serializers.CharField(
        max_length=LONGEST, trim_whitespace=False, help_text="The column that says which rows failed, 0 or 1."
    )
    without = serializers.ListField(
        child=serializers.CharField(max_length=10_000, trim_whitespace=False),
        max_length=200,
        default=list,
        help_text="Columns that are no inputs, such as numbers of rows and kinds of failure.",
    )
    accept_warnings = serializers.BooleanField(
        default=False, help_text="Learn also from columns that tell the target by themselves."
    )


class ColumnOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.ChoiceField(["number", "text"])
    different = serializers.IntegerField(help_text="Different cells.")
    examples = serializers.ListField(child=serializers.CharField())
    label = serializers.BooleanField(  # type: ignore[assignment]
        help_text="It may be the target: all cells are 0 or 1, or yes or no."
    )
    problem = serializers.CharField(allow_blank=True, help_text="Why it can be no input.")
    doubt = serializers.CharField(allow_blank=True, help_text="Why it should be none.")


class TrainingOut(serializers.ModelSerializer[TrainingJob]):
    model_name = serializers.CharField(source="model.name", default=None, allow_null=True)
    model_version = serializers.IntegerField(source="version.number", default=None, allow_null=True)

    class Meta:
        model = TrainingJob
        fields = [
            "state",
            "step",
            "outcome",
            "model_name",
            "model_version",
            "correlation_id",
            "asked_at",
            "started_at",
            "ended_at",
        ]


class TableOut(serializers.ModelSerializer[TrainingTable]):
    name = serializers.SerializerMethodField()
    filename = serializers.CharField(source="name")
    columns = ColumnOut(many=True)
    without = serializers.ListField(child=serializers.CharField())
    warnings = serializers.ListField(child=serializers.CharField())
    training = serializers.SerializerMethodField(help_text="Null until it is asked for.")

    class Meta:
        model = TrainingTable
        fields = [
            "id",
            "name",
            "filename",
            "sha256",
            "rows",
            "columns",
            "target",
            "without",
            "warnings",
            "training",
            "given_at",
            "actor",
        ]

    def get_name(self, table: TrainingTable) -> str:
        return table.scope.removeprefix("table:")

    @extend_schema_field(TrainingOut(allow_null=True))
    def get_training(self, table: TrainingTable) -> Any:
        return TrainingOut(table.job).data if table.job else None
