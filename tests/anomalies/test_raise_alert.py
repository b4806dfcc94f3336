from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from anomalies.models import Alert
from anomalies.services import end_alert, raise_alert, validate_alert
from smartmaint.events.models import EventRecord
from tests.anomalies.factories import STARTED, AlertFactory, finding, sensor_finding
from tests.sensors.factories import AssetFactory, SensorFactory

pytestmark = pytest.mark.django_db
State, Verdict = Alert.State, Alert.Verdict
LATER = STARTED + timedelta(minutes=5)


@pytest.fixture
def vibration():
    return SensorFactory(code="P-101.vibration", name="Vibration")


@pytest.fixture
def temperature(vibration):
    return SensorFactory(asset=vibration.asset, organization=vibration.organization, name="Temperature")


def told() -> list[str]:
    return list(EventRecord.objects.order_by("published_at").values_list("name", flat=True))


def end(alert, at):
    return end_alert(
        organization_id=alert.organization_id,
        asset_id=alert.asset_id,
        cause=alert.cause,
        subject_sensor_id=alert.subject_sensor_id,
        ended_at=at,
        at=at,
    )


def test_it_opens_an_alert_with_its_sensors_and_tells_so(vibration):
    cause = uuid4()
    found = finding(vibration.asset, vibration, caused_by=cause)

    alert = raise_alert(finding=found, at=LATER)

    alert.refresh_from_db()
    assert (alert.state, alert.verdict, alert.raised_at) == (State.UNACKNOWLEDGED, Verdict.PENDING, LATER)
    sensor = alert.alert_sensors.get()
    assert (sensor.sensor, sensor.value, sensor.share) == (vibration, 4.1, 1.0)
    event = EventRecord.objects.get()
    assert (event.name, event.correlation_id, event.caused_by) == (
        "anomalies.AlertRaised",
        found.correlation_id,
        cause,
    )
    assert alert.transitions.get().action == "raised"


def test_the_same_finding_again_tells_nothing(vibration):
    for _ in range(3):
        raise_alert(finding=finding(vibration.asset, vibration), at=LATER)
    assert Alert.objects.count() == 1
    assert told() == ["anomalies.AlertRaised"]


def test_an_episode_that_goes_on_moves_its_newest_reading_only(vibration):
    alert = raise_alert(finding=finding(vibration.asset, vibration), at=LATER)
    raise_alert(finding=finding(vibration.asset, vibration, latest_at=LATER, score=4.0), at=LATER)
    alert.refresh_from_db()
    assert (alert.latest_at, alert.score) == (LATER, 5.0)
    assert told() == ["anomalies.AlertRaised"]


def test_a_sensor_that_joins_is_told_once_and_shares_the_evidence(vibration, temperature):
    alert = raise_alert(finding=finding(vibration.asset, vibration), at=LATER)
    both = (sensor_finding(vibration), sensor_finding(temperature, score=15.0))
    for _ in range(2):
        raise_alert(finding=finding(vibration.asset, sensors=both), at=LATER)
    assert told() == ["anomalies.AlertRaised", "anomalies.AlertUpdated"]
    assert EventRecord.objects.order_by("published_at").last().payload["change"] == "also Temperature"
    shares = dict(alert.alert_sensors.values_list("sensor__name", "share"))
    assert shares == {"Vibration": 0.25, "Temperature": 0.75}


def test_it_keeps_each_sensors_most_abnormal_value(vibration):
    alert = raise_alert(finding=finding(vibration.asset, vibration), at=LATER)
    worse = (sensor_finding(vibration, score=9.0, value=8.8),)
    raise_alert(finding=finding(vibration.asset, sensors=worse, score=9.0), at=LATER)
    raise_alert(finding=finding(vibration.asset, vibration), at=LATER)
    row = alert.alert_sensors.get()
    assert (row.value, row.score) == (8.8, 9.0)


def test_a_higher_priority_is_taken_over_and_a_lower_one_is_not(vibration):
    alert = raise_alert(finding=finding(vibration.asset, vibration), at=LATER)
    for priority in (3, 1, 2):
        raise_alert(finding=finding(vibration.asset, vibration, priority=priority), at=LATER)
    alert.refresh_from_db()
    assert alert.priority == 1
    assert told().count("anomalies.AlertUpdated") == 1


def test_other_causes_other_sensors_and_other_assets_have_alerts_of_their_own(vibration):
    raise_alert(finding=finding(vibration.asset, vibration), at=LATER)
    raise_alert(finding=finding(vibration.asset, vibration, cause="limit_exceeded"), at=LATER)
    stuck = {"cause": "sensor_stuck", "subject_sensor_id": vibration.pk}
    raise_alert(finding=finding(vibration.asset, vibration, **stuck), at=LATER)
    raise_alert(finding=finding(AssetFactory()), at=LATER)
    assert Alert.objects.open().count() == 4


def test_what_ends_unacknowledged_stays_open_and_what_was_acknowledged_closes(vibration):
    alert = raise_alert(finding=finding(vibration.asset, vibration), at=STARTED)
    assert end(alert, LATER).state == State.RTN_UNACKNOWLEDGED
    assert end(alert, LATER) is None

    other = AlertFactory(state=State.ACKNOWLEDGED)
    assert end(other, LATER).state == State.NORMAL
    other.refresh_from_db()
    assert (other.ended_at, other.closed_at) == (LATER, LATER)
    assert told().count("anomalies.AlertEnded") == 2


def test_it_comes_back_as_the_same_alert(vibration):
    alert = raise_alert(finding=finding(vibration.asset, vibration), at=STARTED)
    end(alert, LATER)
    again = raise_alert(
        finding=finding(vibration.asset, vibration, latest_at=LATER + timedelta(minutes=1)), at=LATER
    )
    assert again == alert
    assert (again.state, again.ended_at) == (State.UNACKNOWLEDGED, None)
    assert told()[-1] == "anomalies.AlertUpdated"


def test_what_begins_again_after_a_day_of_calm_is_a_new_alert(vibration):
    alert = raise_alert(finding=finding(vibration.asset, vibration), at=STARTED)
    end(alert, LATER)
    days = {"started_at": LATER + timedelta(days=2), "latest_at": LATER + timedelta(days=2)}
    again = raise_alert(finding=finding(vibration.asset, vibration, **days), at=LATER)
    alert.refresh_from_db()
    assert again != alert
    assert (alert.state, alert.ended_at) == (State.NORMAL, LATER)
    assert alert.transitions.order_by("pk").last().action == "superseded"
    assert told()[-2:] == ["anomalies.AlertUpdated", "anomalies.AlertRaised"]


def test_an_echo_of_what_ended_does_not_bring_it_back(vibration):
    alert = raise_alert(finding=finding(vibration.asset, vibration), at=STARTED)
    end(alert, LATER)
    assert (
        raise_alert(finding=finding(vibration.asset, vibration), at=LATER).state == State.RTN_UNACKNOWLEDGED
    )


def test_an_end_before_the_beginning_is_of_an_older_episode():
    alert = AlertFactory()
    assert end(alert, STARTED - timedelta(hours=1)) is None
    alert.refresh_from_db()
    assert alert.state == State.UNACKNOWLEDGED


def test_a_dismissed_alert_that_ends_needs_nobody():
    alert = AlertFactory(verdict=Verdict.DISMISSED)
    assert end(alert, LATER).state == State.NORMAL


def test_history_closes_by_itself_and_pages_nobody(vibration):
    alert = raise_alert(finding=finding(vibration.asset, vibration, historical=True), at=LATER)
    validate_alert(alert=alert, at=LATER)
    assert end(alert, LATER).state == State.NORMAL
    assert told() == ["anomalies.AlertRaised", "anomalies.AlertEnded"]


def test_history_does_not_touch_a_live_alert(vibration):
    alert = raise_alert(finding=finding(vibration.asset, vibration), at=LATER)
    old = finding(
        vibration.asset, vibration, historical=True, priority=1, started_at=STARTED - timedelta(days=9)
    )
    assert raise_alert(finding=old, at=LATER) == alert
    alert.refresh_from_db()
    assert (alert.started_at, alert.priority) == (STARTED, 2)


def test_history_that_goes_on_in_live_readings_is_judged_and_told(vibration):
    alert = raise_alert(finding=finding(vibration.asset, vibration, historical=True), at=STARTED)
    validate_alert(alert=alert, at=STARTED)
    raise_alert(finding=finding(vibration.asset, vibration, latest_at=LATER), at=LATER)
    validate_alert(alert=alert, at=LATER)
    assert not alert.historical
    assert told() == ["anomalies.AlertRaised", "anomalies.AlertUpdated", "anomalies.AlertConfirmed"]
