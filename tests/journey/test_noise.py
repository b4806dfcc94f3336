"""What the product says of pure noise, of a spike in it, and of bad readings among good ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import time_machine
from django.core import mail

from anomalies.models import Alert
from maintenance.models import Decision, Notification
from sensors.models import QuarantinedReading, SensorSummary
from smartmaint.events.testing import drain
from tests.accounts.factories import MembershipFactory

BEGAN = datetime(2026, 3, 2, tzinfo=UTC)
EVERY = timedelta(minutes=1)
COUNT = 10_000
SPIKE = 25.0 + 6.0
JOURNEY = (
    "sensors.ReadingsStored",
    "anomalies.AlertRaised",
    "anomalies.AlertConfirmed",
    "maintenance.FailurePredicted",
    "maintenance.NotificationQueued",
)


def rows(values, first=0, code="N-1.noise"):
    return [
        {
            "sensor_id": code,
            "value": round(float(value), 4),
            "timestamp": (BEGAN + EVERY * place).isoformat(),
        }
        for place, value in enumerate(values, first)
    ]


def send(client, readings):
    """Send when the last of them was measured, and let every agent run."""
    with time_machine.travel(datetime.fromisoformat(readings[-1]["timestamp"]), tick=False):
        answer = client.post("/api/v1/data/ingest", readings)
        assert answer.status_code == 200, answer.content
        drain()
    return answer.json()


@pytest.fixture
def noise(api, organization):
    """Send 10,000 readings of N(25,1) as they are measured, in pieces of 50 minutes."""
    MembershipFactory(organization=organization, role="operator", user__email="operator@example.com")
    client, values = api(), np.random.default_rng(7).normal(25, 1, COUNT)
    for first in range(0, COUNT, 50):
        send(client, rows(values[first : first + 50], first))
    return client


@pytest.mark.xdist_group("noise")
def test_noise_is_quiet_and_a_spike_in_it_is_told(noise, organization):
    before = set(Alert.objects.values_list("pk", flat=True))
    assert len(before) <= 2

    journey = send(noise, rows([SPIKE], COUNT))["correlation_id"]

    alert = Alert.objects.exclude(pk__in=before).get()
    assert alert.verdict == "confirmed"
    told = Notification.objects.filter(correlation_id=alert.correlation_id, channel="email", status="sent")
    assert "operator@example.com" in told.values_list("recipient", flat=True)
    assert any("operator@example.com" in message.to for message in mail.outbox)
    assert Decision.objects.filter(alert=alert).exists()
    names = [step["name"] for step in noise.get(f"/api/v1/traces/{journey}").json()["steps"]]
    assert [name for name in JOURNEY if name not in names] == []


def test_a_reading_far_below_zero_is_taken(api):
    answer = send(api(), rows([-18.0]))
    assert (answer["accepted"], answer["rejected"]) == (1, 0)


def test_five_bad_readings_of_one_sensor_touch_no_other(api):
    good, bad = rows(range(5), code="G-1.good"), rows(range(5), code="B-1.bad")
    for reading in bad:
        reading["value"] = "not a number"
    answer = send(api(), [part for pair in zip(good, bad, strict=True) for part in pair])
    assert (answer["accepted"], answer["rejected"]) == (5, 5)
    assert QuarantinedReading.objects.filter(sensor_code="B-1.bad").count() == 5
    assert SensorSummary.objects.get(sensor__code="G-1.good").reading_count == 5
