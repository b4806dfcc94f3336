"""Errors as RFC 9457 problem details, wherever they come from."""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from smartmaint.observability.requests import current_request_id

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"


DATABASE_AWAY = (OperationalError, InterfaceError)
DATABASE_AWAY_DETAIL = "The database cannot be reached. Nothing was changed; try again in a moment."


class Conflict(exceptions.APIException):
    status_code = 409
    default_detail = "The state of the thing does not allow this."
    default_code = "conflict"


class Unprocessable(exceptions.APIException):
    status_code = 422
    default_detail = "The request is well formed and cannot be followed."
    default_code = "unprocessable"


class DatabaseAway(exceptions.APIException):
    """Nothing was changed; the same request may be sent again."""

    status_code = 503
    default_detail = DATABASE_AWAY_DETAIL
    default_code = "service-unavailable"
    wait = 2


class Throttled(exceptions.APIException):
    """The caller asks for more than its allowance `name` ("token:7:requests"), of `rate` a second."""

    status_code = 429
    default_code = "too-many-requests"

    def __init__(self, *, name: str, rate: float, wait: float) -> None:
        owner, _, what = name.split(":")
        quota, span = (rate, "second") if rate >= 1 else (rate * 60, "minute")
        self.wait = max(1, math.ceil(wait))
        super().__init__(
            f"This {owner} may send {quota:,.10g} {what} a {span}. Try again in {self.wait} s; "
            "nothing of this request was stored."
        )
        window = 1 if span == "second" else 60
        self.fields = {  # draft-ietf-httpapi-ratelimit-headers-10
            "RateLimit-Policy": f'"{owner}-{what}";q={math.floor(quota)};w={window}',
            "RateLimit": f'"{owner}-{what}";r=0;t={self.wait}',
        }


class Overloaded(exceptions.APIException):
    """The product has more to do than it gets done; the same request may be sent again later."""

    status_code = 503
    default_code = "overloaded"

    def __init__(self, detail: str, *, wait: int) -> None:
        self.wait = wait
        super().__init__(f"{detail} Nothing of this request was stored; try again in {wait} s.")


def problem(
    status: int, detail: str, *, errors: list[dict[str, Any]] | None = None, code: str = ""
) -> dict[str, Any]:
    """Return the body of a problem answer.

    `errors` holds {"field", "code", "detail"} each, so that a form can point at the place.
    """
    title = HTTPStatus(status).phrase
    return {
        "type": f"/problems/{code or title.lower().replace(' ', '-')}",
        "title": title,
        "status": status,
        "detail": detail,
        "errors": errors or [],
        "request_id": current_request_id(),
    }


def problem_json(request: HttpRequest, status: int, detail: str) -> JsonResponse:
    return JsonResponse(problem(status, detail), status=status, content_type=CONTENT_TYPE)


def failure_status(error: BaseException | None) -> int:
    """Return 503 where the database is away, else 500: for errors outside of API views."""
    return DatabaseAway.status_code if isinstance(error, DATABASE_AWAY) else 500


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: None (so a logged 500) for what is nobody's fault but ours."""
    if isinstance(error, DATABASE_AWAY):
        logger.error("database out of reach: %s", error)
        error = DatabaseAway()
    if isinstance(error, Http404):
        error = exceptions.NotFound(*error.args)
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(*error.args)
    if not isinstance(error, exceptions.APIException):
        return None
    from rest_framework.views import set_rollback  # the services raise problems, and need no views

    set_rollback()
    return Response(
        _body(error), status=error.status_code, headers=_headers(error), content_type=CONTENT_TYPE
    )


def words_of(error: exceptions.APIException) -> str:
    """Return what a person reads of the error."""
    return " ".join(row["detail"] for row in _flatten(error.get_full_details()))


def _body(error: exceptions.APIException) -> dict[str, Any]:
    errors = _flatten(error.get_full_details())
    detail = errors[0]["detail"] if len(errors) == 1 else f"{len(errors)} things are wrong, see errors."
    code = error.get_codes()
    of_fields = "" if error.status_code == HTTPStatus.NOT_FOUND else "invalid"
    return problem(
        error.status_code, detail, errors=errors, code=code if isinstance(code, str) else of_fields
    )


def sentence_of(error: exceptions.APIException) -> str:
    """Return what a refusal says, as one text for people."""
    return " ".join(row["detail"] for row in _flatten(error.get_full_details()))


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = dict(getattr(error, "fields", {}))
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(math.ceil(wait))
    return headers


def _flatten(details: Any, field: str = "") -> list[dict[str, Any]]:
    if isinstance(details, list):
        return [row for item in details for row in _flatten(item, field)]
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        return [{"field": field, "code": details["code"], "detail": str(details["message"])}]
    if isinstance(details, dict):
        rows = (_flatten(value, f"{field}.{key}" if field else str(key)) for key, value in details.items())
        return [row for group in rows for row in group]
    return [{"field": field, "code": "invalid", "detail": str(details)}]
