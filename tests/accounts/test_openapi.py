from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from tests.accounts.urls_walk import walk_routes

BENCHMARKS_OWN = "api/v1/benchmark/reference"  # serves no organization of a customer


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def test_the_schema_is_valid_and_complete():
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert "openapi: 3.1.0" in out.getvalue()


def test_the_schema_describes_every_endpoint(schema):
    for route in (route for route in walk_routes() if route.template != BENCHMARKS_OWN):
        path = "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route.template).replace("{pk}", "{id}")
        for method in route.scopes if route.is_api else ():
            assert method.lower() in schema["paths"][path]


def test_every_operation_may_answer_with_a_problem(schema):
    for methods in schema["paths"].values():
        for operation in methods.values():
            answer = operation["responses"]["default"]["content"]
            assert set(answer) == {"application/problem+json"}


def test_the_schema_says_how_to_authenticate(schema):
    schemes = schema["components"]["securitySchemes"]
    assert schemes["bearerToken"]["scheme"] == "bearer"
    assert schemes["apiKey"]["name"] == "X-API-Key"


def test_the_schema_and_its_pages_are_open(client, db):
    assert client.get(reverse("schema")).status_code == 200
    page = client.get(reverse("api-docs"))
    assert page.status_code == 200
    assert "cdn" not in page.content.decode()
