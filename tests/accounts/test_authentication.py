from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.accounts.factories import ApiTokenFactory

URL = "/api/v1/sites/"
SECRET = "smt_known"


@pytest.fixture
def token(organization):
    return ApiTokenFactory(organization=organization, secret=SECRET, scopes=["data:read"])


def ask(**headers):
    return APIClient().get(URL, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {SECRET}"},
        {"Authorization": f"bearer  {SECRET} "},
        {"Authorization": f"Token {SECRET}"},
        {"X-API-Key": SECRET},
    ],
)
def test_a_token_comes_in_one_of_three_headers(token, headers):
    assert ask(**headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {SECRET} more"},
        {"Authorization": f"Basic {SECRET}"},
        {"Authorization": SECRET},
        {"X-API-Key": "wrong"},
        {"X-API-Key": "nul\x00"},
    ],
)
def test_anything_else_is_401_and_says_how(token, headers):
    answer = ask(**headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("field", ["revoked_at", "expires_at"])
def test_a_token_that_ended_is_refused(token, field):
    setattr(token, field, timezone.now())
    token.save()
    assert ask(Authorization=f"Bearer {SECRET}").status_code == 401


def test_a_token_lasts_until_it_expires(token):
    token.expires_at = timezone.now() + timedelta(minutes=1)
    token.save()
    assert ask(Authorization=f"Bearer {SECRET}").status_code == 200


@pytest.mark.parametrize(
    ("networks", "status"),
    [(["127.0.0.0/8"], 200), (["10.0.0.0/8"], 401), (["::1/128", "127.0.0.1/32"], 200)],
)
def test_a_token_is_bound_to_its_networks(token, networks, status):
    token.networks = networks
    token.save()
    assert ask(Authorization=f"Bearer {SECRET}").status_code == status


def test_its_last_use_is_noted(token):
    ask(Authorization=f"Bearer {SECRET}")
    token.refresh_from_db()
    assert timezone.now() - token.last_used_at < timedelta(seconds=10)


def test_a_wrong_token_is_not_saved_by_a_session(operator):
    assert operator.get(URL).status_code == 200
    assert operator.get(URL, headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_a_session_needs_the_forgery_token_to_change_something(admin):
    admin.handler.enforce_csrf_checks = True
    answer = admin.post(URL, {"code": "n", "name": "N"}, content_type="application/json")
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]


def test_a_token_does_not_open_pages(token, client):
    answer = client.get("/settings/", headers={"Authorization": f"Bearer {SECRET}"})
    assert answer["Location"].startswith("/sign-in/")
