"""`POST data/ingest`: an answer of 200 means committed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

import msgspec
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail, ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from sensors.api.schemas import IDEMPOTENCY_KEY, IngestAnswer, IngestRequest
from sensors.decoding import Batch, decode_batch
from sensors.idempotency import Answer, answer_once
from sensors.incoming import IncomingReading
from sensors.services import StoreResult, store_readings
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.models import Organization
from smartmaint.accounts.parsers import PayloadTooLarge, read_body
from smartmaint.accounts.problems import Unprocessable
from smartmaint.accounts.scopes import DATA_INGEST

MOST_READINGS = 10_000
LONGEST_KEY = 255


@extend_schema(
    operation_id="ingest_readings",
    request=IngestRequest,
    responses={200: IngestAnswer},
    parameters=[IDEMPOTENCY_KEY],
    tags=["data"],
)
@endpoint(POST=DATA_INGEST)
def ingest(request: Request) -> Response:
    """Store one reading, an array, or {"readings": [...]}.

    accepted + duplicate + rejected = sent. Rejected readings are in quarantine with their reason; a single
    rejected reading answers 422.
    """
    organization, at, key = caller_of(request).organization, timezone.now(), key_of(request)
    body = read_body(request._request)
    batch = _batch_of(body, request.headers)
    if key is None:
        answer = _store(organization, batch, at)
    else:
        answer = answer_once(
            organization=organization,
            key=key,
            payload=body,
            at=at,
            act=lambda: _store(organization, batch, at),
        )
    return Response(answer.body) if answer.status == 200 else _refuse(answer)


def key_of(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise ParseError(f"An Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters.")
    return key


def _batch_of(body: bytes, headers: Mapping[str, str]) -> Batch:
    batch = decode_batch(body, headers.get("Content-Type", ""), headers.get("Content-Encoding", ""))
    if not batch.readings:
        raise ParseError("There is no reading in the request.")
    if len(batch.readings) > MOST_READINGS:
        raise PayloadTooLarge(f"Send at most {MOST_READINGS:,} readings, not {len(batch.readings):,}.")
    return batch


def _store(organization: Organization, batch: Batch, at: datetime) -> Answer:
    result = store_readings(organization=organization, readings=batch.readings, at=at)
    if batch.single and result.rejected:
        return Answer(422, {"errors": msgspec.to_builtins(result.errors)})
    return Answer(200, _one(result, batch) if batch.single else _many(result))


def _status(result: StoreResult) -> str:
    if result.accepted:
        return "event_published"
    return "duplicate_ignored" if result.duplicate else "rejected"


def _one(result: StoreResult, batch: Batch) -> dict[str, Any]:
    reading = batch.readings[0]
    assert isinstance(reading, IncomingReading)  # noqa: S101  (a malformed one was rejected)
    return {
        "status": _status(result),
        "event_id": result.event_id and str(result.event_id),
        "correlation_id": str(result.correlation_id),
        "sensor_id": reading.sensor_id,
    }


def _many(result: StoreResult) -> dict[str, Any]:
    return {"status": _status(result), **msgspec.to_builtins(result)}


def _refuse(answer: Answer) -> NoReturn:
    error = answer.body["errors"][0]
    raise Unprocessable({error["code"]: [ErrorDetail(error["detail"], error["code"])]})
