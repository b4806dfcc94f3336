"""`simulate/…`: made-up readings, sent the way of real ones, to see what the product does."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sensors.admission import admit
from sensors.api.schemas import AwareDateTimeField
from sensors.incoming import IncomingReading
from sensors.models import Reading, Sensor
from sensors.services import StoreResult, store_readings
from sensors.simulation import Simulation, Usual
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.models import Organization
from smartmaint.accounts.problems import Unprocessable
from smartmaint.accounts.scopes import SIMULATE

LOOKED_AT = 500  # newest readings that say what is usual
UNKNOWN = Usual(level=50.0, noise=1.0)  # of a sensor that has said nothing yet
MOST_MINUTES = 60 * 24 * 60
BIGGEST = 1e9
EARLIEST_END = datetime(2000, 1, 1, tzinfo=UTC)


class SimulateRequest(serializers.Serializer[Any]):
    sensor_id = serializers.CharField(max_length=128, help_text="The sensor's code.")
    count = serializers.IntegerField(min_value=1, max_value=10_000, default=100)
    duration_minutes = serializers.FloatField(
        min_value=0.1, max_value=MOST_MINUTES, default=60, help_text="The readings lie evenly in it."
    )
    end = AwareDateTimeField(default=None, allow_null=True, help_text="Of the newest reading; default: now.")
    level = serializers.FloatField(
        min_value=-BIGGEST, max_value=BIGGEST, default=None, allow_null=True, help_text="Default: as it was."
    )
    noise = serializers.FloatField(
        min_value=0, max_value=BIGGEST, default=None, allow_null=True, help_text="Default: as it was."
    )
    seed = serializers.IntegerField(min_value=0, max_value=2**31, default=0)

    def validate_end(self, end: datetime | None) -> datetime | None:
        if end and end < EARLIEST_END:
            raise serializers.ValidationError(f"The end is before {EARLIEST_END:%Y}.")
        return end


class EventRequest(SimulateRequest):
    size = serializers.FloatField(
        min_value=-1000, max_value=1000, default=5, help_text="How far off it goes, in the noise's spread."
    )


class SimulateAnswer(serializers.Serializer[Any]):
    simulation_id = serializers.UUIDField()
    sensor_id = serializers.CharField()
    events_generated = serializers.IntegerField(help_text="Readings that were stored.")
    rejected = serializers.IntegerField(help_text="For moments that have a reading already.")
    correlation_id = serializers.UUIDField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


@extend_schema(request=SimulateRequest, responses=SimulateAnswer, tags=["simulate"])
@endpoint(POST=SIMULATE)
def normal_data(request: Request) -> Response:
    """Send readings as the sensor usually is: its level and noise, with a small daily cycle."""
    return _simulate(request, "normal", SimulateRequest)


@extend_schema(request=EventRequest, responses=SimulateAnswer, tags=["simulate"])
@endpoint(POST=SIMULATE)
def drift_event(request: Request) -> Response:
    """Send readings whose level moves away over the first half of the time, and stays there."""
    return _simulate(request, "drift", EventRequest)


@extend_schema(request=EventRequest, responses=SimulateAnswer, tags=["simulate"])
@endpoint(POST=SIMULATE)
def anomaly_event(request: Request) -> Response:
    """Send usual readings of which the last fifth is far off."""
    return _simulate(request, "anomaly", EventRequest)


def _simulate(request: Request, kind: str, form: type[SimulateRequest]) -> Response:
    body = form(data=request.data)
    body.is_valid(raise_exception=True)
    said: dict[str, Any] = body.validated_data
    caller, at = caller_of(request), timezone.now()
    admit(caller, said["count"], at)
    simulation_id = uuid4()  # it is the journey's
    made = _made(said, _usual(caller.organization, said), at)
    readings = [
        IncomingReading(sensor_id=said["sensor_id"], value=value, timestamp=moment)
        for moment, value in made.readings(kind)
    ]
    result = store_readings(
        organization=caller.organization,
        readings=readings,
        at=at,
        correlation_id=simulation_id,
        source="simulation",
    )
    return Response(_answer(said["sensor_id"], made, result))


def _made(said: dict[str, Any], usual: Usual, at: datetime) -> Simulation:
    duration = timedelta(minutes=said["duration_minutes"])
    return Simulation(usual, said["count"], duration, said["end"] or at, said.get("size", 0.0), said["seed"])


def _usual(organization: Organization, said: dict[str, Any]) -> Usual:
    """Take what is asked for, else what the sensor's newest readings were like."""
    sensor = Sensor.objects.filter(organization=organization, code=said["sensor_id"]).first()
    if sensor is None and not organization.registers_unknown_sensors:
        raise Http404("There is no such sensor.")
    newest = Reading.objects.filter(sensor=sensor).order_by("-measured_at")[:LOOKED_AT]
    values = list(newest.values_list("value", flat=True)) if sensor else []
    level = said["level"] if said["level"] is not None else _level(values)
    noise = said["noise"] if said["noise"] is not None else _noise(values)
    return Usual(level, noise)


def _level(values: list[float]) -> float:
    return statistics.median(values) if values else UNKNOWN.level


def _noise(values: list[float]) -> float:
    """Return the spread between the quartiles, as a normal distribution's standard deviation."""
    if len(values) < 4:
        return UNKNOWN.noise
    low, _, high = statistics.quantiles(values, n=4)
    return (high - low) / 1.349


def _answer(code: str, made: Simulation, result: StoreResult) -> dict[str, Any]:
    if not result.accepted and result.rejected:
        raise Unprocessable({result.errors[0].code: result.errors[0].detail})
    return {
        "simulation_id": result.correlation_id,
        "sensor_id": code,
        "events_generated": result.accepted,
        "rejected": result.rejected,
        "correlation_id": result.correlation_id,
        "start": made.end - made.duration,
        "end": made.end,
    }
