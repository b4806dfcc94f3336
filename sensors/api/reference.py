"""What a bare view can do on the same server: the measure that `manage.py benchmark` holds ingestion against.

It commits one reading and one event row, and does nothing else that ingestion does: no screening, no
duplicates, no summaries, no agents. Only organizations that a benchmark made for itself may call it.
"""

from __future__ import annotations

from uuid import uuid4

import msgspec
from django.db import connection, transaction
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import authentication_classes
from rest_framework.request import Request

from sensors.incoming import IncomingReading
from smartmaint.accounts.authentication import RecallingTokenAuthentication, SessionAuthentication
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.parsers import read_body
from smartmaint.accounts.problems import Conflict
from smartmaint.accounts.scopes import ADMIN

BENCHMARK = "benchmark-"  # the slug of such an organization begins with it

READING = """
INSERT INTO sensors_reading (sensor_id, measured_at, value, quality)
SELECT id, %s, %s, %s FROM sensors_sensor WHERE organization_id = %s AND code = %s
"""
EVENT = """
INSERT INTO events_eventrecord
    (event_id, organization_id, name, payload, correlation_id, published_at, relayed_at)
VALUES (%s, %s, 'benchmark', '{}', %s, now(), now())
"""

_decode = msgspec.json.Decoder(IncomingReading).decode


@extend_schema(exclude=True)
@endpoint(POST=ADMIN)
@authentication_classes([RecallingTokenAuthentication, SessionAuthentication])
def reference(request: Request) -> HttpResponse:
    organization = caller_of(request).organization
    if not organization.slug.startswith(BENCHMARK):
        raise Conflict("This serves `manage.py benchmark` only, in an organization of its own.")
    try:
        reading = _decode(read_body(request._request))
    except msgspec.ValidationError as error:
        raise Conflict(str(error)) from error
    at, event_id = reading.timestamp or timezone.now(), uuid4()
    values = (at, reading.value, reading.quality, organization.pk, reading.sensor_id)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(READING, values)
        cursor.execute(EVENT, [event_id, organization.pk, event_id])
    return HttpResponse(b'{"status":"stored"}', content_type="application/json")
