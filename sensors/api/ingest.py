"""`POST data/ingest`: an answer of 200 means committed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, NoReturn

import msgspec
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import authentication_classes
from rest_framework.exceptions import ErrorDetail, ParseError
from rest_framework.request import Request

from sensors.admission import admit
from sensors.api.schemas import IDEMPOTENCY_KEY, IngestAnswer, IngestRequest
from sensors.decoding import Batch, decode_batch
from sensors.idempotency import Answer, answer_once
from sensors.incoming import IncomingReading
from sensors.retrying import run_again_on_collision
from sensors.services import StoreResult, store_readings
from sensors.together import Sent, store_together
from smartmaint.accounts.authentication import (
    RecallingTokenAuthentication,
    SessionAuthentication,
    authenticate_anew,
)
from smartmaint.accounts.callers import Caller, caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.models import Organization
from smartmaint.accounts.openapi import EVERY_WAY
from smartmaint.accounts.parsers import PayloadTooLarge, read_body
from smartmaint.accounts.problems import Unprocessable
from smartmaint.accounts.remembered import TokenChanged, check_remembered
from smartmaint.accounts.scopes import DATA_INGEST

MOST_READINGS = 10_000
LONGEST_KEY = 255


@extend_schema(
    operation_id="ingest_readings",
    request=IngestRequest,
    responses={200: IngestAnswer},
    parameters=[IDEMPOTENCY_KEY],
    auth=EVERY_WAY,
    tags=["data"],
)
@endpoint(POST=DATA_INGEST)
@authentication_classes([RecallingTokenAuthentication, SessionAuthentication])
def ingest(request: Request) -> HttpResponse:
    """Store one reading, an array, or {"readings": [...]}.

    accepted + duplicate + rejected = sent. Rejected readings are in quarantine with their reason; a single
    rejected reading answers 422.
    """
    caller, at, key = caller_of(request), timezone.now(), key_of(request)
    body = read_body(request._request)
    batch = _batch_of(body, request.headers)
    admit(caller, len(batch.readings), at)
    once = None if key is None else Once(key, _what_was_sent(request, body))
    try:
        answer = _follow(caller, batch, at, once)
    except TokenChanged:
        answer = _follow(authenticate_anew(request, DATA_INGEST), batch, at, once)
    return _answer(answer) if answer.status == 200 else _refuse(answer)


class Once(NamedTuple):
    """The key of a request that is followed once, and what it says."""

    key: str
    payload: bytes


def _what_was_sent(request: Request, body: bytes) -> bytes:
    """Return the body with what changes its meaning."""
    said = [request.headers.get(name, "") for name in ("Content-Type", "Content-Encoding")]
    return "\0".join([*said, ""]).encode() + body


def _follow(caller: Caller, batch: Batch, at: datetime, once: Once | None) -> Answer:
    if batch.single and once is None:
        return _answer_of(store_together(Sent(caller, batch.readings[0], at)), batch)
    return run_again_on_collision(partial(_follow_alone, caller, batch, at, once))


@transaction.atomic
def _follow_alone(caller: Caller, batch: Batch, at: datetime, once: Once | None) -> Answer:
    """Follow the request in a transaction of its own: the token's check, the key and the readings."""
    if caller.token:
        for refusal in check_remembered([caller.token], at).values():
            raise refusal
    if once is None:
        return _store(caller.organization, batch, at)
    return answer_once(
        organization=caller.organization,
        key=once.key,
        payload=once.payload,
        at=at,
        act=lambda: _store(caller.organization, batch, at),
    )


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
    return _answer_of(store_readings(organization=organization, readings=batch.readings, at=at), batch)


def _answer_of(result: StoreResult, batch: Batch) -> Answer:
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


def _answer(answer: Answer) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(answer.body), content_type="application/json")


def _refuse(answer: Answer) -> NoReturn:
    error = answer.body["errors"][0]
    raise Unprocessable({error["code"]: [ErrorDetail(error["detail"], error["code"])]})
