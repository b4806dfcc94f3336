"""Recordings of real machines, replayed through the running product: web, relay and workers."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from html import unescape

import httpx
import psycopg
import pytest

from reports.evaluation import nab
from smartmaint.embedded.addresses import database_url
from tests.journey.ground_truth import MACHINE_TEMPERATURE, failure_windows, outside, touched

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]

OPEN_WORK = """
    SELECT (SELECT count(*) FROM events_eventrecord WHERE relayed_at IS NULL)
         + (SELECT count(*) FROM events_delivery WHERE state IN ('waiting', 'sent', 'running'))
"""
SKAB_SENSORS = (
    *("Accelerometer1RMS", "Accelerometer2RMS", "Current", "Pressure"),
    *("Temperature", "Thermocouple", "Voltage", "Volume Flow RateRMS"),
)


def settled(stack):
    """Wait until every event is told and every agent is done."""
    with psycopg.connect(database_url(stack.data_dir), autocommit=True) as connection:
        stack.wait_until(lambda: connection.execute(OPEN_WORK).fetchone() == (0,), 300, "agents are busy")


def replay(stack, file, asset, *options):
    options = ("--organization", stack.credentials["organization"], "--asset", asset, *options)
    done = stack.manage("replay", str(file), *options, timeout=300)
    assert done.returncode == 0, done.stderr
    settled(stack)
    return done.stdout


def alerts_of(stack, asset):
    alerts, path = [], f"/api/v1/alerts/?asset={asset}"
    while path:
        body = stack.get(path.removeprefix(stack.url)).json()
        alerts, path = alerts + body["results"], body["next"]
    return [alert for alert in alerts if alert["asset"] == asset]


def confirmed(alerts):
    return [alert for alert in alerts if alert["validation"]["verdict"] == "confirmed"]


@pytest.fixture(scope="module")
def machine_temperature(stack, test_data):
    file = test_data / "NAB/data" / f"{MACHINE_TEMPERATURE}.gz"
    said = replay(stack, file, "NAB-1", "--sensor", "NAB-1.temperature")
    return said, alerts_of(stack, "NAB-1")


def test_the_whole_recording_is_stored(stack, machine_temperature):
    said, _ = machine_temperature
    assert "22,695 rows" in said
    (summary,) = stack.get("/api/v1/sensors/sensors?sensor_id=NAB-1.temperature").json()["results"]
    assert summary["reading_count"] in range(22_680, 22_696)  # the file repeats a few instants


def test_at_least_three_of_four_failures_are_announced_and_few_others(test_data, machine_temperature):
    alerts = confirmed(machine_temperature[1])
    windows = failure_windows(test_data, MACHINE_TEMPERATURE)
    assert len(touched(alerts, windows)) >= 3
    assert len(outside(alerts, windows)) <= 8


def test_alerts_begin_where_the_evaluation_says(test_data, machine_temperature):
    """One that nobody acknowledged goes on with what begins next, so not each beginning is an alert."""
    recording = nab.read(test_data / "NAB/data" / f"{MACHINE_TEMPERATURE}.gz")
    calm = nab.judge(recording).begins[1] > 0
    begins = set(recording.time[recording.heard][calm])
    started = [datetime.fromisoformat(alert["started_at"]).timestamp() for alert in machine_temperature[1]]
    assert len(started) >= 3
    assert set(started) <= begins
    assert min(started) == min(begins)


def test_each_confirmed_alert_says_why(machine_temperature):
    for alert in confirmed(machine_temperature[1]):
        assert alert["summary"]
        assert alert["reasons"]
        assert alert["validation"]["reasons"]


ENDS = {"maintenance.TaskScheduled", "maintenance.DecisionRequested", "maintenance.DecisionJoined"}


def test_each_confirmed_alert_ends_in_a_booking_or_a_question(stack, machine_temperature):
    """Of its own; or it joined the one that the machine had already."""
    steps = []
    for alert in confirmed(machine_temperature[1]):
        trace = stack.get(f"/api/v1/traces/{alert['correlation_id']}").json()
        names = {step["name"] for step in trace["steps"]}
        assert names & ENDS, names
        steps += names
    assert steps.count("maintenance.DecisionJoined") < len(confirmed(machine_temperature[1]))


@pytest.fixture
def browser(stack):
    planner = next(user for user in stack.credentials["users"] if user["role"] == "planner")
    with httpx.Client(base_url=stack.url, follow_redirects=True, timeout=60) as browser:
        browser.get("/sign-in/")
        form = {"username": planner["username"], "password": planner["password"]}
        form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
        assert browser.post("/sign-in/", data=form).url.path == "/"
        yield browser


def test_each_confirmed_alert_and_its_outcome_can_be_seen(browser, machine_temperature):
    for alert in confirmed(machine_temperature[1]):
        page = unescape(browser.get(f"/alerts/{alert['id']}/").text)
        assert alert["summary"] in page
        work = browser.get(f"/alerts/{alert['id']}/work/")
        assert work.status_code == 200
        assert "Inspect" in work.text


def fault_of(file):
    with file.open() as lines:
        rows = [row for row in csv.DictReader(lines, delimiter=";") if row["anomaly"] == "1.0"]
    return tuple(datetime.fromisoformat(rows[at]["datetime"]).replace(tzinfo=UTC) for at in (0, -1))


def test_a_valve_fault_is_announced_as_one_alert_that_names_the_sensors(stack, test_data):
    file = test_data / "SKAB/data/valve1/6.csv"
    columns = [part for name in SKAB_SENSORS for part in ("--column", name)]
    replay(stack, file, "SKAB-1", *columns)
    alerts = confirmed(alerts_of(stack, "SKAB-1"))
    during = [alert for alert in alerts if alert not in outside(alerts, [fault_of(file)])]
    assert len(during) == 1, [alert["summary"] for alert in alerts]
    assert {sensor["sensor_id"] for sensor in during[0]["sensors"]} & {"SKAB-1.Volume-Flow-RateRMS"}
