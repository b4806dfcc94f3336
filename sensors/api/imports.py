"""`data/imports`: history comes as a file and is stored in the background."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import IO, Any

from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import parser_classes
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from sensors.api.transfer_schemas import ImportOut, ImportPage, ImportUpload
from sensors.models import Import
from sensors.transfers import importing
from sensors.transfers.files import PIECE
from sensors.transfers.reports import stream_report
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.pagination import PAGE_PARAMETERS, paginated
from smartmaint.accounts.parsers import PayloadTooLarge, decode_json, stream_of
from smartmaint.accounts.scopes import DATA_INGEST

FORM_ROOM = 64 * 1024  # bytes of a multipart body beside its file
FILENAME = OpenApiParameter("filename", str, description="What the file is called, for people.")
MAPPING = OpenApiParameter(
    "mapping", str, description="JSON: which column means what; what is plain to see may be left out."
)
FILES = {"text/csv", "application/gzip", "application/vnd.apache.parquet", "application/octet-stream"}


class FileParser(BaseParser):
    """Leaves the body where it is, for a view that reads it in pieces."""

    media_type = "*/*"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        return {}


@extend_schema(methods=["GET"], operation_id="list_imports", parameters=PAGE_PARAMETERS, responses=ImportPage)
@extend_schema(
    methods=["POST"],
    operation_id="import_history",
    parameters=[FILENAME, MAPPING],
    request={"multipart/form-data": ImportUpload, **dict.fromkeys(sorted(FILES), OpenApiTypes.BINARY)},
    responses={202: ImportOut},
)
@extend_schema(tags=["data"])
@endpoint(GET=DATA_INGEST, POST=DATA_INGEST)
@parser_classes([MultiPartParser, FileParser])
def import_list(request: Request) -> Response:
    """List imports, or start one: a multipart form with `file` (and `mapping`), or the file as the body."""
    if request.method == "POST":
        return _import(request)
    jobs = Import.objects.filter(organization=caller_of(request).organization)
    return paginated(request, jobs, lambda job: ImportOut(job).data, ordering="-pk")


def _import(request: Request) -> Response:
    _check_length(request)
    pieces, name, mapping = _upload_of(request)
    given = decode_json(mapping.encode()) if mapping.strip() else {}
    if not isinstance(given, dict):
        raise ParseError({"mapping": "The mapping is a JSON object."})
    at = timezone.now()
    job = importing.import_file(caller=caller_of(request), pieces=pieces, name=name, given=given, at=at)
    answer = Response(ImportOut(job).data, status=HTTPStatus.ACCEPTED)
    answer["Location"] = f"{request.path}/{job.pk}"
    return answer


def _check_length(request: Request) -> None:
    """Refuse what says of itself that it is too large before any of it is read."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if announced.isdigit() and int(announced[:20]) > settings.IMPORT_MOST_BYTES + FORM_ROOM:
        raise PayloadTooLarge(f"A file may have up to {settings.IMPORT_MOST_BYTES:,} bytes. Part it.")


def _upload_of(request: Request) -> tuple[Iterator[bytes], str, str]:
    """Return the file's pieces, its name and the mapping's text."""
    query = request.query_params
    if not (request.content_type or "").startswith("multipart/"):
        stream = stream_of(request._request)
        pieces = iter(lambda: stream.read(PIECE), b"")
        return pieces, query.get("filename", "upload"), query.get("mapping", "")
    file = request.FILES.get("file")
    if file is None:
        raise ParseError({"file": "The form has no file called `file`."})
    form: Any = request.data
    name = form.get("filename") or query.get("filename") or file.name or "upload"
    mapping = form.get("mapping") or query.get("mapping", "")
    return file.chunks(PIECE), name, mapping


def _find(request: Request, import_id: int) -> Import:
    jobs = Import.objects.filter(organization=caller_of(request).organization)
    return get_object_or_404(jobs, pk=import_id)


@extend_schema(operation_id="read_import", responses=ImportOut, tags=["data"])
@endpoint(GET=DATA_INGEST)
def import_detail(request: Request, import_id: int) -> Response:
    """Tell how far an import is."""
    return Response(ImportOut(_find(request, import_id)).data)


@extend_schema(operation_id="cancel_import", request=None, responses=ImportOut, tags=["data"])
@endpoint(POST=DATA_INGEST)
def import_cancel(request: Request, import_id: int) -> Response:
    """Stop an import; what it stored stays. 409 where it has come to its end."""
    job = importing.cancel_import(job=_find(request, import_id), at=timezone.now())
    return Response(ImportOut(job).data)


@extend_schema(operation_id="resume_import", request=None, responses=ImportOut, tags=["data"])
@endpoint(POST=DATA_INGEST)
def import_resume(request: Request, import_id: int) -> Response:
    """Let an import that failed or was cancelled go on where it was. 409 where it did not stop."""
    job = importing.resume_import(job=_find(request, import_id), at=timezone.now())
    return Response(ImportOut(job).data)


@extend_schema(
    operation_id="download_import_report", responses={(200, "text/csv"): OpenApiTypes.STR}, tags=["data"]
)
@endpoint(GET=DATA_INGEST)
def import_report(request: Request, import_id: int) -> HttpResponseBase:
    """Return every reading or row that was not stored as CSV: row, column, code, reason, text."""
    return stream_report(request, _find(request, import_id))
