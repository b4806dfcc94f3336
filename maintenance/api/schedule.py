"""`maintenance/schedule`: book work for a failure that somebody predicts."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance.api.named import named
from maintenance.api.serializers import (
    DecisionSerializer,
    TaskSerializer,
)
from maintenance.models import Decision, MaintenanceTask
from maintenance.services import request_maintenance
from sensors.api.schemas import AwareDateTimeField
from sensors.models import Asset, Sensor
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.scopes import MAINTENANCE_SCHEDULE


class ScheduleSerializer(serializers.Serializer[Any]):
    """Work that somebody predicts to be needed; name the machine or one of its sensors."""

    equipment_id = serializers.CharField(max_length=128, required=False, help_text="The asset's code.")
    sensor_id = serializers.CharField(max_length=128, required=False, help_text="The sensor's code.")
    predicted_failure_date = AwareDateTimeField(help_text="The work is due before.")
    time_to_failure_days = serializers.FloatField(min_value=0, required=False)
    maintenance_type = serializers.CharField(max_length=60, required=False, default="inspection")
    prediction_confidence = serializers.FloatField(min_value=0, max_value=1, required=False)
    work_hours = serializers.FloatField(required=False, default=2.0)
    required_skill = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("equipment_id")) == bool(attrs.get("sensor_id")):
            raise serializers.ValidationError("Name the equipment_id or the sensor_id, one of them.")
        return attrs


class ScheduledSerializer(serializers.Serializer[Any]):
    """What came of the request: a booking, or a question to a person (`needs_decision`)."""

    correlation_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=["scheduled", "needs_decision"])
    assigned_technician_id = serializers.IntegerField(allow_null=True)
    scheduled_start_time = serializers.DateTimeField(allow_null=True)
    scheduled_end_time = serializers.DateTimeField(allow_null=True)
    schedule = serializers.DictField()


@extend_schema(request=ScheduleSerializer, responses={201: ScheduledSerializer})
@endpoint(POST=MAINTENANCE_SCHEDULE)
def schedule(request: Request) -> Response:
    """Book a technician before the predicted failure, or ask a person where nobody can be booked in time.

    404 for a machine that is not yours, 422 for a date in the past.
    """
    body = ScheduleSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    said = body.validated_data
    asset = _asset(request, said)
    outcome = request_maintenance(
        asset=asset,
        caller=caller_of(request),
        title=f"{said['maintenance_type'].capitalize()} of {asset}",
        due_at=said["predicted_failure_date"],
        work_hours=said["work_hours"],
        skill=said["required_skill"],
        reasons=_reasons(said),
        at=timezone.now(),
    )
    return Response(_outcome(outcome), status=201)


def _asset(request: Request, said: dict[str, Any]) -> Asset:
    organization = caller_of(request).organization
    if code := said.get("equipment_id"):
        return named(Asset.objects.filter(organization=organization), "equipment_id", code=code)
    sensors = Sensor.objects.filter(organization=organization).select_related("asset")
    return named(sensors, "sensor_id", code=said["sensor_id"]).asset


def _reasons(said: dict[str, Any]) -> tuple[str, ...]:
    days, confidence = said.get("time_to_failure_days"), said.get("prediction_confidence")
    text = f"A failure is predicted for {said['predicted_failure_date']:%F %H:%M %Z}"
    text += f", in {days:g} days" if days is not None else ""
    text += f", with a confidence of {confidence:.0%}" if confidence is not None else ""
    return (f"{text}.",)


def _outcome(outcome: MaintenanceTask | Decision) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "correlation_id": str(outcome.correlation_id),
        "status": "needs_decision",
        "assigned_technician_id": None,
        "scheduled_start_time": None,
        "scheduled_end_time": None,
    }
    if isinstance(outcome, Decision):
        return {**answer, "schedule": DecisionSerializer(outcome).data}
    return {
        **answer,
        "status": "scheduled",
        "assigned_technician_id": outcome.technician_id,
        "scheduled_start_time": outcome.period.lower,
        "scheduled_end_time": outcome.period.upper,
        "schedule": TaskSerializer(outcome).data,
    }
