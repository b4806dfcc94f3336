"""What every operation of the API has in common, for the served schema: who may call, and how errors look."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

WAIT = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "detail", "errors", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "detail")},
            },
        },
        "request_id": {"type": "string"},
    },
}
ALWAYS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, *WAIT)
CHANGING = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
EVERY_WAY: Any = [{"bearerToken": []}, {"apiKey": []}, {"session": []}]  # to authenticate
METHODS = {"get", "post", "put", "patch", "delete"}


class EndpointSchema(AutoSchema):
    """Names an operation after its method and its view's function, which is unique where paths are alike."""

    def get_operation_id(self) -> str:
        return f"{self.method.lower()}_{type(self.view).__name__}"


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "smartmaint.accounts.authentication.TokenAuthentication"
    match_subclasses = True
    name = ["bearerToken", "apiKey"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer <token>`, or Token."},
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        ]


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "smartmaint.accounts.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def describe_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Name the problems that each operation may answer with; its default answer is one, too."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for path in result["paths"].values():
        shared = path.get("parameters", [])
        for method in METHODS & set(path):
            responses = path[method]["responses"]
            for status in _problems(method, [*shared, *path[method].get("parameters", [])]):
                responses.setdefault(str(status.value), _answer(status))
            responses["default"] = _answer(None)
    return result


def _problems(method: str, parameters: list[dict[str, Any]]) -> list[HTTPStatus]:
    """Return what may go wrong with an operation, by what it takes."""
    statuses = list(ALWAYS)
    if parameters:
        statuses.append(HTTPStatus.BAD_REQUEST)
    if any(parameter["in"] in {"path", "query"} for parameter in parameters):
        statuses.append(HTTPStatus.NOT_FOUND)
    if method != "get":
        statuses += [HTTPStatus.BAD_REQUEST, *CHANGING]
    return statuses


def _answer(status: HTTPStatus | None) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": f"{status.phrase}, as a problem." if status else "An error, as a problem.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in WAIT:
        seconds = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}
        answer["headers"] = {"Retry-After": seconds}
    return answer


def allow_anything(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Say of a nullable field of any JSON just that: null is one of "any" and "null" twice."""
    for component in result.get("components", {}).get("schemas", {}).values():
        for field in component.get("properties", {}).values():
            if {} in field.get("oneOf", []):
                del field["oneOf"]
    return result
