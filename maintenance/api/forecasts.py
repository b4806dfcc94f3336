"""`ml/forecast`: what will a sensor read next? A worker answers, unless an answer that holds is kept."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance.api.forecast_schemas import ForecastRequest, ForecastSerializer
from maintenance.api.named import named
from maintenance.models import Forecast
from maintenance.outlook import Wish
from maintenance.services.forecasting import cadence_for, kept_forecast
from mlops.asking import ask
from sensors.models import Sensor
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.scopes import ML_PREDICT

PATIENCE = 40.0  # seconds: where Prophet wins the back-test, it is fitted at a dozen more origins


@extend_schema(operation_id="forecast", request=ForecastRequest, responses=ForecastSerializer, tags=["ml"])
@endpoint(POST=ML_PREDICT)
def forecast(request: Request) -> Response:
    """Forecast a sensor's readings, step by step with a 90 % interval.

    The method is chosen by a rolling back-test on the sensor's own history, whose figures are part of the
    answer; so is the naive forecast, and that nothing beats it where that is so. A sensor that is in trouble
    or has too little history gets no numbers but a `refusal` with its reasons. The same question within the
    life of an answer (`expires_at`) gets the same answer; 503 when no worker answers in time: ask again.
    """
    body = ForecastRequest(data=request.data)
    body.is_valid(raise_exception=True)
    said: dict[str, Any] = body.validated_data
    sensors = Sensor.objects.filter(organization=caller_of(request).organization).select_related("summary")
    sensor = named(sensors, "sensor_id", code=said["sensor_id"])
    wish = Wish(
        said.get("cadence_minutes") or cadence_for(sensor), said["horizon_steps"], said["history_window"]
    )
    return Response(ForecastSerializer(_answer(sensor, wish)).data)


def _answer(sensor: Sensor, wish: Wish) -> Forecast:
    kept = kept_forecast(sensor=sensor, wish=wish, at=timezone.now())
    if kept:
        return kept
    question = {
        "organization_id": sensor.organization_id,
        "sensor_id": sensor.pk,
        "wish": [wish.cadence_minutes, wish.horizon_steps, wish.history_window],
    }
    answer = ask("maintenance.forecast_now", question, timeout=PATIENCE)
    return get_object_or_404(Forecast, organization_id=sensor.organization_id, pk=answer["forecast_id"])
