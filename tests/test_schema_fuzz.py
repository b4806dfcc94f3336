"""Schemathesis against the served OpenAPI schema: no answer of 5xx, none that the schema does not describe.

SMARTMAINT_FUZZ_EXAMPLES sets how many requests an operation gets from each caller, well formed and not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.conf import settings as product
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from smartmaint.accounts.models import Membership, Organization
from smartmaint.accounts.scopes import SCOPES
from tests.accounts.factories import ApiTokenFactory
from tests.accounts.urls_walk import MAKERS

EXAMPLES = int(os.environ.get("SMARTMAINT_FUZZ_EXAMPLES", "1"))
SETTINGS = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ID = re.compile(r"([\w-]+)/\{(\w+)\}")
CSRF = "c" * 32

Credentials = dict[str, dict[str, str]]  # "headers" and "cookies"

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("fuzz")]


@cache
def loaded() -> list[APIOperation]:
    app = get_wsgi_application()
    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", app)
    return [found.ok() for found in schema.get_all_operations()]


@pytest.fixture
def operations(db: Any) -> Iterator[list[APIOperation]]:
    """The operations, called in this process; its connection, in a transaction, outlives each request."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield loaded()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def of_role(request: pytest.FixtureRequest, role: str) -> Credentials:
    """Return what a browser sends in which somebody of the role is signed in."""
    session = request.getfixturevalue(role).cookies[product.SESSION_COOKIE_NAME].value
    cookies = {product.SESSION_COOKIE_NAME: session, product.CSRF_COOKIE_NAME: CSRF}
    return {"headers": {"X-CSRFToken": CSRF}, "cookies": cookies}


@pytest.fixture
def callers(request: pytest.FixtureRequest, organization: Organization) -> list[Credentials]:
    """A program that may do all, a person of each role, and nobody."""
    ApiTokenFactory(organization=organization, secret="smt_fuzz", scopes=list(SCOPES))
    people = [of_role(request, role) for role in Membership.Role.values]
    return [{"headers": {"Authorization": "Bearer smt_fuzz"}}, *people, {}]


def ids_of(operation: APIOperation, organization: Organization) -> dict[str, Any]:
    """Return the ids of new rows for an address such as /assets/{asset_id}/."""
    return {name: MAKERS[noun](organization) for noun, name in ID.findall(operation.path)}


def wrong(case: Case, credentials: Credentials) -> str:
    """Send the request; say what is wrong with the answer, or nothing."""
    response = case.call(**credentials)
    named = case.operation.definition.raw["responses"]
    if response.status_code >= 500 or str(response.status_code) not in named:
        return f"{response.status_code} {case.as_curl_command()} {response.content[:500]!r}"
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as failures:
        return f"{case.operation.label}: " + "; ".join(str(failure) for failure in failures.exceptions)
    return ""


def tried(
    operation: APIOperation, mode: GenerationMode, callers: list[Credentials], **known: Any
) -> list[str]:
    found: list[str] = []

    @SETTINGS
    @given(case=operation.as_strategy(generation_mode=mode, **known))
    def send(case: Case) -> None:
        found.extend(wrong(case, credentials) for credentials in callers)

    send()
    return [one for one in found if one]


def test_well_formed_requests_get_answers_that_the_schema_describes(operations, callers, organization):
    found: list[str] = []
    for operation in operations:
        ids = ids_of(operation, organization)
        found += tried(operation, GenerationMode.POSITIVE, callers, path_parameters=ids)
    assert not found, "\n\n".join(dict.fromkeys(found))


def test_malformed_requests_get_answers_that_the_schema_describes(operations, callers):
    found: list[str] = []
    for operation in operations:
        found += tried(operation, GenerationMode.NEGATIVE, callers)
    assert not found, "\n\n".join(dict.fromkeys(found))
