from __future__ import annotations

from datetime import timedelta

import pytest

from anomalies.models import Alert
from anomalies.services import raise_alert, validate_alert
from sensors.models import Reading
from smartmaint.events.models import EventRecord
from smartmaint.events.testing import drain
from tests.anomalies.factories import STARTED, AlertFactory, finding, sensor_finding
from tests.sensors.factories import SensorFactory

pytestmark = pytest.mark.django_db
Verdict = Alert.Verdict


@pytest.fixture
def vibration():
    return SensorFactory(code="P-101.vibration", name="Vibration")


def read(sensor, *values, start=STARTED, step=timedelta(minutes=1), quality=1.0):
    Reading.objects.bulk_create(
        Reading(sensor=sensor, measured_at=start + i * step, value=value, quality=quality)
        for i, value in enumerate(values)
    )


def calm(sensor, level=2.0):
    """Six hours of readings before the episode, around `level`."""
    values = [level + 0.1 * ((i * 7) % 5 - 2) for i in range(360)]
    read(sensor, *values, start=STARTED - timedelta(hours=6))


def judged(alert):
    validate_alert(alert=alert, at=STARTED)
    return alert


def told(name):
    return EventRecord.objects.filter(name=f"anomalies.{name}").count()


def test_a_spike_of_a_healthy_sensor_is_confirmed_with_a_lowered_priority(vibration):
    calm(vibration)
    read(vibration, 4.1)
    alert = judged(raise_alert(finding=finding(vibration.asset, vibration, score=3.0), at=STARTED))
    assert (alert.verdict, alert.priority, alert.detected_priority) == (Verdict.CONFIRMED, 3, 2)
    assert "A single reading shows it so far." in alert.verdict_reasons
    assert told("AlertConfirmed") == 1
    assert alert.transitions.get(action="confirmed").actor == "validation"


def test_it_counts_the_readings_outside_the_normal_band(vibration):
    calm(vibration)
    read(vibration, *[4.1, 2.0] * 10)
    end = STARTED + timedelta(minutes=19)
    alert = judged(raise_alert(finding=finding(vibration.asset, vibration, latest_at=end), at=end))
    assert "It lasts: 10 readings show it." in alert.verdict_reasons
    assert alert.priority == 2


def test_it_sees_a_neighbour_that_moves_with_it(vibration):
    temperature = SensorFactory(
        asset=vibration.asset, organization=vibration.organization, kind="temperature", name="Temperature"
    )
    calm(vibration)
    calm(temperature, level=60)
    read(vibration, 4.1, 4.2)
    read(temperature, 75, 76)
    alert = judged(raise_alert(finding=finding(vibration.asset, vibration), at=STARTED))
    assert "Vibration and Temperature moved at the same time." in alert.verdict_reasons


def test_it_dismisses_a_faint_spike_that_the_redundant_sensor_did_not_see(vibration):
    twin = SensorFactory(asset=vibration.asset, organization=vibration.organization, name="Twin")
    for sensor in (vibration, twin):
        calm(sensor)
    read(vibration, 4.1)
    read(twin, 2.0)
    alert = judged(raise_alert(finding=finding(vibration.asset, vibration, score=3.0), at=STARTED))
    assert alert.verdict == Verdict.DISMISSED
    assert "Twin measures the same and saw nothing." in alert.verdict_reasons
    assert (told("AlertDismissed"), told("AlertConfirmed")) == (1, 0)


def test_it_dismisses_what_only_bad_readings_show(vibration):
    read(vibration, 4.1, quality=0.1)
    alert = judged(raise_alert(finding=finding(vibration.asset, vibration), at=STARTED))
    assert alert.verdict == Verdict.DISMISSED


def test_trouble_of_the_sensor_holds_the_machine_alarm_back(vibration):
    AlertFactory(asset=vibration.asset, cause="sensor_stuck", subject_sensor=vibration, verdict="confirmed")
    alert = judged(raise_alert(finding=finding(vibration.asset, vibration), at=STARTED))
    assert alert.verdict == Verdict.DISMISSED
    assert "Vibration itself is in trouble: sensor stuck." in alert.verdict_reasons


def test_it_remembers_what_people_called_false(vibration):
    for _ in range(4):
        old = AlertFactory(asset=vibration.asset, state="normal", verdict="confirmed")
        old.transitions.create(action="resolved_as_false", to_state="normal", at=STARTED, actor="Ana")
    alert = judged(raise_alert(finding=finding(vibration.asset, vibration, score=3.0), at=STARTED))
    assert alert.verdict == Verdict.DISMISSED
    assert "Of 4 earlier alerts like this, about 100% turned out false." in alert.verdict_reasons


def test_a_dismissed_alert_that_worsens_is_judged_again(vibration):
    read(vibration, 4.1, quality=0.1)
    alert = raise_alert(finding=finding(vibration.asset, vibration), at=STARTED)
    drain()
    flow = SensorFactory(asset=vibration.asset, organization=vibration.organization, name="Flow")
    read(flow, *[9.0] * 6)
    both = (sensor_finding(vibration), sensor_finding(flow, score=9.0))
    later = STARTED + timedelta(minutes=6)
    raise_alert(finding=finding(vibration.asset, sensors=both, score=9.0, latest_at=later), at=later)
    drain()
    alert.refresh_from_db()
    assert alert.verdict == Verdict.CONFIRMED
    assert (told("AlertDismissed"), told("AlertConfirmed")) == (1, 1)


def test_a_spike_that_lasts_gets_its_priority_back_and_is_confirmed_once(vibration):
    calm(vibration)
    read(vibration, *[4.1] * 25)
    for minutes in range(25):
        latest = STARTED + timedelta(minutes=minutes)
        raise_alert(finding=finding(vibration.asset, vibration, score=3.0, latest_at=latest), at=latest)
        drain()
    alert = Alert.objects.get()
    assert alert.priority == 2
    assert told("AlertConfirmed") == 1
    assert 2 <= told("AlertUpdated") <= 6


def test_nothing_is_judged_twice_without_news(vibration):
    alert = judged(raise_alert(finding=finding(vibration.asset, vibration), at=STARTED))
    judged(alert)
    assert told("AlertConfirmed") == 1


def test_what_ended_and_began_anew_before_it_was_judged_is_judged_all_the_same(vibration):
    alert = AlertFactory(asset=vibration.asset, state="normal")
    alert.transitions.create(action="superseded", to_state="normal", at=STARTED, actor="detection")
    assert judged(alert).verdict == Verdict.CONFIRMED
    assert told("AlertConfirmed") == 1


def test_what_a_person_has_resolved_is_not_judged_any_more(vibration):
    alert = AlertFactory(asset=vibration.asset, state="normal")
    alert.transitions.create(action="resolved", to_state="normal", at=STARTED, actor="Ana")
    assert judged(alert).verdict == Verdict.PENDING
    assert not EventRecord.objects.exists()


def test_it_judges_in_a_handful_of_queries(vibration, django_assert_max_num_queries):
    for _ in range(8):
        SensorFactory(asset=vibration.asset, organization=vibration.organization)
    alert = raise_alert(finding=finding(vibration.asset, vibration), at=STARTED)
    with django_assert_max_num_queries(18):
        judged(alert)
