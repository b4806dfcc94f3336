"""`maintenance/schedule`: book work for a failure that somebody predicts."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance.api.named import named
from maintenance.api.serializers import (
    DecisionSerializer,
    ScheduledSerializer,
    ScheduleSerializer,
    TaskSerializer,
)
from maintenance.models import Decision, MaintenanceTask
from maintenance.services import request_maintenance
from sensors.models import Asset, Sensor
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.scopes import MAINTENANCE_SCHEDULE


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
