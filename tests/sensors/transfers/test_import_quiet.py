"""History that is brought as a file pages nobody, whatever it holds and however near it comes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from anomalies.models import Alert
from anomalies.sensor_troubles import raise_silence
from maintenance.models import Decision, MaintenanceTask, Notification
from sensors.events import ReadingsStored
from sensors.models import Sensor
from smartmaint.events.models import EventRecord
from smartmaint.events.testing import drain
from tests.accounts.factories import MembershipFactory
from tests.sensors.factories import SensorFactory
from tests.sensors.transfers.conftest import counts

LIMIT = 7.1
ROWS = 3000


@pytest.fixture
def people(organization):
    for role in ("operator", "planner", "admin"):
        MembershipFactory(organization=organization, role=role, user__email=f"{role}@example.com")


def faulty_history(now) -> str:
    """A sensor that is well for two days, and fails far beyond its limit in the hours up to now."""
    lines = ["sensor,timestamp,value"]
    for number in range(ROWS):
        value = 2 + number % 7 / 10 + (10 if number > ROWS - 200 else 0)
        at = now - timedelta(minutes=ROWS - number)
        lines.append(f"P-1.vibration,{at.isoformat()},{value}")
    return "\n".join(lines)


def test_a_fault_up_to_this_minute_pages_nobody(organization, people, bring):
    SensorFactory(organization=organization, code="P-1.vibration", upper_limit=LIMIT)
    job = bring(faulty_history(timezone.now()))
    assert counts(job) == ("done", ROWS, ROWS, ROWS, 0, 0)
    raise_silence(at=timezone.now() + timedelta(hours=1))
    drain()
    assert (Notification.objects.count(), len(mail.outbox)) == (0, 0)
    assert Alert.objects.exists(), "it is judged all the same"
    assert not MaintenanceTask.objects.exists()
    assert not Decision.objects.exists()
    stored = EventRecord.objects.filter(name=ReadingsStored.name)
    assert {record.payload["late"] for record in stored} == {True}
    assert Sensor.objects.get().summary.reading_count == ROWS
