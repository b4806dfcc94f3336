from __future__ import annotations

from unittest.mock import patch

import psycopg_pool
import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

KEYS = {"type", "title", "status", "detail", "errors", "request_id"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/v1/nowhere", 404),
        ("get", "/api/v1/sites/999999/", 404),
        ("get", "/api/nowhere", 404),
        ("delete", "/api/v1/sites/", 405),
        ("options", "/api/v1/data/ingest", 200),
        ("get", "/api/v1/data/ingest", 405),
        ("post", "/api/v1/sites/", 400),
        ("get", "/api/v1/sites/?cursor=cD1cAA==", 404),
    ],
)
def test_every_error_is_a_problem_with_the_request_id(api, organization, method, path, status):
    answer = getattr(api(), method)(path, headers={"X-Request-ID": "mine-1"})
    assert answer.status_code == status
    assert answer["X-Request-ID"] == "mine-1"
    if status >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert set(answer.json()) == KEYS
        assert (answer.json()["status"], answer.json()["request_id"]) == (status, "mine-1")


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "<script>"])
def test_a_strange_request_id_is_replaced(api, organization, given):
    answered = api().get("/api/v1/sites/", headers={"X-Request-ID": given})["X-Request-ID"]
    assert len(answered) == 36


def test_another_content_type_is_415(api, organization):
    answer = api().post("/api/v1/sites/", "<site/>", content_type="application/xml")
    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")


def test_a_large_body_is_413(api, organization):
    answer = api().post("/api/v1/sites/", b" " * (8 * 1024 * 1024 + 1), content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


def test_a_bug_is_500_and_says_nothing_of_itself(api, organization):
    client = api()
    client.raise_request_exception = False
    with patch("sensors.api.rows.paginated", side_effect=RuntimeError("secret detail")):
        answer = client.get("/api/v1/sites/")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "secret detail" not in answer.content.decode()


@pytest.mark.parametrize("broken", [OperationalError, InterfaceError])
def test_a_database_that_goes_away_is_503(api, organization, broken):
    client = api("data:ingest")
    with patch("sensors.services.write_rows", side_effect=broken("gone")):
        body = {"sensor_id": "P-1", "value": 1}
        answer = client.post("/api/v1/data/ingest", body)
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert int(answer["Retry-After"]) <= 3


@pytest.fixture
def no_database(db):
    """Let every connection attempt end as a pool without connections ends it."""
    connection.close()
    connect = "django.db.backends.postgresql.base.DatabaseWrapper.get_new_connection"
    with patch(connect, side_effect=psycopg_pool.PoolTimeout("none left")):
        yield


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("headers", [{"Authorization": "Bearer x"}, {"Cookie": f"sessionid={'a' * 32}"}])
def test_a_database_that_is_away_is_503_before_anybody_is_known(no_database, headers):
    client = Client(raise_request_exception=False)
    answer = client.post("/api/v1/data/ingest", b"{}", content_type="application/json", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert int(answer["Retry-After"]) <= 3
