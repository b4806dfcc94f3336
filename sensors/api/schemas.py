"""What the API takes and gives, as serializers: they validate, and they are the OpenAPI schema."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Kept 7 days: the same key and payload get the first answer again.",
)
STATUSES = ["event_published", "duplicate_ignored", "rejected"]


@extend_schema_field(OpenApiTypes.DATETIME)
class AwareDateTimeField(serializers.Field[datetime, str, str, Any]):
    """RFC 3339 with an offset, as UTC; a naive time is refused, and one outside the years 1 to 9999 of UTC,
    which the database would keep and Python could not read back."""

    default_error_messages = {
        "naive": "Write the time with its offset, such as 2026-03-02T12:00:00Z.",
        "range": "The time is outside of the years 1 to 9999 of UTC.",
    }

    def to_internal_value(self, data: str) -> datetime:
        try:
            moment = parse_datetime(str(data).replace(" ", "+"))  # "+" in a URL arrives as a space
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.fail("naive")
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            self.fail("range")

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


class ReadingIn(serializers.Serializer[Any]):
    sensor_id = serializers.CharField(max_length=128, help_text="The sensor's code.")
    value = serializers.FloatField(help_text="Finite, any sign.")
    timestamp = AwareDateTimeField(required=False, help_text="Default: now.")
    sensor_type = serializers.CharField(max_length=64, required=False)
    unit = serializers.CharField(max_length=32, required=False)
    quality = serializers.FloatField(min_value=0, max_value=1, default=1.0)
    correlation_id = serializers.UUIDField(required=False)
    metadata = serializers.DictField(required=False, help_text="`asset` names the machine.")


class ReadingsIn(serializers.Serializer[Any]):
    readings = ReadingIn(many=True)


class ReadingAnswer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(STATUSES)
    event_id = serializers.UUIDField(allow_null=True)
    correlation_id = serializers.UUIDField()
    sensor_id = serializers.CharField()


class RowErrorOut(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ReadingsAnswer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(STATUSES)
    event_id = serializers.UUIDField(allow_null=True)
    correlation_id = serializers.UUIDField()
    accepted = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = serializers.IntegerField()
    errors = RowErrorOut(many=True)  # type: ignore[assignment]


IngestRequest = {
    "application/json": PolymorphicProxySerializer(
        component_name="IngestRequest",
        serializers=[ReadingIn, ReadingIn(many=True), ReadingsIn],
        resource_type_field_name=None,
        many=False,
    ),
    "application/x-ndjson": {
        "type": "string",
        "description": "A reading a line, each with its own verdict.",
        "example": '{"sensor_id":"P-1.vibration","value":2.1}',
    },
    "text/csv": {
        "type": "string",
        "description": "A header of field names in any order, then a reading a row.",
        "example": "sensor_id,value\nP-1.vibration,2.1",
    },
}
IngestAnswer = PolymorphicProxySerializer(
    component_name="IngestAnswer",
    serializers=[ReadingAnswer, ReadingsAnswer],
    resource_type_field_name=None,
    many=False,
)


class ReadingQuery(serializers.Serializer[Any]):
    sensor_id = serializers.CharField(help_text="The sensor's code.")
    start_ts = AwareDateTimeField(required=False, help_text="From, included.")
    end_ts = AwareDateTimeField(required=False, help_text="To, not included.")
    limit = serializers.IntegerField(min_value=1, max_value=1000, default=100)
    cursor = serializers.CharField(required=False)
    bucket = serializers.ChoiceField(["1m", "1h", "1d"], required=False)
    points = serializers.IntegerField(min_value=3, max_value=2000, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.get("start_ts"), attrs.get("end_ts")
        if start and end and start >= end:
            raise serializers.ValidationError({"end_ts": "The end must be after the start."})
        if "bucket" in attrs and "points" in attrs:
            raise serializers.ValidationError({"points": "Choose bucket or points, not both."})
        return attrs


class ReadingOut(serializers.Serializer[Any]):
    """One reading; with `bucket` what the readings of a period sum up to, which starts at `timestamp`."""

    sensor_id = serializers.CharField()
    timestamp = AwareDateTimeField()
    value = serializers.FloatField(required=False)
    quality = serializers.FloatField(required=False)
    avg = serializers.FloatField(required=False)
    min = serializers.FloatField(required=False)
    max = serializers.FloatField(required=False)
    count = serializers.IntegerField(required=False)


class ReadingPage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ReadingOut(many=True)


class SummaryQuery(serializers.Serializer[Any]):
    sensor_id = serializers.CharField(required=False, allow_blank=True, help_text="Only this sensor.")


class SensorSummaryOut(serializers.Serializer[Any]):
    sensor_id = serializers.CharField(source="code")
    reading_count = serializers.IntegerField()
    first_reading = AwareDateTimeField(allow_null=True)
    last_reading = AwareDateTimeField(allow_null=True)
