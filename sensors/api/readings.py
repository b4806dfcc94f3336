"""Reading back what is stored: `GET sensors/readings` and `GET sensors/sensors`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from sensors.api.schemas import ReadingPage, ReadingQuery, SensorSummaryOut, SummaryQuery
from sensors.models import Reading, Sensor
from sensors.storage.buckets import BUCKETS, Bucket, load_buckets, newest_before
from sensors.storage.series import load_series
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.pagination import PAGE_PARAMETERS, page_schema, paginated
from smartmaint.accounts.scopes import DATA_READ

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
TOLERATED_AHEAD = timedelta(minutes=10)


@extend_schema(
    operation_id="list_readings", parameters=[ReadingQuery], responses=ReadingPage, tags=["sensors"]
)
@endpoint(GET=DATA_READ)
def list_readings(request: Request) -> Response:
    """List a sensor's readings, newest first.

    With `bucket` the mean, least, greatest and number per period; with `points` the whole range thinned to
    that many points, extremes kept, oldest first.
    """
    query = ReadingQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    asked: dict[str, Any] = query.validated_data
    sensors = Sensor.objects.filter(organization=caller_of(request).organization)
    sensor = get_object_or_404(sensors, code=asked["sensor_id"])
    if "points" in asked:
        return _line(sensor, asked)
    if "bucket" in asked:
        return _periods(request, sensor, asked)
    rows = Reading.objects.filter(sensor=sensor).between(asked.get("start_ts"), asked.get("end_ts"))
    return paginated(request, rows, lambda row: _reading(sensor, row), ordering="-measured_at")


def _reading(sensor: Sensor, row: Reading) -> dict[str, Any]:
    moment = row.measured_at.isoformat()
    return {"sensor_id": sensor.code, "timestamp": moment, "value": row.value, "quality": row.quality}


def _line(sensor: Sensor, asked: dict[str, Any]) -> Response:
    start, end = asked.get("start_ts", BEGINNING), _end(asked)
    times, values = load_series(sensor, start, end, asked["points"])
    results = [
        {"sensor_id": sensor.code, "timestamp": moment.isoformat(), "value": value}
        for moment, value in zip(times, values, strict=True)
    ]
    return Response({"next": None, "previous": None, "results": results})


def _end(asked: dict[str, Any]) -> datetime:
    return asked.get("end_ts") or timezone.now() + TOLERATED_AHEAD


def _periods(request: Request, sensor: Sensor, asked: dict[str, Any]) -> Response:
    """Answer with `limit` periods back from the newest reading, so that a page reads a bounded range."""
    width, start = BUCKETS[asked["bucket"]], asked.get("start_ts", BEGINNING)
    newest = newest_before(sensor, start, _end(asked), width)
    if newest is None:
        return Response({"next": None, "previous": None, "results": []})
    first = max(start, newest - width * (asked["limit"] - 1))
    results = load_buckets(sensor, first, min(newest + width, _end(asked)), width)
    older = first > start and newest_before(sensor, start, first, width)
    url = request.build_absolute_uri()
    following = replace_query_param(url, "end_ts", first.isoformat()) if older else None
    body = [_period(sensor, bucket) for bucket in reversed(results)]
    return Response({"next": following, "previous": None, "results": body})


def _period(sensor: Sensor, bucket: Bucket) -> dict[str, Any]:
    return {"sensor_id": sensor.code, **asdict(bucket), "timestamp": bucket.timestamp.isoformat()}


@extend_schema(
    parameters=[SummaryQuery, *PAGE_PARAMETERS],
    responses=page_schema("SensorSummaryPage", SensorSummaryOut),
    tags=["sensors"],
)
@endpoint(GET=DATA_READ)
def list_summaries(request: Request) -> Response:
    """List the sensors with what is stored of each, from summaries that are kept exact."""
    query = SummaryQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    sensors = Sensor.objects.filter(organization=caller_of(request).organization)
    if code := query.validated_data.get("sensor_id"):
        sensors = sensors.filter(code=code)
    rows = sensors.annotate(
        reading_count=Coalesce(F("summary__reading_count"), 0),
        first_reading=F("summary__first_reading_at"),
        last_reading=F("summary__last_reading_at"),
    )
    return paginated(request, rows, lambda row: SensorSummaryOut(row).data, ordering="code")
