"""`GET traces/{correlation_id}`: the whole journey of one reading."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.scopes import DATA_READ
from smartmaint.events.api.serializers import TraceSerializer
from smartmaint.events.trace import span_of, trace


@extend_schema(operation_id="read_trace", responses=TraceSerializer, tags=["traces"])
@endpoint(GET=DATA_READ)
def read_trace(request: Request, correlation_id: UUID) -> Response:
    """Read every event of the journey, which agents heard it, how long that took, and how it ended."""
    steps = trace(organization=caller_of(request).organization, correlation_id=correlation_id)
    if not steps:
        raise Http404("No event carries this correlation id.")
    span = span_of(steps)
    body = {
        "correlation_id": correlation_id,
        "started_at": span.started_at,
        "ended_at": span.ended_at,
        "duration_ms": span.duration_ms,
        "settled": span.settled,
        "steps": steps,
    }
    return Response(TraceSerializer(body).data)
