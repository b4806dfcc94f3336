"""What a newcomer sees: the whole product with its demo plant, from nothing."""

from __future__ import annotations

import pytest

from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]

NEWCOMERS_PATIENCE = 120


@pytest.fixture
def demo(tmp_path):
    with Stack(tmp_path / "data", options=("--demo",)) as stack:
        yield stack


def test_a_newcomer_sees_an_alert_and_a_booking_within_two_minutes(demo):
    booked = "/api/v1/maintenance/scheduled"
    (task,) = wait_until(lambda: demo.get(booked).json()["results"], NEWCOMERS_PATIENCE)
    alert = demo.get(f"/api/v1/alerts/{task['alert']}/").json()
    assert (alert["asset"], alert["validation"]["verdict"]) == ("P-101", "confirmed")
    assert {"P-101-VIB", "P-101-SND"} & {sensor["sensor_id"] for sensor in alert["sensors"]}
    assert task["technician"]
