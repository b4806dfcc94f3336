"""Drift of stored sensors: found, told, corrected for all that are looked at, once a day by the clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anomalies.drifting.checks import advance_check, check_sensor, start_check, start_due_checks
from anomalies.drifting.looking import Wish
from anomalies.models import Baseline
from mlops.drift.judging import Asked
from mlops.models import DriftCheck, DriftFinding
from smartmaint.events.models import EventRecord
from tests.anomalies.drifting.history import NOW, remember
from tests.anomalies.factories import AlertFactory
from tests.sensors.factories import SensorFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def sensor(organization):
    return SensorFactory(organization=organization)


def look(sensor, at=NOW, window=None):
    return check_sensor(sensor=sensor, cause="hand", by="tests", wish=Wish(at, Asked(), window))


def told(name):
    return list(EventRecord.objects.filter(name=name))


def test_a_sensor_that_stays_as_it_was_is_stable(sensor):
    remember(sensor, days=45)
    found = look(sensor)
    assert (found.outcome, found.same_hours, found.current) == ("stable", True, True)
    assert found.window_until - found.window_from == 3 * DAY
    assert found.reference_until <= found.window_from
    assert not told("mlops.DriftDetected")


def test_a_sensor_that_moved_has_drifted_and_it_is_told(sensor):
    remember(sensor, days=45, moved=3)
    found = look(sensor)
    assert found.outcome == "drifted"
    assert "median went up" in found.reasons[0]
    assert found.shift > 1
    (event,) = told("mlops.DriftDetected")
    assert event.payload["finding_ids"] == [found.pk]
    assert event.payload["scope"] == f"sensor:{sensor.pk}"


def test_a_drift_goes_on_since_it_was_first_found(sensor):
    remember(sensor, days=45, moved=3)
    first = look(sensor)
    second = look(sensor, at=NOW + timedelta(hours=3))
    first.refresh_from_db()
    assert (first.current, second.current) == (False, True)
    assert second.since == first.since == first.window_from


def test_what_was_a_fault_is_no_reference(sensor):
    remember(sensor, days=27)
    AlertFactory(
        asset=sensor.asset,
        verdict="confirmed",
        state="normal",
        started_at=NOW - 19.5 * DAY,
        ended_at=NOW - 9.5 * DAY,
    )
    found = look(sensor, window=DAY)
    assert (found.blocks, found.reference_until) == (15, NOW - DAY)


def test_an_open_alarm_is_said_beside_the_drift(sensor):
    remember(sensor, days=45, moved=3)
    AlertFactory(asset=sensor.asset, verdict="confirmed", started_at=NOW - DAY, ended_at=None)
    assert "may be the fault itself" in look(sensor).reasons[-1]


def test_what_is_learnt_anew_is_compared_with_its_new_normal(sensor):
    remember(sensor, days=80, moved=3, moved_days=20)
    found = look(sensor)
    assert found.outcome == "drifted"
    Baseline.objects.create(
        organization=sensor.organization, sensor=sensor, at=NOW - 20 * DAY, reason="new seal", actor="Ana"
    )
    again = look(sensor)
    assert again.outcome == "stable"
    assert again.reference_from >= NOW - 20 * DAY


def test_a_young_sensor_says_how_much_it_still_needs(sensor):
    remember(sensor, days=0.25)
    found = look(sensor)
    assert found.outcome == "not_enough_data"
    assert "7.0 more hours" in found.reasons[0]


def test_a_silent_sensor_is_bad_not_drifted(sensor):
    remember(sensor, days=45, until=NOW - 5 * DAY)
    assert look(sensor).outcome == "sensor_bad"


def walk(check, at=NOW):
    while advance_check(organization_id=check.organization_id, check_id=check.pk, step=check.step, at=at):
        check.refresh_from_db()
    check.refresh_from_db()


def test_of_many_sensors_the_one_that_moved_is_found(organization, monkeypatch):
    monkeypatch.setattr("anomalies.drifting.checks.PORTION", 2)
    for moved in (4, *[0] * 4):
        remember(SensorFactory(organization=organization), days=40, moved=moved)
    check = start_check(organization_id=organization.pk, cause="hand", by="tests", at=NOW)
    walk(check)
    assert (check.state, check.looked, check.drifted) == ("done", 5, 1)
    found = DriftFinding.objects.drifted().get()
    assert found.p_corrected >= 5 * found.p
    assert "corrected for 5 tests" in found.reasons[-2]


def test_a_portion_that_is_heard_twice_is_looked_at_once(organization):
    remember(SensorFactory(organization=organization), days=40)
    check = start_check(organization_id=organization.pk, cause="hand", by="tests", at=NOW)
    for _ in range(2):
        advance_check(organization_id=organization.pk, check_id=check.pk, step=0, at=NOW)
    check.refresh_from_db()
    assert (check.looked, check.step) == (1, 1)


def test_one_check_of_everything_runs_at_a_time(organization):
    first = start_check(organization_id=organization.pk, cause="hand", by="tests", at=NOW)
    assert start_check(organization_id=organization.pk, cause="hand", by="tests", at=NOW) == first
    later = start_check(organization_id=organization.pk, cause="hand", by="tests", at=NOW + DAY)
    first.refresh_from_db()
    assert (later != first, first.state) == (True, "failed")


def test_the_clock_begins_a_check_a_day(organization, other_organization):
    remember(SensorFactory(organization=organization), days=1)
    assert [check.organization for check in start_due_checks(at=NOW)] == [organization]
    assert start_due_checks(at=NOW + timedelta(hours=23)) == []
    DriftCheck.objects.update(state="done")
    assert len(start_due_checks(at=NOW + timedelta(hours=25))) == 1
