"""What the API takes and gives for imports and exports, as serializers."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from sensors.api.schemas import AwareDateTimeField
from sensors.models import Import
from sensors.transfers.encoding import FORMATS
from sensors.transfers.progress import progress_of

RESOLUTIONS = ("raw", "1h", "1d")


class ImportUpload(serializers.Serializer[Any]):
    file = serializers.FileField()
    filename = serializers.CharField(required=False)
    mapping = serializers.CharField(required=False, help_text="JSON: which column means what.")


class ImportOut(serializers.Serializer[Any]):
    """accepted + duplicate + rejected = readings."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Import.Kind.choices)
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField()
    owner = serializers.CharField()
    state = serializers.ChoiceField(Import.State.choices)
    error = serializers.CharField(allow_blank=True)
    mapping = serializers.JSONField(allow_null=True)
    progress = serializers.SerializerMethodField(help_text="From 0 to 1.")
    rows = serializers.IntegerField()
    readings = serializers.IntegerField()
    accepted = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = serializers.IntegerField()
    correlation_id = serializers.UUIDField()
    created_at = AwareDateTimeField()
    started_at = AwareDateTimeField(allow_null=True)
    finished_at = AwareDateTimeField(allow_null=True)

    def get_progress(self, job: Import) -> float | None:
        return progress_of(job, timezone.now()).share


class ImportPage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ImportOut(many=True)


class ExportQuery(serializers.Serializer[Any]):
    sensor_id = serializers.ListField(
        child=serializers.CharField(max_length=128), default=list, help_text="Codes; default all."
    )
    asset_id = serializers.ListField(
        child=serializers.CharField(max_length=128), default=list, help_text="Codes of machines."
    )
    start_ts = AwareDateTimeField(required=False, help_text="From, included.")
    end_ts = AwareDateTimeField(required=False, help_text="To, not included.")
    resolution = serializers.ChoiceField(RESOLUTIONS, default="raw", help_text="Each reading, hours or days.")
    format = serializers.ChoiceField(FORMATS, default="csv")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.get("start_ts"), attrs.get("end_ts")
        if start and end and start >= end:
            raise serializers.ValidationError({"end_ts": "The end must be after the start."})
        return attrs
