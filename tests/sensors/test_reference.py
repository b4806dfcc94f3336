"""The bare view that benchmarks compare with: for their own organizations only."""

from __future__ import annotations

from datetime import UTC, datetime

from sensors.models import Reading
from smartmaint.events.models import EventRecord
from tests.accounts.factories import OrganizationFactory
from tests.sensors.factories import SensorFactory

URL = "/api/v1/benchmark/reference"


def body():
    return {"sensor_id": "P-1.flow", "value": 3, "timestamp": datetime.now(UTC).isoformat()}


def test_it_commits_a_reading_and_an_event_that_nobody_hears(api, db):
    organization = OrganizationFactory(slug="benchmark-1")
    SensorFactory(organization=organization, code="P-1.flow")
    assert api("admin", organization=organization).post(URL, body()).status_code == 200
    assert Reading.objects.get().value == 3
    assert EventRecord.objects.get().relayed_at is not None


def test_it_refuses_every_other_organization(api, organization):
    SensorFactory(organization=organization, code="P-1.flow")
    assert api("admin").post(URL, body()).status_code == 409
    assert not Reading.objects.exists()
