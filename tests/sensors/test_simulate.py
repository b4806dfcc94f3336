"""`simulate/…`: made-up readings go the way of real ones."""

from __future__ import annotations

from datetime import timedelta
from statistics import fmean

import pytest
from django.utils import timezone

from sensors.models import Reading
from smartmaint.events.models import EventRecord
from tests.sensors.factories import SensorFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/simulate/"


def send(api, kind, **body):
    return api("simulate").post(f"{URL}{kind}", {"sensor_id": "P-1.flow", **body})


def values(code="P-1.flow"):
    rows = Reading.objects.filter(sensor__code=code).order_by("measured_at")
    return list(rows.values_list("value", flat=True))


def test_normal_data_is_stored_evenly_until_now_and_told(api, organization):
    answer = send(api, "normal-data", count=200, duration_minutes=100, level=20, noise=2)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["events_generated"] == len(values()) == 200
    assert fmean(values()) == pytest.approx(20, abs=2)
    moments = list(Reading.objects.order_by("measured_at").values_list("measured_at", flat=True))
    assert moments[1] - moments[0] == timedelta(seconds=30)
    assert timezone.now() - moments[-1] < timedelta(minutes=1)
    event = EventRecord.objects.get(name="sensors.ReadingsStored")
    assert str(event.correlation_id) == body["correlation_id"]


def test_a_drift_rises_and_stays(api, organization):
    send(api, "drift-event", count=300, level=20, noise=1, size=10)
    quarters = [fmean(values()[place : place + 75]) for place in range(0, 300, 75)]
    assert quarters[0] < quarters[1] < 30.5
    assert quarters[2:] == pytest.approx([30, 30], abs=1)


def test_an_anomaly_comes_last(api, organization):
    send(api, "anomaly-event", count=100, level=20, noise=1, size=10)
    assert max(values()[:80]) < 26
    assert min(values()[80:]) > 26


def test_it_goes_on_as_the_sensor_was(api, organization):
    send(api, "normal-data", level=500, noise=5, end=(timezone.now() - timedelta(days=1)).isoformat())
    send(api, "normal-data")
    assert fmean(values()[-100:]) == pytest.approx(500, abs=10)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("count", 0),
        ("count", 10_001),
        ("duration_minutes", -1),
        ("noise", -1),
        ("end", "yesterday"),
        ("end", "0001-01-01T00:00:00Z"),
    ],
)
def test_a_field_out_of_bounds_is_named(api, organization, field, value):
    answer = send(api, "normal-data", **{field: value})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert not Reading.objects.exists()


def test_the_far_future_is_refused_as_of_any_reading(api, organization):
    ahead = (timezone.now() + timedelta(days=400)).isoformat()
    answer = send(api, "normal-data", count=3, duration_minutes=1, end=ahead)
    assert answer.status_code == 422
    assert "more than 5 minutes in the future" in answer.json()["detail"]


def test_an_unknown_sensor_is_registered_only_where_the_organization_lets_it(api, organization):
    organization.registers_unknown_sensors = False
    organization.save()
    assert send(api, "drift-event").status_code == 404
    SensorFactory(organization=organization, code="P-1.flow")
    assert send(api, "drift-event").status_code == 200


def test_it_needs_its_scope(api, organization):
    assert api("data:ingest").post(f"{URL}normal-data", {"sensor_id": "P-1.flow"}).status_code == 403
