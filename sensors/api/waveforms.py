"""`POST data/waveforms`: a snippet of vibration or sound becomes readings of its feature channels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

import msgspec
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail, ParseError, UnsupportedMediaType, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from sensors.admission import admit
from sensors.api.ingest import key_of
from sensors.api.waveform_schemas import EXAMPLE, PARAMETERS, REQUEST, WaveformAnswer
from sensors.idempotency import Answer, answer_once
from sensors.services import StoreResult
from sensors.waveforms.channels import find_frequencies
from sensors.waveforms.requests import STRUCTURED, BadWaveform, Sent, read_json, read_wav
from sensors.waveforms.services import Analysis, analyse, store_analysis
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.models import Organization
from smartmaint.accounts.parsers import decode_json, read_body
from smartmaint.accounts.problems import Unprocessable
from smartmaint.accounts.scopes import DATA_INGEST

READINGS = 24  # that a signal counts as, before its channels are known


@extend_schema(
    operation_id="send_waveform",
    request=REQUEST,
    responses={200: WaveformAnswer},
    parameters=PARAMETERS,
    examples=[EXAMPLE],
    tags=["data"],
)
@endpoint(POST=DATA_INGEST)
def send_waveform(request: Request) -> Response:
    """Store what a snippet of vibration or sound comes to: JSON samples, base64, or a WAV file.

    Each figure is a reading of a sensor called after it, such as <sensor_id>.rms, at the first sample's time.
    `skipped` says which could not be computed, and why. 422: none may be stored.
    """
    caller, at, key = caller_of(request), timezone.now(), key_of(request)
    try:
        sent = _read(request)
        admit(caller, READINGS * len(sent.signals), at)
        analysis = analyse(organization=caller.organization, sent=sent, at=at)
    except BadWaveform as error:
        raise ValidationError({error.field: [ErrorDetail(str(error), "invalid")]}) from error
    if key is None:
        answer = _store(caller.organization, analysis, at)
    else:
        answer = answer_once(
            organization=caller.organization,
            key=key,
            payload=sent.fingerprint,
            at=at,
            act=lambda: _store(caller.organization, analysis, at),
        )
    if answer.status != 200:
        first = answer.body["errors"][0]
        raise Unprocessable({first["code"]: [ErrorDetail(first["detail"], first["code"])]})
    return Response(answer.body)


def _read(request: Request) -> Sent:
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType(request.headers["Content-Encoding"], "Send the body uncompressed.")
    body = read_body(request._request)
    kind = (request.content_type or "application/json").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _read_json(body)
    if kind == "multipart/form-data":
        return read_wav(*_form(request, body))
    if kind in {"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"}:
        return read_wav(body, _fields(request.query_params.dict()))
    raise UnsupportedMediaType(kind)


def _read_json(body: bytes) -> Sent:
    try:
        return read_json(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ParseError(f"This is not valid JSON: {error}") from error
    except RecursionError:
        raise ParseError("The JSON is nested too deeply.") from None


def _form(request: Request, body: bytes) -> tuple[bytes, dict[str, Any]]:
    """Return the file and the fields of a form."""
    meta = {"CONTENT_TYPE": request.META.get("CONTENT_TYPE", ""), "CONTENT_LENGTH": len(body)}
    try:
        parser = MultiPartParser(meta, BytesIO(body), [TemporaryFileUploadHandler()], "utf-8")
        fields, files = parser.parse()
    except (MultiPartParserError, SuspiciousOperation) as error:
        raise ParseError(f"The form cannot be read: {error}") from error
    contents = {name: _content(file) for name, file in files.items()}
    if set(contents) != {"file"}:
        raise BadWaveform("file", "Send one WAV file, as the field `file`.")
    return contents["file"], _fields(fields.dict())


def _content(file: Any) -> bytes:
    with file:
        return file.read()


def _fields(texts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields, of which some are JSON texts."""
    fields = dict(texts)
    for name in STRUCTURED & set(fields):
        try:
            fields[name] = decode_json(str(fields[name]).encode())
        except (ParseError, UnicodeEncodeError) as error:
            raise BadWaveform(name, str(error)) from error
    return fields


def _store(organization: Organization, analysis: Analysis, at: datetime) -> Answer:
    result = store_analysis(organization=organization, analysis=analysis, at=at)
    readings = analysis.readings
    errors = [
        {"sensor_id": readings[error.index].sensor_id, "code": error.code, "detail": error.detail}
        for error in result.errors
    ]
    if result.rejected == len(readings):
        return Answer(422, {"errors": errors})
    return Answer(200, {**_counts(result), **_figures(analysis), "errors": errors})


def _counts(result: StoreResult) -> dict[str, Any]:
    return {
        "status": "event_published" if result.accepted else "duplicate_ignored",
        "event_id": result.event_id and str(result.event_id),
        "correlation_id": str(result.correlation_id),
        "accepted": result.accepted,
        "duplicate": result.duplicate,
        "rejected": result.rejected,
    }


def _figures(analysis: Analysis) -> dict[str, Any]:
    snippet = analysis.snippet
    return {
        "sensor_id": analysis.code,
        "timestamp": analysis.measured_at.isoformat(),
        "sampling_rate": snippet.rate,
        "duration": snippet.seconds,
        "shaft_speed": snippet.shaft_speed,
        "fault_frequencies": find_frequencies(snippet),
        "channels": [
            {"sensor_id": reading.sensor_id, "value": reading.value, "unit": reading.unit}
            for reading in analysis.readings
        ],
        "skipped": [
            {"sensor_id": f"{heard.code}.{one.name}", "reason": one.reason}
            for heard in analysis.heard
            for one in heard.skipped
        ],
    }
