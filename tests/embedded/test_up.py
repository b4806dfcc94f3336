from __future__ import annotations

import stat

import httpx
import psutil
import pytest

from smartmaint.accounts.scopes import SCOPES
from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]


def test_it_shows_each_step_the_address_and_the_sign_ins(stack):
    for step in ("PostgreSQL", "Redis", "database schema", "web pages and API", "agents"):
        assert f"  {step} " in stack.output
    assert f"{stack.url}/\n" in stack.output
    for user in stack.credentials["users"]:
        assert f"{user['username']:<12} {user['password']}" in stack.output


def test_a_person_can_sign_in_with_what_it_printed(stack):
    admin = next(user for user in stack.credentials["users"] if user["role"] == "admin")
    with httpx.Client(base_url=stack.url, follow_redirects=True, timeout=60) as browser:
        assert "csrfmiddlewaretoken" in browser.get("/").text
        form = {"username": admin["username"], "password": admin["password"], "next": "/"}
        form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
        answer = browser.post("/sign-in/", data=form)
    assert answer.status_code == 200
    assert answer.url.path == "/"


def test_its_credentials_are_for_their_owner_only(stack):
    path = stack.data_dir / "credentials.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {user["role"] for user in stack.credentials["users"]} == {
        "viewer",
        "operator",
        "technician",
        "planner",
        "admin",
    }


def test_its_token_may_do_everything(stack):
    code = "from smartmaint.accounts.models import ApiToken; print(*ApiToken.objects.get().scopes)"
    assert set(stack.manage("shell", "--no-imports", "-c", code).stdout.split()) == set(SCOPES)


def test_a_reading_sent_over_http_is_there_for_a_command_beside_it(stack):
    answer = stack.post("/api/v1/data/ingest", {"sensor_id": "up-1", "value": -18})
    assert answer.status_code == 200, answer.text
    code = "from sensors.models import Reading; print(Reading.objects.get(sensor__code='up-1').value)"
    assert stack.manage("shell", "--no-imports", "-c", code).stdout.strip() == "-18.0"


def test_it_listens_on_loopback_only(stack):
    addresses = {
        listening.laddr.ip
        for process in stack.family()
        for listening in process.net_connections("inet")
        if listening.status == "LISTEN"
    }
    assert addresses == {"127.0.0.1"}


def test_a_second_one_on_the_same_data_is_refused(stack):
    second = Stack(stack.data_dir)
    second.log = stack.data_dir.parent / "second.log"
    assert second.launch().wait(120) == 1
    assert f"Another `manage.py up` (process {stack.process.pid}) uses {stack.data_dir}" in second.output
    assert stack.ready()


def test_it_tells_how_much_memory_it_takes(stack):
    report = stack.manage("stack_memory").stdout
    total = float(report.splitlines()[-1].split()[-2])
    assert "worker-anomalies" in report
    assert 100 < total <= 1200


def test_links_in_messages_lead_to_it(stack):
    (pid,) = stack.pids("worker-notifications")
    assert psutil.Process(pid).environ()["SMARTMAINT_BASE_URL"] == stack.url


def test_machines_have_an_address_of_their_own_that_serves_the_api_only(stack):
    api_url = stack.credentials["api_url"]
    assert api_url != stack.url
    reading = {"sensor_id": "up-machine", "value": 1}
    sent = httpx.post(f"{api_url}/api/v1/data/ingest", json=reading, headers=stack.headers, timeout=60)
    assert sent.json()["status"] == "event_published", sent.text
    for path in ("/", "/sign-in/", "/admin/"):
        answer = httpx.get(api_url + path, timeout=60)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_connections_wait_while_the_servers_start_again(stack):
    for name in ("web", "api"):
        killed = stack.kill(name)
        answer = httpx.get(
            f"{stack.credentials['url' if name == 'web' else 'api_url']}/health/live", timeout=60
        )
        assert answer.status_code == 200
        assert stack.came_back(name, killed)
