"""`ml/check_drift`: has a sensor moved away from its normal?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from anomalies.api.drift_schemas import DriftAnswer, DriftRequest
from anomalies.drifting.checks import Cause, check_sensor
from anomalies.drifting.looking import Wish
from mlops.drift.judging import Asked
from mlops.models import DriftFinding
from sensors.models import Sensor
from smartmaint.accounts import limits
from smartmaint.accounts.callers import Caller, caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.scopes import ML_DRIFT

CHECKS_A_MINUTE = 10


@extend_schema(operation_id="check_drift", request=DriftRequest, responses=DriftAnswer, tags=["ml"])
@endpoint(POST=ML_DRIFT)
def check_drift(request: Request) -> Response:
    """Compare a sensor's newest readings with its reference: Kolmogorov-Smirnov and stability index.

    The reference is cut into stretches like the window, at the same times of the day, so that neither a daily
    cycle nor readings that hang together look like drift. A drift asks for the training of what was trained
    on the sensor. 400 names a field that is out of bounds; 429 after 10 checks in a minute.
    """
    body = DriftRequest(data=request.data)
    body.is_valid(raise_exception=True)
    said: dict[str, Any] = body.validated_data
    caller, at = caller_of(request), timezone.now()
    sensors = Sensor.objects.filter(organization=caller.organization).select_related("asset")
    sensor = get_object_or_404(sensors, code=said["sensor_id"])
    limits.take([_demand(caller)], at=at)
    found = check_sensor(sensor=sensor, cause=Cause.API, by=caller, wish=_wish(said, at))
    return Response(_answer(sensor, found))


def _demand(caller: Caller) -> limits.Demand:
    owner = f"token:{caller.token.pk}" if caller.token else f"person:{caller.user and caller.user.pk}"
    return limits.Demand(limits.Allowance(f"{owner}:checks", CHECKS_A_MINUTE / 60, CHECKS_A_MINUTE), 1)


def _wish(said: dict[str, Any], at: datetime) -> Wish:
    minutes = said["window_minutes"]
    asked = Asked(said["p_value_threshold"], said["min_samples"])
    return Wish(at, asked, timedelta(minutes=minutes) if minutes else None)


def _answer(sensor: Sensor, found: DriftFinding) -> dict[str, Any]:
    return {
        "sensor_id": sensor.code,
        "outcome": found.outcome,
        "drift_detected": found.outcome == DriftFinding.Outcome.DRIFTED,
        "reasons": found.reasons,
        "ks_statistic": found.ks,
        "p_value": found.p,
        "p_value_corrected": found.p_corrected,
        "psi": found.psi,
        "psi_by_chance": found.psi_by_chance,
        "psi_excess": found.excess,
        "median": found.median,
        "median_before": found.median_before,
        "shift": found.shift,
        "spread_ratio": found.spread,
        "independent_rows": found.worth,
        "readings": found.readings,
        "window_start": found.window_from,
        "window_end": found.window_until,
        "reference_start": found.reference_from,
        "reference_end": found.reference_until,
        "reference_stretches": found.blocks,
        "same_hours": found.same_hours,
        "drifted_since": found.since,
        "check_id": found.drift_check_id,
        "correlation_id": found.drift_check.correlation_id,
    }
