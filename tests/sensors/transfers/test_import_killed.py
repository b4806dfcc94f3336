"""A large file on the running product: the worker is killed half-way, and everything is there once.

`SMARTMAINT_IMPORT_ROWS=200000` makes it as large as a plant's year; the report is exact at any size.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest
from playwright.sync_api import sync_playwright

from smartmaint.embedded.addresses import database_url
from tests.browser.conftest import FLAGS

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]

ROWS = int(os.environ.get("SMARTMAINT_IMPORT_ROWS", "21000"))
SENSORS = 10
LIMIT = 7.1
BAD = ("broken,{at}", "KILL.s0,{at},high", "KILL.s1,yesterday,2.5", "KILL.s2,2199-01-01T00:00:00Z,2.5")
REASONS = {0: "row", 1: "value", 2: "timestamp", 3: "future"}
SECONDS = 180
IMPORTS = "/api/v1/data/imports"
COUNTS = ("state", "rows", "readings", "accepted", "duplicate", "rejected")
NOTE = """() => new MutationObserver(() => {
    const shown = Number(document.getElementById("import-rows").textContent.replace(/\\D/g, ""));
    if (window.seen.at(-1) !== shown) window.seen.push(shown);
}).observe(document.body, {childList: true, subtree: true})"""
PAGED = """
    SELECT count(*) FROM maintenance_notification
    WHERE correlation_id = %s OR subject LIKE '%%KILL%%' OR body LIKE '%%KILL%%'
"""
STORED = """
    SELECT count(*) FROM sensors_reading JOIN sensors_sensor sensor ON sensor.id = sensor_id
    WHERE sensor.code LIKE 'KILL.%'
"""
UNHEARD = """
    SELECT count(*) FROM events_delivery JOIN events_eventrecord event USING (event_id)
    WHERE event.correlation_id = %s AND state IN ('waiting', 'sent', 'running')
"""


def lines(now: datetime) -> Iterator[str]:
    """One row in a hundred is bad; at its end, which is now, every sensor fails far beyond its limit."""
    yield "sensor,timestamp,value"
    for number in range(ROWS):
        at = (now - timedelta(seconds=ROWS - number)).isoformat()
        if number % 100 == 99:
            yield BAD[number // 100 % len(BAD)].format(at=at)
        else:
            value = 2 + number % 7 / 10 + (10 if number > ROWS * 0.98 else 0)
            yield f"KILL.s{number % SENSORS},{at},{value}"


def expected_report() -> list[tuple[int, str]]:
    return [(number + 2, REASONS[number // 100 % len(BAD)]) for number in range(99, ROWS, 100)]


def ask(stack, sql: str, *values: object) -> int:
    with psycopg.connect(database_url(stack.data_dir)) as connection:
        return connection.execute(sql, values or None).fetchone()[0]


def send(stack) -> dict:
    """Register the sensors with limits, and upload the file."""
    stack.post("/api/v1/sites/", {"code": "kill", "name": "Kill"})
    stack.post("/api/v1/assets/", {"code": "KILL", "name": "KILL", "site": "kill"})
    for number in range(SENSORS):
        sensor = {"code": f"KILL.s{number}", "asset": "KILL", "upper_limit": LIMIT}
        assert stack.post("/api/v1/sensors/", sensor).status_code == 201
    body = "\n".join(lines(datetime.now(UTC))).encode()
    headers = stack.headers | {"Content-Type": "text/csv"}
    answer = httpx.post(f"{stack.url}{IMPORTS}?filename=year.csv", content=body, headers=headers, timeout=60)
    assert answer.status_code == 202, answer.text
    return answer.json()


def look(stack, import_id: int) -> dict:
    return stack.get(f"{IMPORTS}/{import_id}").json()


def watch(stack, import_id: int) -> list[int]:
    """Return each count of rows that the page shows until it says Imported, without a reload."""
    person, seen = stack.credentials["users"][0], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page()
        page.goto(f"{stack.url}/sign-in/?next=/data/imports/{import_id}/")
        page.get_by_label("Name").fill(person["username"])
        page.get_by_label("Password").fill(person["password"])
        page.keyboard.press("Enter")
        page.wait_for_selector("#state")
        page.evaluate("window.seen = []; window.unmoved = true")
        page.evaluate(NOTE)
        page.wait_for_selector('#state[data-state="done"]', timeout=SECONDS * 1000)
        seen = page.evaluate("window.unmoved && window.seen")
        browser.close()
    return seen


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium: apt-get install chromium")
def test_a_file_is_whole_after_a_kill_half_way_and_pages_nobody(stack):
    job = send(stack)
    with ThreadPoolExecutor(1) as pool:
        watched = pool.submit(watch, stack, job["id"])
        stack.wait_until(lambda: look(stack, job["id"])["rows"] >= ROWS / 3, SECONDS)
        killed = stack.kill("worker-models")
        stack.wait_until(lambda: stack.came_back("worker-models", killed), 60)
        done = stack.wait_until(lambda: finished(stack, job["id"]), SECONDS)
        seen = watched.result(SECONDS)
    bad = ROWS // 100
    assert [done[name] for name in COUNTS] == ["done", ROWS, ROWS, ROWS - bad, 0, bad]
    assert ask(stack, STORED) == ROWS - bad
    assert report(stack, job["id"]) == expected_report()
    assert len({rows for rows in seen if 0 < rows < ROWS}) >= 1, seen
    stack.wait_until(lambda: ask(stack, UNHEARD, job["correlation_id"]) == 0, SECONDS)
    assert ask(stack, PAGED, job["correlation_id"]) == 0


def finished(stack, import_id: int) -> dict | None:
    job = look(stack, import_id)
    return job if job["state"] not in {"running"} else None


def report(stack, import_id: int) -> list[tuple[int, str]]:
    text = stack.get(f"{IMPORTS}/{import_id}/report").text
    return [(int(row["row"]), row["code"]) for row in csv.DictReader(io.StringIO(text))]
