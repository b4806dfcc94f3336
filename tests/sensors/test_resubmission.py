"""What becomes of refused readings."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from sensors.models import QuarantinedReading, QuarantineTransition, Reading, Sensor
from sensors.resubmission import discard_readings, prune_quarantine, resubmit_readings
from smartmaint.accounts.callers import Caller
from smartmaint.events.models import EventRecord
from tests.conftest import member
from tests.sensors.decoding.sending import CSV, NDJSON, send
from tests.sensors.factories import QuarantinedReadingFactory, SensorFactory

AT = datetime(2026, 3, 2, 13, tzinfo=UTC)
GOOD = {"sensor_id": "P-1", "value": 2.5, "timestamp": "2026-03-02T11:00:00Z"}


@pytest.fixture
def caller(organization):
    return Caller.of_membership(member(organization, "admin").memberships.get())


def waiting(organization, payload, **values):
    return QuarantinedReadingFactory(organization=organization, payload=payload, **values)


def resubmit(caller, **values):
    return resubmit_readings(rows=QuarantinedReading.objects.all(), caller=caller, at=AT, **values)


def test_a_reading_is_stored_after_all_on_its_own_journey(organization, caller):
    row = waiting(organization, GOOD)
    assert resubmit(caller).stored == 1
    row.refresh_from_db()
    assert (row.state, row.attempts, row.handled_at) == ("stored", 1, AT)
    assert Reading.objects.get().value == 2.5
    assert EventRecord.objects.get(name="sensors.ReadingsStored").correlation_id == row.correlation_id


def test_what_is_refused_again_waits_on_with_the_new_reason(organization, caller):
    row = waiting(organization, {**GOOD, "quality": 7}, code="unit")
    outcome = resubmit(caller)
    row.refresh_from_db()
    assert (outcome.stored, outcome.refused) == (0, 1)
    assert (row.state, row.code, row.attempts, row.handled_at) == ("waiting", "quality", 1, None)
    assert "7" in row.detail
    assert QuarantinedReading.objects.count() == 1


def test_each_change_says_who_and_when(organization, caller):
    row = waiting(organization, {**GOOD, "value": "x"})
    resubmit(caller)
    resubmit(caller, corrections={row.pk: GOOD})
    first, second = row.transitions.order_by("pk")
    assert (first.action, first.to_state) == ("resubmitted", "waiting")
    assert "got text" in first.reason
    assert (second.action, second.to_state, second.reason) == ("corrected", "stored", "")
    assert (second.by, second.actor, second.at) == (caller.user, caller.name, AT)


def test_a_correction_is_kept_beside_what_came(organization, caller):
    row = waiting(organization, {"sensor_id": "P-1", "value": "25,1"})
    resubmit(caller, corrections={row.pk: {"sensor_id": "P-1", "value": 25.1}})
    row.refresh_from_db()
    assert row.payload["value"] == "25,1"
    assert row.correction["value"] == 25.1
    assert Reading.objects.get().value == 25.1


def test_a_reading_without_a_time_gets_the_one_at_which_it_came(organization, caller):
    row = waiting(organization, {"sensor_id": "P-1", "value": 1}, received_at=AT - timedelta(days=2))
    resubmit(caller)
    assert Reading.objects.get().measured_at == row.received_at


def test_what_is_stored_already_is_no_second_reading(organization, caller):
    for _ in range(2):
        waiting(organization, GOOD)
    assert resubmit(caller).stored == 2
    assert Reading.objects.count() == 1


def test_a_line_that_was_no_json_may_be_corrected(organization, caller):
    row = waiting(organization, '{"sensor_id":"P-1","value":2.5', sensor_code="", code="json")
    assert resubmit(caller).refused == 1
    assert resubmit(caller, corrections={row.pk: GOOD}).stored == 1


def test_only_waiting_readings_of_ones_own_are_sent(organization, other_organization, caller):
    theirs = waiting(other_organization, GOOD)
    gone = waiting(organization, GOOD, state="discarded")
    assert resubmit(caller).done == 0
    for row in (theirs, gone):
        row.refresh_from_db()
        assert row.attempts == 0
    assert not Reading.objects.exists()


def test_it_takes_the_oldest_first_and_no_more_than_asked(organization, caller):
    rows = [waiting(organization, {**GOOD, "sensor_id": f"P-{n}"}) for n in range(3)]
    outcome = resubmit(caller, most=2)
    assert (outcome.done, outcome.after) == (2, rows[1].pk)
    assert QuarantinedReading.objects.waiting().get() == rows[2]


def test_an_unknown_sensors_readings_wait_until_there_is_one(api, organization, caller):
    organization.registers_unknown_sensors = False
    organization.save()
    send(api, json.dumps({**GOOD, "sensor_type": "flow", "unit": "l/min"}))
    assert QuarantinedReading.objects.get().code == "unknown_sensor"
    caller.organization.refresh_from_db()
    assert resubmit(caller).refused == 1
    SensorFactory(organization=organization, code="P-1", unit="m3/h")
    assert resubmit(caller).stored == 1
    assert Reading.objects.get().value == pytest.approx(0.15)


def test_a_policy_that_changed_registers_with_kind_and_unit(api, organization, caller):
    organization.registers_unknown_sensors = False
    organization.save()
    send(api, json.dumps({**GOOD, "sensor_type": "flow", "unit": "l/min"}))
    caller.organization.registers_unknown_sensors = True
    resubmit(caller)
    assert (Sensor.objects.get().kind, Sensor.objects.get().unit) == ("flow", "l/min")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("sensor_id,value,quality,timestamp\nP-1,2.5,0.5,2026-03-02T11:00:00Z", CSV),
        (json.dumps({**GOOD, "quality": 0.5, "metadata": {"a": {"b": [1]}}}), NDJSON),
    ],
)
def test_what_came_in_another_format_is_sent_again_as_it_was(api, organization, caller, body, content_type):
    sensor = SensorFactory(organization=organization, code="P-1", unit="bar")
    send(api, body.replace("0.5", "5"), content_type)
    row = QuarantinedReading.objects.get()
    assert resubmit(caller, corrections={row.pk: {**row.payload, "quality": 0.5}}).stored == 1
    assert sensor.readings.get().quality == 0.5


def test_a_future_reading_is_taken_when_its_time_has_come(api, organization, caller):
    ahead = datetime.now(UTC) + timedelta(hours=1)
    send(api, json.dumps({**GOOD, "timestamp": ahead.isoformat()}))
    assert QuarantinedReading.objects.get().code == "future"
    rows = QuarantinedReading.objects.all()
    assert resubmit_readings(rows=rows, caller=caller, at=ahead - timedelta(minutes=6)).refused == 1
    assert resubmit_readings(rows=rows, caller=caller, at=ahead - timedelta(minutes=5)).stored == 1


def test_old_rows_are_forgotten(organization, caller):
    rows = [waiting(organization, GOOD, received_at=AT - timedelta(days=day)) for day in (1, 91, 179, 181)]
    discard_readings(rows=QuarantinedReading.objects.filter(pk=rows[1].pk), caller=caller, reason="x", at=AT)
    assert prune_quarantine(at=AT) == 1
    assert prune_quarantine(at=AT + timedelta(days=90, seconds=1)) == 2
    assert QuarantinedReading.objects.get() == rows[0]
    assert not QuarantineTransition.objects.exists()
