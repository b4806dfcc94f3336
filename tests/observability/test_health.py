"""Ready without the database: tests/embedded/test_up_recovers.py, where there is one to stop."""

from __future__ import annotations

import pytest

LIVE = ("/health", "/health/live")


@pytest.fixture
def no_redis(settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"


@pytest.mark.parametrize("path", LIVE)
def test_it_is_alive_without_asking_anybody(client, path):
    assert client.get(path).json() == {"status": "up"}


@pytest.mark.django_db
def test_it_is_ready_with_both_servers(client):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "up")
    assert answer.json()["database"]["seconds"] < 1


@pytest.mark.django_db
def test_it_is_degraded_and_ready_without_redis(client, no_redis):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["redis"] == {"status": "down", "error": "ConnectionError"}


@pytest.mark.django_db
def test_each_server_can_be_asked_alone(client, no_redis):
    assert client.get("/health/db").status_code == 200
    assert client.get("/health/redis").status_code == 503


@pytest.mark.parametrize("path", [*LIVE, "/health/ready", "/health/db", "/health/redis"])
def test_it_is_only_read(client, path):
    assert client.post(path).status_code == 405
