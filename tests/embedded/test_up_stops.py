"""The life of a data directory: its first start with the demo plant, and the ways to end and start it again.

A start takes many seconds of both cores, so a test goes on with what the one before left, running or not.
Alone, each starts or stops what it needs.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from smartmaint.embedded.leftovers import find_leftovers
from tests.embedded.refusals import refusal
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]

NEWCOMERS_PATIENCE = 120


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("demo") / "data", options=("--demo",)) as stack:
        stack.options = ()  # from its second start on, it is a plant whose machines are silent
        yield stack


@pytest.fixture
def running(demo: Stack) -> Stack:
    return demo if demo.runs else demo.start()


@pytest.fixture
def resting(demo: Stack) -> Stack:
    demo.stop()
    return demo


def test_a_newcomer_sees_an_alert_and_a_booking_within_two_minutes(running):
    booked = "/api/v1/maintenance/scheduled"
    (task,) = wait_until(lambda: running.get(booked).json()["results"], NEWCOMERS_PATIENCE)
    alert = running.get(f"/api/v1/alerts/{task['alert']}/").json()
    assert (alert["asset"], alert["validation"]["verdict"]) == ("P-101", "confirmed")
    assert {"P-101-VIB", "P-101-SND"} & {sensor["sensor_id"] for sensor in alert["sensors"]}
    assert task["technician"]


def test_a_signal_stops_everything_in_order(running):
    family = running.family()
    assert running.stop(signal.SIGTERM) == 0
    assert not [process for process in family if process.is_running()]
    assert not find_leftovers(running.data_dir)
    assert running.output.rstrip().endswith("Stopped: nothing is left running.")


def test_a_second_start_reuses_the_data(resting):
    before = resting.credentials
    resting.start()
    assert resting.credentials == before
    assert "up to date" in resting.output


def test_it_starts_again_right_after_it_was_killed(running):
    running.stop(signal.SIGKILL)
    running.start()
    assert running.ready()


def test_nothing_outlives_it_when_it_is_killed(running):
    running.stop(signal.SIGKILL)
    running.wait_until(lambda: not find_leftovers(running.data_dir), 60)


def test_a_signal_during_the_start_stops_it(resting):
    process = resting.launch()
    resting.wait_until(lambda: "PostgreSQL" in resting.output, 60)
    assert resting.stop() == 0
    assert process.returncode == 0
    assert not find_leftovers(resting.data_dir)


def test_a_command_beside_nothing_says_so_in_a_sentence(resting):
    answer = resting.manage("showmigrations")
    assert answer.returncode == 1
    assert f"No database answers in {resting.data_dir}: start it with `manage.py up`" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_damaged_data_keep_it_from_starting(resting):
    control = resting.data_dir / "postgres" / "global" / "pg_control"
    kept = control.rename(resting.data_dir / "pg_control")
    try:
        assert "postgres did not start" in refusal(resting)
        assert "pg_control" in resting.output
    finally:
        kept.rename(control)


def test_credentials_that_cannot_be_read_keep_it_from_starting(resting):
    path = resting.data_dir / "credentials.json"
    before = path.read_text()
    path.write_text("{")
    try:
        assert refusal(resting).endswith("credentials.json is broken: delete it to get new sign-ins.")
    finally:
        path.write_text(before)
