"""Live readings that newer ones have overtaken: minutes late, they are judged and page as usual."""

from __future__ import annotations

import pytest

from anomalies.detect import detect_anomalies
from anomalies.models import Alert
from anomalies.services import resolve_alert
from maintenance.models import Notification
from mlops.models import ModelState
from smartmaint.accounts.callers import Caller
from smartmaint.events.models import EventRecord
from smartmaint.events.testing import drain
from tests.accounts.factories import MembershipFactory
from tests.anomalies.feeding import feed, moment, store, told
from tests.mlops.signals import noise
from tests.sensors.factories import SensorFactory

NEWEST = 1500
HOLE = range(NEWEST - 15, NEWEST - 2)
FAULT = range(NEWEST - 12, NEWEST - 4)


@pytest.fixture
def sensor(organization):
    MembershipFactory(organization=organization, role="operator", user__email="operator@example.com")
    return SensorFactory(organization=organization, asset__code="P-101", asset__organization=organization)


@pytest.fixture
def overtaken(sensor):
    """All but a quarter of an hour was heard, and what came after it by another way."""
    values = noise(NEWEST)
    feed(sensor, values[: HOLE.start])
    feed(sensor, values[HOLE.stop : NEWEST], start=HOLE.stop)
    assert not Alert.objects.exists()
    return sensor


def deliver(sensor, values, rows=HOLE):
    store(sensor, values[rows.start : rows.stop], start=rows.start)
    event = told(sensor, rows.start, rows.stop - 1)
    detect_anomalies(events=[event], at=moment(NEWEST))
    drain()
    return event


def faulty():
    values = noise(NEWEST)
    values[FAULT.start : FAULT.stop] += 10
    return values


def test_a_fault_ten_minutes_late_pages_as_usual(overtaken):
    event = deliver(overtaken, faulty())
    alert = Alert.objects.get()
    assert (alert.historical, alert.verdict, alert.correlation_id) == (
        False,
        "confirmed",
        event.correlation_id,
    )
    assert (alert.started_at, alert.state) == (moment(FAULT.start), "rtn_unacknowledged")
    recipients = Notification.objects.filter(correlation_id=alert.correlation_id)
    assert "operator@example.com" in recipients.values_list("recipient", flat=True)


def test_calm_readings_that_were_overtaken_tell_nothing(overtaken):
    deliver(overtaken, noise(NEWEST))
    assert not Alert.objects.exists()


def test_what_was_overtaken_is_not_learnt(overtaken):
    before = ModelState.objects.get(scope=f"sensor:{overtaken.pk}").state
    deliver(overtaken, faulty())
    assert bytes(ModelState.objects.get(scope=f"sensor:{overtaken.pk}").state) == bytes(before)


def test_live_detection_goes_on_as_if_nothing_had_come_late(overtaken):
    deliver(overtaken, faulty())
    feed(overtaken, noise(200, 8), start=NEWEST)
    one = SensorFactory(organization=overtaken.organization)
    values = noise(NEWEST)
    for rows in (range(HOLE.start), range(HOLE.stop, NEWEST)):
        feed(one, values[rows.start : rows.stop], start=rows.start)
    feed(one, noise(200, 8), start=NEWEST)
    states = ModelState.objects.filter(scope__in=[f"sensor:{it.pk}" for it in (overtaken, one)])
    assert len({bytes(state.state) for state in states}) == 1


def test_a_fault_that_newer_readings_show_is_one_alert_from_its_begin(overtaken):
    feed(overtaken, noise(20, 8) + 10, start=NEWEST)
    values = noise(NEWEST)
    values[FAULT.start :] += 10
    deliver(overtaken, values)
    alert = Alert.objects.get()
    assert (alert.started_at, alert.state) == (moment(FAULT.start), "unacknowledged")


def test_what_was_told_and_closed_is_not_told_again(overtaken):
    ana = Caller.of_membership(MembershipFactory(organization=overtaken.organization, user__username="ana"))
    event = deliver(overtaken, faulty())
    resolve_alert(alert=Alert.objects.get(), caller=ana, at=moment(NEWEST), reason="Seen.")
    detect_anomalies(events=[event], at=moment(NEWEST + 1))
    assert Alert.objects.get().state == "normal"


def test_events_heard_in_another_order_than_stored_are_judged_once(sensor):
    store(sensor, noise(1000))
    detect_anomalies(events=[told(sensor, 0, 949)], at=moment(960))
    detect_anomalies(events=[told(sensor, 980, 999)], at=moment(1000))
    reads = "anomalies.late.read_rows"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reads, lambda *_: pytest.fail("read again"))
        detect_anomalies(events=[told(sensor, 950, 979)], at=moment(1000))
    assert not EventRecord.objects.filter(name="anomalies.AlertRaised").exists()


def test_an_older_part_of_a_delivery_is_history_and_a_newer_one_pages(overtaken):
    overtaken.upper_limit = 60
    overtaken.save()
    values = noise(NEWEST)
    old = NEWEST - 400
    for row in (old, FAULT.start):
        values[row] = 90
    overtaken.readings.filter(measured_at=moment(old)).update(value=90)
    deliver(overtaken, values)
    detect_anomalies(events=[told(overtaken, old, old)], at=moment(NEWEST + 1))
    alerts = Alert.objects.filter(cause="limit_exceeded").order_by("started_at")
    assert [alert.historical for alert in alerts] == [True, False]
