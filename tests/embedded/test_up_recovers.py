"""Whatever is killed comes back by itself. Machines that send meanwhile: test_outages.py."""

from __future__ import annotations

import psutil
import pytest

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]

BACK_SECONDS = 10


@pytest.mark.parametrize(
    "name", ["web", "relay", "worker-training", "worker-anomalies", "worker-models", "redis", "postgres"]
)
def test_a_killed_process_is_back_within_ten_seconds(stack, name):
    killed = stack.kill(name)
    stack.wait_until(lambda: stack.came_back(name, killed), BACK_SECONDS)
    stack.wait_until(lambda: stack.get("/health/ready").json()["status"] == "up", 60)


def test_a_killed_worker_leaves_no_pool_behind(stack):
    (pid,) = stack.pids("worker-anomalies")
    stack.wait_until(lambda: psutil.Process(pid).children(), 60)
    pool = psutil.Process(pid).children()
    stack.kill("worker-anomalies")
    stack.wait_until(lambda: not any(process.is_running() for process in pool), 60)


def test_pages_and_readings_are_served_while_redis_is_away(stack):
    with stack.without("redis"):
        health = stack.get("/health/ready")
        assert (health.status_code, health.json()["status"]) == (200, "degraded")
        assert stack.get("/sign-in/").status_code == 200
        answer = stack.post("/api/v1/data/ingest", {"sensor_id": "no-redis", "value": 1})
        assert answer.status_code == 200, answer.text


def test_it_says_so_at_once_while_the_database_is_away(stack):
    with stack.without("postgres"):
        health = stack.get("/health/ready")
        assert (health.status_code, health.json()["status"]) == (503, "down")
        assert health.elapsed.total_seconds() < 15
        assert stack.get("/health/live").status_code == 200
    stack.wait_until(stack.ready, 60)
