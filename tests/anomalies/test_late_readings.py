"""Readings that come behind what a sensor's detector has heard already."""

from __future__ import annotations

import numpy as np
import pytest

from anomalies.detect import detect_anomalies
from anomalies.models import Alert
from maintenance.models import Decision, MaintenanceTask, Notification
from mlops.models import ModelState
from smartmaint.events.testing import drain
from tests.anomalies.feeding import MINUTE, feed, moment, store, told
from tests.mlops.signals import noise
from tests.sensors.factories import AssetFactory, SensorFactory

DAY = 1440
GAP = range(2 * DAY, 3 * DAY)
FAULT = range(GAP.start + 700, GAP.start + 760)
NOW = 3 * DAY + 600


@pytest.fixture
def asset(organization):
    return AssetFactory(organization=organization, code="P-101", criticality=2)


@pytest.fixture
def sensor(asset):
    return SensorFactory(organization=asset.organization, asset=asset)


@pytest.fixture
def values():
    """Four days of noise with a fault in the third."""
    values = noise(NOW)
    values[FAULT.start : FAULT.stop] += 8
    return values


@pytest.fixture
def grown(sensor, values):
    """The sensor's detector has heard all but the third day."""
    feed(sensor, values[: GAP.start])
    feed(sensor, values[GAP.stop : NOW], start=GAP.stop)
    return sensor


def fill(sensor, values, rows, late=True):
    """Deliver these rows now."""
    store(sensor, values[rows.start : rows.stop], start=rows.start)
    detect_anomalies(events=[told(sensor, rows.start, rows.stop - 1, late=late)], at=moment(NOW))
    drain()


def state_of(sensor):
    kept = ModelState.objects.get(scope=f"sensor:{sensor.pk}")
    return bytes(kept.state), kept.seen_until


def chunks(rows, size):
    return [range(start, min(start + size, rows.stop)) for start in range(rows.start, rows.stop, size)]


def is_the_fault(alert, slack=25):
    """Tell whether it began with the fault and ended with it, or when its last rows left the windows."""
    last = moment(FAULT.stop - 1)
    return alert.started_at == moment(FAULT.start) and last <= alert.ended_at <= last + slack * MINUTE


def test_a_fault_in_a_late_day_is_one_alert_of_the_past(grown, values):
    fill(grown, values, GAP)
    alert = Alert.objects.get()
    assert is_the_fault(alert)
    assert (alert.historical, alert.state, alert.verdict) == (True, "normal", "confirmed")
    assert "Vibration of P-101" in alert.summary
    assert alert.transitions.first().action == "recorded"


def test_it_pages_nobody_and_books_nothing(grown, values):
    fill(grown, values, GAP)
    assert not Notification.objects.exists()
    assert not Decision.objects.exists()
    assert not MaintenanceTask.objects.exists()


def test_its_journey_begins_with_the_event_that_brought_it(grown, values):
    store(grown, values[GAP.start : GAP.stop], start=GAP.start)
    event = told(grown, GAP.start, GAP.stop - 1, late=True)
    detect_anomalies(events=[event], at=moment(NOW))
    assert Alert.objects.get().correlation_id == event.correlation_id


@pytest.mark.parametrize("order", ["forwards", "backwards", "shuffled"])
def test_in_pieces_of_any_order_it_is_the_same_alert(grown, values, order):
    pieces = chunks(GAP, 130)
    if order == "shuffled":
        np.random.default_rng(3).shuffle(pieces)
    for piece in reversed(pieces) if order == "backwards" else pieces:
        fill(grown, values, range(*map(int, (piece[0], piece[-1] + 1))))
    assert is_the_fault(Alert.objects.get())


def test_what_the_detector_has_learnt_stays_as_it_is(grown, values):
    before = state_of(grown)
    fill(grown, values, GAP)
    assert state_of(grown) == before


def test_hearing_of_it_again_changes_nothing(grown, values):
    fill(grown, values, GAP)
    before = list(Alert.objects.values())
    detect_anomalies(events=[told(grown, GAP.start, GAP.stop - 1, late=True)], at=moment(NOW + 5))
    assert list(Alert.objects.values()) == before


def test_calm_history_is_no_alert(grown):
    fill(grown, noise(NOW, seed=9), GAP)
    assert not Alert.objects.exists()


def test_history_from_before_the_first_reading_is_judged_too(sensor, values):
    feed(sensor, noise(2000, 5), start=GAP.stop)
    fill(sensor, values, GAP)
    assert is_the_fault(Alert.objects.get())


def test_another_level_long_ago_is_no_fault(grown):
    fill(grown, noise(NOW, seed=9) + 20, range(GAP.start + 300, GAP.stop))
    assert Alert.objects.count() <= 2


def test_a_limit_crossed_late_is_an_alert_of_the_past(grown, values):
    grown.upper_limit = 50
    grown.save()
    values[GAP.start + 300 : GAP.start + 310] = 60
    fill(grown, values, range(GAP.start + 200, GAP.start + 500))
    alert = Alert.objects.get(cause="limit_exceeded")
    assert (alert.started_at, alert.ended_at) == (moment(GAP.start + 300), moment(GAP.start + 309))
    assert alert.historical


def test_a_young_sensors_limit_crossed_shortly_before_pages(sensor):
    sensor.upper_limit = 50
    sensor.save()
    feed(sensor, noise(50), start=100)
    feed(sensor, [60.0] * 3, start=95)
    assert not Alert.objects.get(cause="limit_exceeded").historical
