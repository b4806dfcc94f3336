"""`POST ml/detect_anomaly`: what the production detection says of some readings. A worker answers."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from anomalies.models import Alert
from mlops.asking import ask
from sensors.api.schemas import AwareDateTimeField
from sensors.models import Sensor
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.scopes import ML_ANOMALY

PATIENCE = 10.0  # seconds
MOST = 10_000
LONGEST = 7 * 24 * 60


class AskedReading(serializers.Serializer[Any]):
    timestamp = AwareDateTimeField()
    value = serializers.FloatField(min_value=-1e300, max_value=1e300)


class DetectRequest(serializers.Serializer[Any]):
    sensor_id = serializers.CharField(max_length=128, help_text="The sensor's code.")
    readings = serializers.ListField(
        child=AskedReading(), required=False, allow_empty=False, max_length=MOST, help_text="Judge these."
    )
    window_minutes = serializers.IntegerField(
        required=False, min_value=1, max_value=LONGEST, help_text="Judge what is stored of the last minutes."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("readings" in attrs) == ("window_minutes" in attrs):
            raise serializers.ValidationError({"readings": "Give either readings or window_minutes."})
        times = [one["timestamp"] for one in attrs.get("readings", [])]
        if len(set(times)) < len(times):
            raise serializers.ValidationError({"readings": "Two readings bear the same timestamp."})
        return attrs


class DetectedEpisode(serializers.Serializer[Any]):
    cause = serializers.ChoiceField(Alert.Cause.choices)
    started_at = AwareDateTimeField()
    latest_at = AwareDateTimeField(help_text="The newest reading that shows it.")
    score = serializers.FloatField(help_text="Surprise: -log10 of how often normal behaviour looks so odd.")
    value = serializers.FloatField()
    normal_low = serializers.FloatField()
    normal_high = serializers.FloatField()
    because = serializers.CharField(help_text="The strongest evidence.")


class DetectRefusal(serializers.Serializer[Any]):
    code = serializers.ChoiceField(["not_enough_data"])
    detail = serializers.CharField()


class DetectAnswer(serializers.Serializer[Any]):
    sensor_id = serializers.CharField()
    judged = serializers.IntegerField(help_text="So many readings; the first may only have led up to them.")
    anomaly = serializers.BooleanField(allow_null=True, help_text="Null where it cannot be said.")
    score = serializers.FloatField(allow_null=True, help_text="Of the worst episode.")
    episodes = DetectedEpisode(many=True)
    refusal = DetectRefusal(allow_null=True)


@extend_schema(operation_id="detect_anomaly", request=DetectRequest, responses=DetectAnswer, tags=["ml"])
@endpoint(POST=ML_ANOMALY)
def detect_anomaly(request: Request) -> Response:
    """Judge readings of a sensor as the live detection would, by what is known of it, and keep nothing."""
    body = DetectRequest(data=request.data)
    body.is_valid(raise_exception=True)
    asked: dict[str, Any] = body.validated_data
    sensors = Sensor.objects.filter(organization=caller_of(request).organization)
    sensor = get_object_or_404(sensors, code=asked["sensor_id"])
    question = {
        "organization_id": sensor.organization_id,
        "sensor_id": sensor.pk,
        "window_minutes": asked.get("window_minutes"),
        "readings": [[one["timestamp"].isoformat(), one["value"]] for one in asked.get("readings", [])],
    }
    return Response({"sensor_id": sensor.code, **ask("anomalies.judge_asked", question, timeout=PATIENCE)})
