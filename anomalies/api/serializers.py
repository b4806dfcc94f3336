"""The shape of an alert outside: the same in the API and in the live feed."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from anomalies.models import Alert, AlertSensor, AlertTransition
from sensors.api.schemas import AwareDateTimeField


class AlertSensorSerializer(serializers.ModelSerializer):
    sensor_id = serializers.CharField(source="sensor.code")
    name = serializers.CharField(source="sensor.name")
    unit = serializers.CharField(source="sensor.unit")

    class Meta:
        model = AlertSensor
        fields = [
            "sensor_id",
            "name",
            "unit",
            "score",
            "share",
            "value",
            "normal_low",
            "normal_high",
            "reason",
        ]


class AlertVerdictSerializer(serializers.ModelSerializer):
    reasons = serializers.ListField(child=serializers.CharField(), source="verdict_reasons")

    class Meta:
        model = Alert
        fields = ["verdict", "confidence", "reasons"]


class AlertSerializer(serializers.ModelSerializer):
    asset = serializers.CharField(source="asset.code")
    asset_name = serializers.CharField(source="asset.name")
    subject_sensor = serializers.CharField(source="subject_sensor.code", default=None, allow_null=True)
    sensors = serializers.SerializerMethodField()
    reasons = serializers.ListField(child=serializers.CharField())
    validation = AlertVerdictSerializer(source="*")
    assigned_to = serializers.CharField(source="assigned_to.username", default=None, allow_null=True)

    class Meta:
        model = Alert
        fields = [
            *("id", "asset", "asset_name", "cause", "subject_sensor", "sensors", "state", "priority"),
            *("started_at", "latest_at", "raised_at", "ended_at", "closed_at", "summary", "reasons", "score"),
            *("validation", "historical", "detector", "assigned_to", "correlation_id"),
        ]

    @extend_schema_field(AlertSensorSerializer(many=True))
    def get_sensors(self, alert: Alert) -> list[dict[str, Any]]:
        rows = sorted(alert.alert_sensors.all(), key=lambda row: (-row.share, row.pk))
        return [dict(row) for row in AlertSensorSerializer(rows, many=True).data]


class AlertTransitionSerializer(serializers.ModelSerializer):
    by = serializers.CharField(source="actor")

    class Meta:
        model = AlertTransition
        fields = ["action", "from_state", "to_state", "at", "by", "reason"]


class AlertDetailSerializer(AlertSerializer):
    transitions = AlertTransitionSerializer(many=True)

    class Meta(AlertSerializer.Meta):
        fields = [*AlertSerializer.Meta.fields, "transitions"]


class AlertQuerySerializer(serializers.Serializer):
    """The filters of the list; each may be left out."""

    state = serializers.ChoiceField(choices=[*Alert.State.values, "open", "closed"], required=False)
    verdict = serializers.ChoiceField(choices=Alert.Verdict.values, required=False)
    priority = serializers.ChoiceField(choices=Alert.Priority.values, required=False)
    asset = serializers.CharField(required=False, max_length=128, help_text="The asset's code.")
    since = AwareDateTimeField(required=False, help_text="Raised at this moment or later.")
    historical = serializers.BooleanField(required=False, default=None, allow_null=True)


class AcknowledgeSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class ResolveSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=1000)
    false_alarm = serializers.BooleanField(default=False, help_text="There was nothing wrong.")


class CommentSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=1000)


class AssignSerializer(serializers.Serializer):
    username = serializers.CharField(max_length=150, allow_null=True, help_text="A member, or null: nobody.")
    reason = serializers.CharField(max_length=900, required=False, allow_blank=True, default="")
